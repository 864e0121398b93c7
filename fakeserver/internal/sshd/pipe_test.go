package sshd

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// A bubble is a node that is reached by pipes in memory, for testing/synctest.
// They are buffered: in SSH both sides write first.
type bubble struct{ *node }

func bubbleNode(t *testing.T, cfg Config) bubble {
	t.Helper()
	n := &node{user: newSigner(t), addr: "pipe"}
	host := newSigner(t)
	n.hostKey = host.PublicKey()
	cfg.HostKeys = []gossh.Signer{host}
	cfg.AuthorizedKey = func(_ string, key gossh.PublicKey) bool {
		return bytes.Equal(key.Marshal(), n.user.PublicKey().Marshal())
	}
	if cfg.Open == nil {
		cfg.Open = func(context.Context, string, Login) (func(net.Conn), error) { return repeatLines, nil }
	}
	var err error
	if n.Server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return bubble{n}
}

// pipe serves a new connection.
func (n bubble) pipe(t *testing.T) (client net.Conn, done chan struct{}) {
	up, down := newHalf(), newHalf()
	done = make(chan struct{})
	go func() {
		defer close(done)
		n.ServeConn(t.Context(), &pipeConn{r: up, w: down})
	}()
	return &pipeConn{r: down, w: up}, done
}

// A half is one direction of a pipe.
type half struct {
	mu     sync.Mutex
	cond   *sync.Cond
	buf    bytes.Buffer
	closed bool
}

func newHalf() *half {
	h := &half{}
	h.cond = sync.NewCond(&h.mu)
	return h
}

type pipeConn struct{ r, w *half }

func (c *pipeConn) Read(p []byte) (int, error) {
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	for c.r.buf.Len() == 0 {
		if c.r.closed {
			return 0, io.EOF
		}
		c.r.cond.Wait()
	}
	return c.r.buf.Read(p)
}

func (c *pipeConn) Write(p []byte) (int, error) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	if c.w.closed {
		return 0, net.ErrClosed
	}
	c.w.cond.Broadcast()
	return c.w.buf.Write(p)
}

func (c *pipeConn) Close() error {
	for _, h := range []*half{c.r, c.w} {
		h.mu.Lock()
		h.closed = true
		h.cond.Broadcast()
		h.mu.Unlock()
	}
	return nil
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

func (*pipeConn) LocalAddr() net.Addr              { return pipeAddr{} }
func (*pipeConn) RemoteAddr() net.Addr             { return pipeAddr{} }
func (*pipeConn) SetDeadline(time.Time) error      { return nil }
func (*pipeConn) SetReadDeadline(time.Time) error  { return nil }
func (*pipeConn) SetWriteDeadline(time.Time) error { return nil }

// A deafConn drops what is written to it once it is mute.
type deafConn struct {
	net.Conn
	mute atomic.Bool
}

func (c *deafConn) Write(p []byte) (int, error) {
	if c.mute.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}
