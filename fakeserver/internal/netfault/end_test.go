package netfault_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
)

// unread has the client send what nobody reads, which makes ends difficult.
func unread(t *testing.T, l link) {
	t.Helper()
	if _, err := l.client.Write([]byte("unread")); err != nil {
		t.Fatal(err)
	}
}

func TestCutToClient(t *testing.T) {
	data := append(frame(50, 'a'), frame(150, 'b')...)
	for _, after := range []int64{0, 1, 4, 50, 120, 200} {
		each(t, framed, func(t *testing.T, k kind, l link) {
			unread(t, l)
			_, hit := l.arm(fault.Action{Cut: &fault.Cut{Place: to(after)}}, fault.ToClient)
			got := readAll(l.client)
			n, err := l.server.Write(data)
			if int64(n) != after || (err == nil) != (after == 200) {
				t.Errorf("Write: %d, %v", n, err)
			}
			within(t, hit, "the hit")
			if _, err := l.server.Read(make([]byte, 10)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Read after the cut: %v", err)
			}
			closed := make(chan struct{})
			go func() { l.server.Close(); close(closed) }()
			a := within(t, got, "the end")
			if !bytes.Equal(a.data, data[:after]) || a.err != nil && !endsTLS(k, a.err) {
				t.Errorf("the client read %d bytes and %v, want %d and the end", len(a.data), a.err, after)
			}
			l.client.Close()
			within(t, closed, "Close")
		})
	}
}

// endsTLS reports whether an error is how an end without close_notify shows.
func endsTLS(k kind, err error) bool {
	return strings.HasPrefix(k.name, "tls") && errors.Is(err, io.ErrUnexpectedEOF)
}

func TestCutBeneathTLS(t *testing.T) {
	for _, after := range []int64{0, 3, 5, 60} {
		l := tlsLink(t, false)
		raw := l.client.(interface{ NetConn() net.Conn }).NetConn()
		l.arm(fault.Action{Cut: &fault.Cut{Place: to(after)}}, fault.ToClient)
		got := readAll(raw)
		if _, err := l.server.Write(frame(100, 'a')); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write: %v", err)
		}
		if a := within(t, got, "the end"); int64(len(a.data)) != after || a.err != nil {
			t.Errorf("the client read %d bytes and %v, want %d", len(a.data), a.err, after)
		}
	}
}

func TestCutOfAnIdleConnection(t *testing.T) {
	for _, d := range []fault.Direction{fault.ToClient, fault.FromClient} {
		each(t, nil, func(t *testing.T, k kind, l link) {
			if k.name == "ssh-above" && d == fault.FromClient {
				t.Skip("an SSH channel cannot be woken")
			}
			serverRead := make(chan error, 1)
			go func() {
				_, err := l.server.Read(make([]byte, 10))
				serverRead <- err
			}()
			got := readAll(l.client)
			l.arm(fault.Action{Cut: &fault.Cut{Place: fault.Place{Direction: d}}}, d)
			if a := within(t, got, "the end"); len(a.data) > 0 || a.err != nil && !endsTLS(k, a.err) {
				t.Errorf("the client read %q, %v", a.data, a.err)
			}
			l.client.Close()
			if err := within(t, serverRead, "Read"); err == nil {
				t.Error("the server read on")
			}
		})
	}
}

func TestCutFromClient(t *testing.T) {
	for _, after := range []int64{0, 5, 30} {
		each(t, framed, func(t *testing.T, k kind, l link) {
			l.arm(fault.Action{Cut: &fault.Cut{Place: from(after)}}, fault.FromClient)
			if _, err := l.client.Write(frame(40, 'a')); err != nil {
				t.Fatal(err)
			}
			got := readAll(l.client)
			a := within(t, readAll(l.server), "the server's end")
			if !bytes.Equal(a.data, frame(40, 'a')[:after]) || a.err == nil {
				t.Errorf("the server read %d bytes, %v; want %d", len(a.data), a.err, after)
			}
			if a := within(t, got, "the end"); len(a.data) > 0 || a.err != nil && !endsTLS(k, a.err) {
				t.Errorf("the client read %q, %v", a.data, a.err)
			}
		})
	}
}

func TestCutLingers(t *testing.T) {
	l := plain(tcpPair)(t)
	unread(t, l)
	l.arm(fault.Action{Cut: &fault.Cut{}}, fault.ToClient)
	closed := make(chan struct{})
	go func() { l.server.Close(); close(closed) }()
	l.waitPending(t, 1)
	select {
	case <-closed:
		t.Fatal("Close did not wait")
	default:
	}
	l.clock.Advance(netfault.Linger)
	within(t, closed, "Close")
}

func TestResetToClient(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 400_000) // more than sockets hold
	for _, after := range []int64{0, 10, 3_500_000} {
		each(t, framed, func(t *testing.T, k kind, l link) {
			unread(t, l)
			_, hit := l.arm(fault.Action{Reset: &fault.Reset{Place: to(after)}}, fault.ToClient)
			done := make(chan error, 1)
			go func() {
				_, err := l.server.Write(data)
				l.server.Close()
				done <- err
			}()
			a := within(t, readAll(l.client), "the end")
			// The client's SSH library stops reading when it cannot answer what
			// it has read, which it must after each so many bytes.
			early := k.name == "ssh-above" && after > 1<<20 && bytes.HasPrefix(data[:after], a.data)
			if !bytes.Equal(a.data, data[:after]) && !early {
				t.Errorf("the client read %d bytes, want %d", len(a.data), after)
			}
			if k.name != "ssh-above" && !errors.Is(a.err, syscall.ECONNRESET) {
				t.Errorf("the client: %v", a.err)
			}
			if err := within(t, done, "Write"); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Write: %v", err)
			}
			within(t, hit, "the hit")
		})
	}
}

func TestResetFromClient(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		l.arm(fault.Action{Reset: &fault.Reset{Place: from(4)}}, fault.FromClient)
		got := readAll(l.client)
		server := readAll(l.server)
		if _, err := l.client.Write([]byte("01234567")); err != nil {
			t.Fatal(err)
		}
		if a := within(t, server, "the server's end"); string(a.data) != "0123" || !errors.Is(a.err, net.ErrClosed) {
			t.Errorf("the server read %q, %v", a.data, a.err)
		}
		if a := within(t, got, "the end"); k.name != "ssh-above" && !errors.Is(a.err, syscall.ECONNRESET) {
			t.Errorf("the client: %v", a.err)
		}
	})
}

func TestHalfCloseToClient(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		_, hit := l.arm(fault.Action{HalfClose: &fault.HalfClose{Place: to(7)}}, fault.ToClient)
		if n, err := l.server.Write([]byte("0123456789")); n != 10 || err != nil {
			t.Errorf("Write: %d, %v", n, err)
		}
		within(t, hit, "the hit")
		if a := within(t, readAll(l.client), "the end"); string(a.data) != "0123456" || a.err != nil {
			t.Errorf("the client read %q, %v", a.data, a.err)
		}
		if _, err := l.client.Write([]byte("more")); err != nil {
			t.Fatal(err)
		}
		if got := readN(t, l.server, 4); string(got) != "more" {
			t.Errorf("the server read %q", got)
		}
	})
}

func TestHalfCloseFromClient(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		l.arm(fault.Action{HalfClose: &fault.HalfClose{Place: from(3)}}, fault.FromClient)
		if _, err := l.client.Write([]byte("012345")); err != nil {
			t.Fatal(err)
		}
		if a := within(t, readAll(l.server), "the end"); string(a.data) != "012" || a.err != nil {
			t.Errorf("the server read %q, %v", a.data, a.err)
		}
		if _, err := l.server.Write([]byte("reply")); err != nil {
			t.Fatal(err)
		}
		if got := readN(t, l.client, 5); string(got) != "reply" {
			t.Errorf("the client read %q", got)
		}
	})
}
