package sshd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// A way leads to a socket. All of them are tested with both of C's and with
// go-libvirt's.
type way struct {
	name string
	open func(t testing.TB, c *gossh.Client) *clientConn
}

// A clientConn is a client's end of a proxied connection.
type clientConn struct {
	gossh.Channel
	status chan int // -1 if the channel was closed without
}

func execWay(name, command string) way {
	return way{name, func(t testing.TB, c *gossh.Client) *clientConn {
		t.Helper()
		ch, reqs, err := c.OpenChannel("session", nil)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := ch.SendRequest("exec", true, gossh.Marshal(struct{ C string }{command})); err != nil || !ok {
			t.Fatal(ok, err)
		}
		return &clientConn{ch, statusOf(reqs)}
	}}
}

func statusOf(reqs <-chan *gossh.Request) chan int {
	c := make(chan int, 1)
	go func() {
		status := -1
		for req := range reqs {
			if req.Type == "exit-status" {
				status = int(req.Payload[3])
			}
		}
		c <- status
	}()
	return c
}

var (
	ncWay     = execWay("nc", "nc -U "+system)
	ncQ0Way   = execWay("nc -q0", netcatCommand(`'nc'`, system))
	helperWay = execWay("helper", nativeCommand(`'qemu:///system'`))

	streamLocalWay = way{"streamlocal", func(t testing.TB, c *gossh.Client) *clientConn {
		t.Helper()
		ch, reqs, err := openStreamLocal(c, system)
		if err != nil {
			t.Fatal(err)
		}
		return &clientConn{ch, statusOf(reqs)}
	}}

	ways = []way{ncWay, ncQ0Way, helperWay, streamLocalWay}
)

func openStreamLocal(c *gossh.Client, path string) (gossh.Channel, <-chan *gossh.Request, error) {
	return c.OpenChannel(ViaStreamLocal, gossh.Marshal(struct {
		Path, Reserved string
		Reserved2      uint32
	}{path, "", 0}))
}

// serveWith makes a node whose daemon is f.
func serveWith(t testing.TB, f func(net.Conn)) *node {
	t.Helper()
	return startNode(t, Config{Open: func(context.Context, string, Login) (func(net.Conn), error) { return f, nil }})
}

// read reads n bytes, or to the end for -1.
func read(t testing.TB, r io.Reader, n int) string {
	t.Helper()
	type result struct {
		b   []byte
		err error
	}
	c := make(chan result, 1)
	go func() {
		if n < 0 {
			b, err := io.ReadAll(r)
			c <- result{b, err}
			return
		}
		b := make([]byte, n)
		_, err := io.ReadFull(r, b)
		c <- result{b, err}
	}()
	select {
	case got := <-c:
		if got.err != nil {
			t.Fatalf("read: %v", got.err)
		}
		return string(got.b)
	case <-time.After(patience):
		t.Fatal("waited in vain for bytes")
		return ""
	}
}

func (c *clientConn) wantEnd(t testing.TB, w way) {
	t.Helper()
	want := 0
	if w.name == "streamlocal" {
		want = -1
	}
	select {
	case got := <-c.status:
		if got != want {
			t.Errorf("exit status %d, want %d", got, want)
		}
	case <-time.After(patience):
		t.Fatal("the channel is not closed")
	}
}

// TestDaemonCloses: when the daemon closes, the client is told at once, though
// its own input is open and the daemon's function has not returned.
func TestDaemonCloses(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			n := serveWith(t, func(conn net.Conn) {
				io.WriteString(conn, "hello")
				conn.Close()
				if _, err := conn.Write([]byte("late")); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Write after Close: %v", err)
				}
				if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Read after Close: %v", err)
				}
				<-release
			})
			defer close(release)
			c := w.open(t, n.dial(t))
			if got := read(t, c, -1); got != "hello" {
				t.Errorf("read %q", got)
			}
			c.wantEnd(t, w)
		})
	}
}

// TestDaemonClosesWhileReading: a Read that is blocked when the daemon closes
// returns, as it does on a socket.
func TestDaemonClosesWhileReading(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			served := make(chan struct{})
			n := serveWith(t, func(conn net.Conn) {
				defer close(served)
				io.WriteString(conn, "x")
				read := make(chan error)
				go func() {
					_, err := conn.Read(make([]byte, 1))
					read <- err
				}()
				conn.Close()
				if err := <-read; err == nil {
					t.Error("Read returned without an error")
				}
			})
			c := w.open(t, n.dial(t))
			c.wantEnd(t, w)
			within(t, served, "the daemon's Read")
		})
	}
}

// TestClientEndsInput: what becomes of the end of the client's input, by what the
// real programs do.
func TestClientEndsInput(t *testing.T) {
	t.Run("passed on", func(t *testing.T) {
		for _, w := range []way{ncQ0Way, execWay("nc -N", "nc -N -U "+system), execWay("nc -q 5", "nc -q 5 -U "+system), streamLocalWay} {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				n := serveWith(t, func(conn net.Conn) {
					b, err := io.ReadAll(conn) // and what comes after the end still arrives
					io.WriteString(conn, string(b)+"!")
					if err != nil {
						t.Error(err)
					}
				})
				c := w.open(t, n.dial(t))
				io.WriteString(c, "hello")
				c.CloseWrite()
				if got := read(t, c, -1); got != "hello!" {
					t.Errorf("read %q", got)
				}
				c.wantEnd(t, w)
			})
		}
	})
	t.Run("not passed on", func(t *testing.T) {
		for _, w := range []way{ncWay, execWay("nc -q -1", "nc -q -1 -U "+system)} {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				served := make(chan struct{})
				n := serveWith(t, func(conn net.Conn) {
					defer close(served)
					read := make(chan error)
					go func() {
						_, err := io.ReadAll(conn)
						read <- err
					}()
					io.WriteString(conn, "x")
					conn.Close()
					if err := <-read; !errors.Is(err, net.ErrClosed) {
						t.Errorf("the daemon saw the end of the client's input: %v", err)
					}
				})
				client := n.dial(t)
				c := w.open(t, client)
				c.CloseWrite()
				if got := read(t, c, -1); got != "x" {
					t.Errorf("read %q", got)
				}
				c.wantEnd(t, w)
				within(t, served, "the daemon")
			})
		}
	})
	t.Run("ends the helper", func(t *testing.T) {
		t.Parallel()
		served := make(chan struct{})
		n := serveWith(t, func(conn net.Conn) {
			defer close(served)
			if _, err := io.ReadAll(conn); err != nil {
				t.Error(err)
			}
			if _, err := io.WriteString(conn, "late"); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Write: %v", err)
			}
		})
		c := helperWay.open(t, n.dial(t))
		c.CloseWrite()
		if got := read(t, c, -1); got != "" {
			t.Errorf("read %q", got)
		}
		c.wantEnd(t, helperWay)
		within(t, served, "the daemon")
	})
}

// TestDaemonEndsOutput: only sshd passes the daemon's half close on.
func TestDaemonEndsOutput(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			n := serveWith(t, func(conn net.Conn) {
				io.WriteString(conn, "x")
				if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
					t.Error(err)
				}
				io.ReadFull(conn, make([]byte, 5))
			})
			c := w.open(t, n.dial(t))
			if w.name == "streamlocal" {
				if got := read(t, c, -1); got != "x" {
					t.Errorf("read %q", got)
				}
			} else {
				read(t, c, 1)
			}
			io.WriteString(c, "hello")
			c.wantEnd(t, w)
		})
	}
}

// TestClientCloses: a client that closes the channel or goes away ends the
// daemon's connection.
func TestClientCloses(t *testing.T) {
	for _, w := range ways {
		for _, how := range []string{"channel", "connection"} {
			t.Run(w.name+"/"+how, func(t *testing.T) {
				t.Parallel()
				served := make(chan struct{})
				n := serveWith(t, func(conn net.Conn) {
					defer close(served)
					io.WriteString(conn, "x")
					io.ReadAll(conn)
					if how == "connection" { // or the client's close is still on its way
						for {
							if _, err := conn.Write(make([]byte, 1000)); err != nil {
								return
							}
						}
					}
				})
				client := n.dial(t)
				c := w.open(t, client)
				read(t, c, 1)
				if how == "channel" {
					c.Close()
				} else {
					client.Close()
				}
				within(t, served, "the daemon")
			})
		}
	}
}

// TestLargeTransfers sends 16 MiB each way at once, the largest message of
// libvirt's protocol four times over.
func TestLargeTransfers(t *testing.T) {
	const size = 16 << 20
	pattern := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	want := sha256.Sum256(pattern)
	sum := func(r io.Reader) [sha256.Size]byte {
		h := sha256.New()
		if _, err := io.CopyN(h, r, size); err != nil {
			t.Error(err)
		}
		return [sha256.Size]byte(h.Sum(nil))
	}
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			n := serveWith(t, func(conn net.Conn) {
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					if _, err := conn.Write(pattern); err != nil {
						t.Error(err)
					}
				}()
				if sum(conn) != want {
					t.Error("the daemon read something else")
				}
				<-sent
			})
			c := w.open(t, n.dial(t))
			go c.Write(pattern)
			if sum(c) != want {
				t.Error("the client read something else")
			}
			c.wantEnd(t, w)
		})
	}
}

// TestBackpressure: a daemon that writes to a client which does not read waits
// once the client's window is full, and nothing in between keeps what it writes.
func TestBackpressure(t *testing.T) {
	// Those of a client of x/crypto/ssh.
	const window, chunk = 2 << 20, 32 << 10
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			var chunks atomic.Int32
			full, served := make(chan struct{}), make(chan struct{})
			n := serveWith(t, func(conn net.Conn) {
				defer close(served)
				for {
					if _, err := conn.Write(make([]byte, chunk)); err != nil {
						return
					}
					if chunks.Add(1) == window/chunk {
						close(full)
					}
				}
			})
			client := n.dial(t)
			c := w.open(t, client)
			within(t, full, "a full window")
			run(t, client, "true", "") // the connection is alive meanwhile
			if got := chunks.Load(); got != window/chunk {
				t.Errorf("%d chunks were written and nobody has read one, want %d", got, window/chunk)
			}
			read(t, c, 2*window) // and the daemon goes on
			client.Close()
			within(t, served, "the blocked Write")
		})
	}
}

func TestSocketConn(t *testing.T) {
	seen := make(chan net.Conn, 1)
	hold := make(chan struct{})
	n := serveWith(t, func(conn net.Conn) {
		seen <- conn
		<-hold
	})
	client := n.dial(t)
	c := ncWay.open(t, client)
	conn := <-seen
	if got := conn.LocalAddr().String(); got != system {
		t.Errorf("LocalAddr %s", got)
	}
	if got := conn.RemoteAddr().String(); got != client.LocalAddr().String() {
		t.Errorf("RemoteAddr %s, want %s", got, client.LocalAddr())
	}
	for _, err := range []error{
		conn.SetDeadline(time.Now()), conn.SetReadDeadline(time.Now()), conn.SetWriteDeadline(time.Now()),
	} {
		if !errors.Is(err, os.ErrNoDeadline) {
			t.Errorf("deadline: %v", err)
		}
	}
	c.Close()
	close(hold)
	conn.Close()
	conn.Close()
}

// TestWriteToClosedChannel: the error is one of those of a socket.
func TestWriteToClosedChannel(t *testing.T) {
	result := make(chan error, 1)
	n := serveWith(t, func(conn net.Conn) {
		for {
			if _, err := conn.Write(make([]byte, 100)); err != nil {
				result <- err
				return
			}
		}
	})
	c := streamLocalWay.open(t, n.dial(t))
	read(t, c, 1)
	c.Close()
	if err := <-result; !errors.Is(err, syscall.EPIPE) && !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write: %v", err)
	}
}

// TestScriptGoesOn: what stands behind netcat in a script is run when it ends.
func TestScriptGoesOn(t *testing.T) {
	n := startNode(t, Config{})
	got := run(t, n.dial(t), `if nc -U /s | cat; then echo done $?; fi; nc -U /nonexistent; exit 5`, "bye\n")
	want := ran{"bye\ndone 0\n", "nc: /nonexistent: No such file or directory\n", 5}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
