package netfault

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// Linger is how long Close waits, after a Cut, for the client to close, and after
// a Reset for the bytes before it to be sent.
const Linger = 2 * time.Second

// A Conn passes bytes to and from an inner connection, but for what is armed. It
// is safe for concurrent use; where the bytes of several Writes at once lie is
// as undefined as it is for the inner connection.
type Conn struct {
	net.Conn // the inner connection
	clk      clock.Clock
	in, out  side // from and to the client

	// over is closed when no more bytes may pass, in either direction.
	over chan struct{}
	// now is closed when a Close that waits is to wait no longer.
	now chan struct{}
	// done is closed when the inner connection is closed.
	done chan struct{}

	mu      sync.Mutex
	err     error // why it is over
	linger  func(*Conn)
	closing bool
	hurry   bool
	beneath *Conn
	onReset func()
	wg      sync.WaitGroup
}

// Wrap returns a Conn around nc, which tells the time by clk.
func Wrap(nc net.Conn, clk clock.Clock) *Conn {
	c := &Conn{
		Conn: nc, clk: clk,
		over: make(chan struct{}), now: make(chan struct{}), done: make(chan struct{}),
	}
	c.beneath, _ = nc.(*Conn)
	c.in.init()
	c.out.init()
	return c
}

// Over says that the inner connection is TLS, and beneath the Conn that carries
// it: Cut, Reset and CloseNow are done there.
func (c *Conn) Over(beneath *Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.beneath = beneath
}

// OnReset sets what Reset does where the inner connection has no reset of its own:
// an SSH channel wants the [Conn.Reset] of the Conn beneath. By default the inner
// connection is closed.
func (c *Conn) OnReset(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onReset = f
}

// Offset returns how many bytes have passed in a direction.
func (c *Conn) Offset(d fault.Direction) int64 { return c.side(d).passed.Load() }

func (c *Conn) side(d fault.Direction) *side {
	if d == fault.FromClient {
		return &c.in
	}
	return &c.out
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	s := &c.in
	if s.slow.Load() {
		return c.readSlow(p, nil, nil)
	}
	n, err := c.Conn.Read(p)
	if s.slow.Load() || s.woken.Load() { // since it was called
		return c.readSlow(p, p[:n], err)
	}
	s.passed.Add(int64(n))
	return n, err
}

// Write implements net.Conn. It never changes p.
func (c *Conn) Write(p []byte) (int, error) {
	s := &c.out
	if s.slow.Load() {
		return c.writeSlow(p)
	}
	n, err := c.Conn.Write(p)
	s.passed.Add(int64(n))
	if s.slow.Load() { // since it was called
		c.settle(s, true)
	}
	return n, err
}

// Close closes the inner connection; after a Cut or a Reset it may wait, see
// [Linger]. All that waits in Read or Write returns. What a Coalesce holds is
// dropped. It may be called more than once, and from anywhere: whoever calls it
// finds the connection closed when it returns.
func (c *Conn) Close() error {
	c.finish(errClosed, nil)
	c.mu.Lock()
	first := !c.closing
	c.closing = true
	linger := c.linger
	c.mu.Unlock()
	if !first {
		<-c.done
		return nil
	}
	defer close(c.done)
	if linger != nil {
		linger(c)
	}
	err := c.Conn.Close()
	c.wg.Wait()
	return err
}

// CloseNow is Close without any wait for the client.
func (c *Conn) CloseNow() error {
	c.mu.Lock()
	if !c.hurry {
		c.hurry = true
		close(c.now)
	}
	beneath := c.beneath
	c.mu.Unlock()
	c.finish(errClosed, nil)
	if beneath != nil {
		beneath.CloseNow()
	}
	err := c.Conn.Close()
	c.Close()
	return err
}

// Unwrap returns the inner connection.
func (c *Conn) Unwrap() net.Conn { return c.Conn }

// CloseWrite ends the direction to the client, if the inner connection can.
func (c *Conn) CloseWrite() error {
	if inner, ok := c.Conn.(closeWriter); ok {
		return inner.CloseWrite()
	}
	return &net.OpError{Op: "close", Net: "fault", Err: errors.ErrUnsupported}
}

// SyscallConn implements syscall.Conn, if the inner connection does.
func (c *Conn) SyscallConn() (syscall.RawConn, error) {
	if inner, ok := c.Conn.(syscall.Conn); ok {
		return inner.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// SetDeadline implements net.Conn. Deadlines also end what waits in Read or Write
// for a fault.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.in.setDeadline(t, c.Conn.SetReadDeadline)
}

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.out.setDeadline(t, c.Conn.SetWriteDeadline)
}

type closeWriter interface{ CloseWrite() error }
