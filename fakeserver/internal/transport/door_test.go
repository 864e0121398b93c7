package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestShutTCPKeepsItsPort has a listener stop and listen again, while others want
// its port and connections of its own linger.
func TestShutTCPKeepsItsPort(t *testing.T) {
	all, err := ListenTCP("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		defer d.Close()
	}
	for i := range 200 {
		for _, d := range all {
			addr := d.Addr().String()
			client, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(i, err)
			}
			server, err := d.Accept()
			if err != nil {
				t.Fatal(i, err)
			}
			if err := d.Shut(true); err != nil {
				t.Fatal(i, err)
			}
			if c, err := net.Dial("tcp", addr); err == nil || !connectionRefused(err) {
				t.Fatalf("%d: dialing what is shut: %v, %v", i, c, err)
			}
			if runtime.GOOS == "linux" {
				if thief, err := net.Listen("tcp", addr); err == nil || !addressTaken(err) {
					t.Fatalf("%d: %v took the port of a listener that is shut: %v", i, thief, err)
				}
			}
			if _, err := client.Write([]byte("x")); err != nil {
				t.Fatalf("%d: the connection from before: %v", i, err)
			}
			if _, err := io.ReadFull(server, make([]byte, 1)); err != nil {
				t.Fatalf("%d: the connection from before: %v", i, err)
			}
			if i%2 == 0 {
				server.Close() // lingers in FIN-WAIT, then in TIME-WAIT
			}
			if err := d.Open(Backlog); err != nil {
				t.Fatalf("%d: %v", i, err)
			}
			again, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatalf("%d: after Open: %v", i, err)
			}
			accepted, err := d.Accept()
			if err != nil {
				t.Fatalf("%d: after Open: %v", i, err)
			}
			for _, c := range []net.Conn{client, server, again, accepted} {
				c.Close()
			}
		}
	}
}

func TestInterrupt(t *testing.T) {
	tcp, err := ListenTCP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	unix, err := ListenUnix(filepath.Join(shortDir(t), "sock"), 0o700, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []Door{tcp[0], unix, ListenMemory()} {
		defer d.Close()
		result := make(chan error)
		go func() {
			_, err := d.Accept()
			result <- err
		}()
		d.Interrupt()
		var timeout net.Error
		if err := <-result; !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%v: Accept: %v, want a timeout", d.Addr(), err)
		}
		if err := d.Open(1); err != nil {
			t.Error(err)
		}
		go func() {
			_, err := d.Accept()
			result <- err
		}()
		d.Close()
		if err := <-result; !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v: Accept: %v, want that it is closed", d.Addr(), err)
		}
		for _, err := range []error{d.Open(1), d.Shut(true)} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("%v: Open and Shut after Close: %v", d.Addr(), err)
			}
		}
	}
}

func TestBacklog(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the backlog of a socket changes on Linux alone")
	}
	tcp, err := ListenTCP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	unix, err := ListenUnix(filepath.Join(shortDir(t), "sock"), 0o700, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []Door{tcp[0], unix} {
		defer d.Close()
		for _, backlog := range []int{1, 3, 8} {
			if err := d.Open(backlog); err != nil {
				t.Fatal(err)
			}
			dial := func() (net.Conn, error) {
				return net.DialTimeout(d.Addr().Network(), d.Addr().String(), 50*time.Millisecond)
			}
			for i := range backlog {
				c, err := dial()
				if err != nil {
					t.Fatalf("%v: connection %d of %d: %v", d.Addr(), i+1, backlog, err)
				}
				defer c.Close()
			}
			c, err := dial()
			var netErr net.Error
			if err == nil {
				c.Close()
				t.Errorf("%v: more than %d connected", d.Addr(), backlog)
			} else if !errors.Is(err, syscall.EAGAIN) && !(errors.As(err, &netErr) && netErr.Timeout()) {
				t.Errorf("%v: %v, want no answer", d.Addr(), err)
			}
			for range backlog {
				c, err := d.Accept()
				if err != nil {
					t.Fatal(err)
				}
				c.Close()
			}
		}
	}
}

func TestUnixShut(t *testing.T) {
	path := filepath.Join(shortDir(t), "sock")
	d, err := ListenUnix(path, 0o711, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		gone bool
		want error
	}{{false, syscall.ECONNREFUSED}, {true, syscall.ENOENT}} {
		if err := d.Shut(c.gone); err != nil {
			t.Fatal(err)
		}
		if _, err := net.Dial("unix", path); !errors.Is(err, c.want) {
			t.Errorf("gone %v: %v, want %v", c.gone, err, c.want)
		}
		if err := d.Open(Backlog); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o711 {
			t.Errorf("opened again: %v, %v", info, err)
		}
		nc, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		nc.Close()
	}
	// From one into the other.
	for _, c := range []struct {
		gone bool
		want error
	}{{true, syscall.ENOENT}, {false, syscall.ECONNREFUSED}, {true, syscall.ENOENT}, {true, syscall.ENOENT}, {false, syscall.ECONNREFUSED}} {
		if err := d.Shut(c.gone); err != nil {
			t.Fatal(err)
		}
		if _, err := net.Dial("unix", path); !errors.Is(err, c.want) {
			t.Errorf("gone %v: %v, want %v", c.gone, err, c.want)
		}
	}
	d.Close()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("closed, the socket is still there: %v", err)
	}
}

// A socket whose place another has taken is not this one's to remove.
func TestUnixLeavesAnothersSocketAlone(t *testing.T) {
	path := filepath.Join(shortDir(t), "sock")
	first, err := ListenUnix(path, 0o700, -1)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Shut(false); err != nil {
		t.Fatal(err)
	}
	second, err := ListenUnix(path, 0o700, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := first.Open(Backlog); err == nil || !addressTaken(err) {
		t.Errorf("listening where another does: %v", err)
	}
	first.Close()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatalf("the socket of another: %v", err)
	}
	c.Close()
}

// One that answers EAGAIN has a full backlog, and an owner.
func TestListenUnixLeavesABusySocketAlone(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the backlog of a socket changes on Linux alone")
	}
	path := filepath.Join(shortDir(t), "sock")
	busy, err := ListenUnix(path, 0o700, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	if err := busy.Open(1); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if second, err := ListenUnix(path, 0o700, -1); err == nil {
		second.Close()
		t.Error("a socket was replaced that somebody listens on")
	}
}

func TestMemoryBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := ListenMemory()
		if err := m.Open(1); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Dial(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := m.DialContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a full backlog: %v", err)
		}
		dialed := make(chan error)
		go func() {
			_, err := m.Dial()
			dialed <- err
		}()
		synctest.Wait()
		select {
		case err := <-dialed:
			t.Fatalf("with a full backlog: %v", err)
		default:
		}
		if _, err := m.Accept(); err != nil {
			t.Fatal(err)
		}
		if err := <-dialed; err != nil {
			t.Error(err)
		}
		if err := m.Shut(true); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Dial(); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("shut: %v", err)
		}
	})
}
