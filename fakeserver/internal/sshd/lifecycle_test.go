package sshd

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
)

// serveOne serves one end of a connection and returns the other, and what is
// closed when ServeConn has returned.
func serveOne(t *testing.T, n *node, ctx context.Context) (client net.Conn, done chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	done = make(chan struct{})
	go func() {
		defer close(done)
		n.ServeConn(ctx, server)
	}()
	return client, done
}

// TestBrokenHandshakes breaks the connection off after a number of bytes from
// the client, and by what is no SSH at all.
func TestBrokenHandshakes(t *testing.T) {
	n := startNode(t, Config{})
	for _, text := range []string{"", "x", "GET / HTTP/1.1\r\n\r\n", "SSH-1.5-old\r\n", strings.Repeat("x", 100000)} {
		client, done := serveOne(t, n, t.Context())
		io.WriteString(client, text)
		client.Close()
		within(t, done, "ServeConn after "+strconv.Quote(text[:min(len(text), 20)]))
	}
	for bytes := 1; bytes < 4000; bytes = bytes*5/4 + 7 {
		client, done := serveOne(t, n, t.Context())
		conn, _, _, err := gossh.NewClientConn(&cutConn{Conn: client, left: bytes}, n.addr, n.clientConfig())
		if err == nil {
			conn.Close()
		}
		client.Close()
		within(t, done, "ServeConn after "+strconv.Itoa(bytes)+" bytes")
	}
}

// A cutConn is closed once so many bytes have been written.
type cutConn struct {
	net.Conn
	mu   sync.Mutex
	left int
}

func (c *cutConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cut := p[:min(len(p), c.left)]
	c.left -= len(cut)
	n, err := c.Conn.Write(cut)
	if c.left == 0 {
		c.Conn.Close()
		return n, net.ErrClosed
	}
	return n, err
}

// TestEndOfContext ends ServeConn at every stage of a connection.
func TestEndOfContext(t *testing.T) {
	stages := []struct {
		name  string
		reach func(t *testing.T, n *node, client net.Conn)
	}{
		{"before the version", func(*testing.T, *node, net.Conn) {}},
		{"after the version", func(t *testing.T, _ *node, client net.Conn) {
			io.WriteString(client, "SSH-2.0-test\r\n")
			read(t, client, 1)
		}},
		{"logged in", func(t *testing.T, n *node, client net.Conn) { connect(t, n, client) }},
		{"endless script", func(t *testing.T, n *node, client net.Conn) {
			ch := execWay("", `echo x; while :; do :; done`).open(t, connect(t, n, client))
			read(t, ch, 1)
		}},
		{"netcat", func(t *testing.T, n *node, client net.Conn) {
			ch := ncWay.open(t, connect(t, n, client))
			io.WriteString(ch, "x\n")
			read(t, ch, 2)
		}},
		{"streamlocal", func(t *testing.T, n *node, client net.Conn) {
			ch := streamLocalWay.open(t, connect(t, n, client))
			io.WriteString(ch, "x\n")
			read(t, ch, 2)
		}},
		{"script that reads", func(t *testing.T, n *node, client net.Conn) {
			ch := execWay("", `echo x; read A; cat | grep b`).open(t, connect(t, n, client))
			read(t, ch, 1)
		}},
	}
	for _, stage := range stages {
		for _, how := range []string{"context", "Close"} {
			t.Run(stage.name+"/"+how, func(t *testing.T) {
				t.Parallel()
				n := startNode(t, Config{})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				client, done := serveOne(t, n, ctx)
				stage.reach(t, n, client)
				if how == "context" {
					cancel()
				} else {
					n.Close()
				}
				within(t, done, "ServeConn")
			})
		}
	}
}

// connect makes a client of a connection.
func connect(t *testing.T, n *node, nc net.Conn) *gossh.Client {
	t.Helper()
	conn, chans, reqs, err := gossh.NewClientConn(nc, n.addr, n.clientConfig())
	if err != nil {
		t.Fatal(err)
	}
	client := gossh.NewClient(conn, chans, reqs)
	t.Cleanup(func() { client.Close() })
	return client
}

func TestClosedServer(t *testing.T) {
	n := startNode(t, Config{})
	n.Close()
	client, done := serveOne(t, n, t.Context())
	within(t, done, "ServeConn")
	if _, err := client.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
	n.Close()
}

// TestServeConnWaits: ServeConn returns when the daemon has, and the log names
// what it waits for.
func TestServeConnWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		begun, hold := make(chan struct{}), make(chan struct{})
		n := bubbleNode(t, Config{
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
			Open: func(context.Context, string, Login) (func(net.Conn), error) {
				return func(net.Conn) {
					close(begun)
					<-hold
				}, nil
			},
		})
		nc, done := n.pipe(t)
		ncWay.open(t, connect(t, n.node, nc))
		<-begun
		nc.Close()
		synctest.Wait()
		time.Sleep(5*time.Second + 1) // of the bubble's time
		synctest.Wait()
		select {
		case <-done:
			t.Error("ServeConn has returned while the daemon is running")
		default:
		}
		if want := `running="[nc to ` + system + `]"`; !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %s:\n%s", want, &log)
		}
		close(hold)
		<-done
	})
}

func TestLoginGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := bubbleNode(t, Config{})
		begin := time.Now()
		_, done := n.pipe(t)
		loggedIn, stays := n.pipe(t)
		client := connect(t, n.node, loggedIn)
		<-done
		if took := time.Since(begin); took != 2*time.Minute {
			t.Errorf("a client that did not log in was dropped after %v", took)
		}
		if got := run(t, client, "echo x", ""); got.Stdout != "x\n" {
			t.Errorf("and one that did: %+v", got)
		}
		client.Close()
		<-stays
	})
}

// TestClientThatKeepsItsChannel: a client that never closes a channel cannot hold
// the daemon's reads and writes for ever.
func TestClientThatKeepsItsChannel(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mute := make(chan struct{})
				n := bubbleNode(t, Config{Open: func(context.Context, string, Login) (func(net.Conn), error) {
					return func(conn net.Conn) {
						read := make(chan struct{})
						go func() {
							defer close(read)
							conn.Read(make([]byte, 1))
						}()
						<-mute
						conn.Close()
						<-read
					}, nil
				}})
				nc, done := n.pipe(t)
				deaf := &deafConn{Conn: nc}
				conn, chans, reqs, err := gossh.NewClientConn(deaf, n.addr, n.clientConfig())
				if err != nil {
					t.Fatal(err)
				}
				client := gossh.NewClient(conn, chans, reqs)
				w.open(t, client)
				deaf.mute.Store(true) // and the close is never answered
				begin := time.Now()
				close(mute)
				<-done
				if took := time.Since(begin); took != lingerTime {
					t.Errorf("took %v", took)
				}
				client.Close()
			})
		})
	}
}

func TestLoginGraceByTheClock(t *testing.T) {
	clk := clock.NewManual(time.Unix(1_700_000_000, 0))
	n := bubbleNode(t, Config{Clock: clk})
	_, done := n.pipe(t)
	if err := clk.WaitPending(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	clk.Advance(2*time.Minute - 1)
	select {
	case <-done:
		t.Error("dropped too early")
	default:
	}
	clk.Advance(1)
	within(t, done, "the connection's end")
}
