package netfault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/transport"
)

func ExampleConn() {
	client, server := transport.Pipe()
	c := netfault.Wrap(server, clock.Real())
	defer c.Close()
	c.Arm(fault.Action{Cut: &fault.Cut{Place: fault.Place{After: 5}}}, c.Offset(fault.ToClient), func() {
		fmt.Println("cut")
	})
	_, err := io.WriteString(c, "hello, client")
	fmt.Println(err)
	got, err := io.ReadAll(client)
	fmt.Printf("%q %v\n", got, err)
	// Output:
	// cut
	// cut by a fault: use of closed network connection
	// "hello" <nil>
}

// sameSlices checks that what is passed on is what was given.
type sameSlices struct {
	net.Conn
	last []byte
	n    int
}

func (s *sameSlices) Read(p []byte) (int, error)  { s.last = p; s.n++; return len(p), nil }
func (s *sameSlices) Write(p []byte) (int, error) { s.last = p; s.n++; return len(p), nil }

func TestNothingArmed(t *testing.T) {
	inner := &sameSlices{}
	c := netfault.Wrap(inner, clock.Real())
	c.Arm(fault.Action{Corrupt: &fault.Corrupt{}}, 1000, nil) // this direction is not slow for ever
	disarm := c.Arm(fault.Action{Stall: &fault.Stall{}}, 0, nil)
	disarm()
	p := make([]byte, 100)
	c.Read(p)
	if inner.n != 1 || &inner.last[0] != &p[0] || len(inner.last) != 100 {
		t.Errorf("read: %d reads, of %d bytes", inner.n, len(inner.last))
	}
	c.Write(p)
	if inner.n != 2 || &inner.last[0] != &p[0] || len(inner.last) != 100 {
		t.Errorf("write: %d writes, of %d bytes", inner.n-1, len(inner.last))
	}
	if c.Offset(fault.ToClient) != 100 || c.Offset(fault.FromClient) != 100 {
		t.Errorf("counted %d and %d", c.Offset(fault.ToClient), c.Offset(fault.FromClient))
	}
}

// SetReadDeadline and the others make sameSlices whole.
func (s *sameSlices) SetReadDeadline(time.Time) error { return errors.ErrUnsupported }

// TestStallBeforeCut: what is behind a Stall waits for it.
func TestStallBeforeCut(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		l.arm(fault.Action{Cut: &fault.Cut{Place: to(3)}}, fault.ToClient)
		disarm, hit := l.arm(fault.Action{Stall: &fault.Stall{Place: to(3)}}, fault.ToClient)
		done := write(l.server, []byte("0123"))
		within(t, hit, "the stall")
		if got := readN(t, l.client, 3); string(got) != "012" {
			t.Errorf("read %q", got)
		}
		select {
		case err := <-done:
			t.Errorf("Write returned: %v", err)
		default:
		}
		disarm()
		if err := within(t, done, "Write"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write: %v", err)
		}
	})
}

// TestStallThatEndsBeforeCut: nothing passes between the end of a Stall by the
// clock and what is armed at the same place.
func TestStallThatEndsBeforeCut(t *testing.T) {
	for _, d := range []fault.Direction{fault.ToClient, fault.FromClient} {
		each(t, framed, func(t *testing.T, k kind, l link) {
			place := fault.Place{Direction: d, After: 3}
			l.arm(fault.Action{Cut: &fault.Cut{Place: place}}, d)
			_, hit := l.arm(fault.Action{Stall: &fault.Stall{Place: place, For: fault.Duration(time.Second)}}, d)
			from, into := l.server, l.client
			if d == fault.FromClient {
				from, into = l.client, l.server
			}
			write(from, []byte("0123456789"))
			got := readAll(into)
			within(t, hit, "the stall")
			l.waitPending(t, 1)
			l.clock.Advance(time.Second)
			if a := within(t, got, "the end"); string(a.data) != "012" {
				t.Errorf("read %q, %v", a.data, a.err)
			}
		})
	}
}

// TestDisarmDoesNotWait for what else is armed.
func TestDisarmDoesNotWait(t *testing.T) {
	l := plain(memoryPair)(t)
	first, _ := l.arm(fault.Action{Coalesce: &fault.Coalesce{Place: to(0), Frames: 2}}, fault.ToClient)
	if _, err := l.server.Write(frame(10, 'a')); err != nil {
		t.Fatal(err)
	}
	second, hit := l.arm(fault.Action{Throttle: &fault.Throttle{Place: to(0), Rate: 10}}, fault.ToClient)
	first()
	within(t, hit, "the throttle")
	second()
	if got := readN(t, l.client, 10); !bytes.Equal(got, frame(10, 'a')) {
		t.Errorf("read %q", got)
	}
}

// TestFromInsideHit disarms and closes from where a test would.
func TestFromInsideHit(t *testing.T) {
	actions := []fault.Action{
		{Cut: &fault.Cut{}}, {Reset: &fault.Reset{}}, {HalfClose: &fault.HalfClose{}}, {Stall: &fault.Stall{}},
		{Throttle: &fault.Throttle{Rate: 10}}, {Drip: &fault.Drip{}}, {Corrupt: &fault.Corrupt{}}, {Coalesce: &fault.Coalesce{Frames: 2}},
	}
	for _, a := range actions {
		each(t, func(k kind) bool { return k.frames && k.name != "ssh-above" }, func(t *testing.T, k kind, l link) {
			hit := make(chan struct{})
			var disarm func()
			ready := make(chan struct{})
			go func() {
				disarm = l.fault.Arm(a, 1, func() {
					go func() { <-ready; disarm(); close(hit) }()
					l.fault.Arm(fault.Action{Drip: &fault.Drip{}}, 1<<40, nil)()
					l.fault.CloseNow()
				})
				close(ready)
			}()
			<-ready
			l.server.Write(frame(20, 'a'))
			within(t, hit, "the hit")
		})
	}
}

// TestAtOnce arms, disarms, reads, writes and closes from everywhere.
func TestAtOnce(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		var wg sync.WaitGroup
		for _, f := range []func() error{
			func() error { _, err := l.server.Write(frame(100, 'a')); return err },
			func() error { _, err := l.server.Write(frame(100, 'a')); return err },
			func() error { _, err := l.server.Read(make([]byte, 70)); return err },
			func() error { _, err := l.client.Write(frame(90, 'b')); return err },
			func() error { _, err := l.client.Read(make([]byte, 100)); return err },
		} {
			wg.Go(func() {
				for f() == nil {
				}
			})
		}
		for i := range 300 {
			d := []fault.Direction{fault.ToClient, fault.FromClient}[i%2]
			place := fault.Place{Direction: d, After: int64(i % 50)}
			all := []fault.Action{
				{Stall: &fault.Stall{Place: place}}, {Drip: &fault.Drip{Place: place, Size: 7}},
				{Corrupt: &fault.Corrupt{Place: place}}, {Coalesce: &fault.Coalesce{Place: place, Frames: 3}},
				{Throttle: &fault.Throttle{Place: place, Rate: 100}},
			}
			first := l.fault.Arm(all[i%len(all)], l.fault.Offset(d), func() {})
			second := l.fault.Arm(all[i/2%len(all)], l.fault.Offset(d), func() {})
			first()
			second()
		}
		l.fault.Arm(fault.Action{Cut: &fault.Cut{}}, 0, nil)
		l.fault.CloseNow()
		l.client.Close()
		wg.Wait()
	})
}

// TestResetOfUnixWaitsForItsByte: without one the client would see an ordinary
// end.
func TestResetOfUnixWaitsForItsByte(t *testing.T) {
	l := plain(unixPair)(t)
	_, hit := l.arm(fault.Action{Reset: &fault.Reset{Place: from(0)}}, fault.FromClient)
	server := readAll(l.server)
	if len(hit) > 0 {
		t.Error("hit too early")
	}
	if _, err := l.client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	within(t, hit, "the hit")
	if a := within(t, readAll(l.client), "the end"); !errors.Is(a.err, syscall.ECONNRESET) {
		t.Errorf("the client: %v", a.err)
	}
	if a := within(t, server, "Read"); len(a.data) > 0 {
		t.Errorf("the server read %q", a.data)
	}
}
