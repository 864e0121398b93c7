package netfault_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
)

// ends are ways to end a Stall.
var ends = []struct {
	name string
	end  func(l link, disarm func())
	err  error
}{
	{"disarm", func(_ link, disarm func()) { disarm() }, nil},
	{"time", func(l link, _ func()) { l.clock.Advance(5 * time.Second) }, nil},
	{"close", func(l link, _ func()) { l.fault.CloseNow() }, net.ErrClosed},
	{"deadline", func(l link, _ func()) { l.fault.SetDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
}

func TestStallToClient(t *testing.T) {
	for _, end := range ends {
		each(t, framed, func(t *testing.T, k kind, l link) {
			if k.name == "ssh-above" && end.name == "deadline" {
				t.Skip("an SSH channel has no deadlines")
			}
			disarm, hit := l.arm(fault.Action{Stall: &fault.Stall{Place: to(3), For: fault.Duration(5 * time.Second)}}, fault.ToClient)
			done := write(l.server, []byte("0123456789"))
			within(t, hit, "the hit")
			if got := readN(t, l.client, 3); string(got) != "012" {
				t.Fatalf("read %q", got)
			}
			l.waitPending(t, 1)
			if off := l.fault.Offset(fault.ToClient); off != 3 {
				t.Errorf("%d bytes have passed", off)
			}
			end.end(l, disarm)
			if err := within(t, done, "Write"); !errors.Is(err, end.err) {
				t.Fatalf("%s: Write: %v, want %v", end.name, err, end.err)
			}
			if end.err == nil {
				if got := readN(t, l.client, 7); string(got) != "3456789" {
					t.Errorf("read %q", got)
				}
			}
			disarm()
		})
	}
}

func TestStallFromClient(t *testing.T) {
	for _, end := range ends {
		each(t, framed, func(t *testing.T, k kind, l link) {
			if k.name == "ssh-above" && end.name == "deadline" {
				t.Skip("an SSH channel has no deadlines")
			}
			disarm, hit := l.arm(fault.Action{Stall: &fault.Stall{Place: from(3), For: fault.Duration(5 * time.Second)}}, fault.FromClient)
			if _, err := l.client.Write([]byte("0123456789")); err != nil {
				t.Fatal(err)
			}
			if got := readN(t, l.server, 3); string(got) != "012" {
				t.Fatalf("read %q", got)
			}
			done := make(chan error, 1)
			var got []byte
			go func() {
				got = make([]byte, 7)
				_, err := l.server.Read(got)
				done <- err
			}()
			within(t, hit, "the hit")
			l.waitPending(t, 1)
			end.end(l, disarm)
			if err := within(t, done, "Read"); !errors.Is(err, end.err) {
				t.Fatalf("%s: Read: %v, want %v", end.name, err, end.err)
			}
			if end.err == nil && string(got) != "3456789" {
				t.Errorf("read %q", got)
			}
		})
	}
}

// TestStallWhileReading arms while the server waits in Read.
func TestStallWhileReading(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		got := make(chan []byte, 1)
		go func() {
			p := make([]byte, 10)
			n, _ := l.server.Read(p)
			got <- p[:n]
		}()
		disarm, hit := l.arm(fault.Action{Stall: &fault.Stall{Place: from(2)}}, fault.FromClient)
		if _, err := l.client.Write([]byte("0123")); err != nil {
			t.Fatal(err)
		}
		if p := within(t, got, "Read"); string(p) != "01" {
			t.Errorf("read %q before the stall", p)
		}
		rest := make(chan []byte, 1)
		go func() {
			p := make([]byte, 2)
			n, _ := l.server.Read(p)
			rest <- p[:n]
		}()
		within(t, hit, "the hit")
		disarm()
		if p := within(t, rest, "Read"); string(p) != "23" {
			t.Errorf("read %q after it", p)
		}
	})
}

func TestThrottle(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		data := bytes.Repeat([]byte("x"), 250)
		l.arm(fault.Action{Throttle: &fault.Throttle{Place: to(50), Rate: 1000}}, fault.ToClient)
		done := write(l.server, data)
		readN(t, l.client, 150) // 50, and a tenth of a second's
		for _, passed := range []int64{150, 250} {
			if passed < 250 {
				l.waitPending(t, 1)
			} else if err := within(t, done, "Write"); err != nil {
				t.Error(err)
			}
			if off := l.fault.Offset(fault.ToClient); off != passed {
				t.Fatalf("%d bytes have passed, want %d", off, passed)
			}
			l.clock.Advance(99 * time.Millisecond)
			if off := l.fault.Offset(fault.ToClient); off != passed {
				t.Fatalf("%d bytes have passed, want %d", off, passed)
			}
			l.clock.Advance(time.Millisecond)
		}
		readN(t, l.client, 100)
	})
}

func TestThrottleFromClient(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		l.arm(fault.Action{Throttle: &fault.Throttle{Place: from(0), Rate: 20}}, fault.FromClient)
		if _, err := l.client.Write([]byte("0123")); err != nil {
			t.Fatal(err)
		}
		if got := readN(t, l.server, 2); string(got) != "01" {
			t.Errorf("read %q", got)
		}
		rest := make(chan []byte, 1)
		go func() {
			p := make([]byte, 10)
			n, _ := l.server.Read(p)
			rest <- p[:n]
		}()
		l.waitPending(t, 1)
		l.clock.Advance(100 * time.Millisecond)
		if p := within(t, rest, "Read"); string(p) != "23" {
			t.Errorf("read %q", p)
		}
	})
}

func TestDrip(t *testing.T) {
	client, server := memoryPair(t)
	defer client.Close()
	rec := &recorder{Conn: server}
	clk := newClock()
	c := netfault.Wrap(rec, clk)
	defer c.Close()
	l := link{client, c, c, clk}
	l.arm(fault.Action{Drip: &fault.Drip{Place: to(2), Size: 3, Every: fault.Duration(time.Second)}}, fault.ToClient)
	done := write(c, []byte("0123456789"))
	for _, want := range [][]string{{"01", "234"}, {"01", "234", "567"}} {
		l.waitPending(t, 1)
		if got := rec.pieces(); !slices.Equal(got, want) {
			t.Errorf("wrote %q, want %q", got, want)
		}
		clk.Advance(time.Second)
	}
	if err := within(t, done, "Write"); err != nil {
		t.Error(err)
	}
	if got, want := rec.pieces(), []string{"01", "234", "567", "89"}; !slices.Equal(got, want) {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

// A recorder notes each Write.
type recorder struct {
	net.Conn
	mu     sync.Mutex
	writes []string
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	r.writes = append(r.writes, string(p))
	r.mu.Unlock()
	return r.Conn.Write(p)
}

func (r *recorder) pieces() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.writes)
}

func TestDripFromClient(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		l.arm(fault.Action{Drip: &fault.Drip{Place: from(0)}}, fault.FromClient)
		if _, err := l.client.Write([]byte("0123")); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"0", "1", "2", "3"} {
			p := make([]byte, 10)
			if n, err := l.server.Read(p); string(p[:n]) != want || err != nil {
				t.Errorf("read %q, %v; want %q", p[:n], err, want)
			}
		}
	})
}
