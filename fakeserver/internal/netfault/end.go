package netfault

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// What Read and Write return once a connection is over. All are net.ErrClosed.
var (
	errClosed = net.ErrClosed
	errCut    = fmt.Errorf("cut by a fault: %w", net.ErrClosed)
	errReset  = fmt.Errorf("reset by a fault: %w", net.ErrClosed)
)

// socket returns the inner connection if it is a socket of the system.
func (c *Conn) socket() interface {
	closeWriter
	syscall.Conn
} {
	switch nc := c.Conn.(type) {
	case *net.TCPConn:
		return nc
	case *net.UnixConn:
		return nc
	}
	return nil
}

// finish lets nothing more pass, in either direction. It reports false if that
// was so already.
func (c *Conn) finish(err error, linger func(*Conn)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return false
	}
	c.err, c.linger = err, linger
	close(c.over)
	for _, s := range []*side{&c.in, &c.out} {
		s.mu.Lock()
		s.over = true
		s.changedLocked()
		s.mu.Unlock()
	}
	return true
}

// overErr returns why nothing passes any more, nil if it does.
func (c *Conn) overErr() error {
	select {
	case <-c.over:
		return c.err
	default:
		return nil
	}
}

// Cut ends the connection in order, now. Read and Write return an error, and
// whoever gets it is expected to call Close.
func (c *Conn) Cut() {
	c.mu.Lock()
	beneath := c.beneath
	c.mu.Unlock()
	switch sock := c.socket(); {
	case beneath != nil:
		if c.finish(errCut, nil) {
			beneath.Cut()
		}
	case sock != nil:
		if c.finish(errCut, (*Conn).drain) {
			sock.CloseWrite()
			c.Conn.SetDeadline(past)
		}
	default:
		if c.finish(errCut, nil) {
			c.Conn.Close()
		}
	}
}

// drain reads and drops what the client sends until it closes.
func (c *Conn) drain() {
	select {
	case <-c.now:
		return
	default:
	}
	bound := c.clk.AfterFunc(Linger, func() { c.Conn.Close() })
	defer bound.Stop()
	c.Conn.SetReadDeadline(time.Time{})
	for buf := make([]byte, 4<<10); ; {
		if _, err := c.Conn.Read(buf); err != nil {
			return
		}
	}
}

// A resetter is a connection that is no socket and has a reset of its own.
type resetter interface{ Reset() error }

// Reset resets the connection, now, or if the system has not sent yet what was
// written, once it has and Close is called: Read and Write return an error, and
// whoever gets it is expected to.
func (c *Conn) Reset() {
	c.mu.Lock()
	onReset := c.onReset
	if onReset == nil && c.beneath != nil {
		onReset = c.beneath.Reset
	}
	c.mu.Unlock()
	if onReset != nil {
		if c.finish(errReset, nil) {
			onReset()
		}
		return
	}
	switch inner := c.Conn.(type) {
	case *net.TCPConn:
		if c.finish(errReset, (*Conn).awaitSent) {
			if sent(inner) {
				c.abort()
				return
			}
			c.Conn.SetDeadline(past)
		}
	case resetter:
		if c.finish(errReset, nil) {
			inner.Reset()
		}
	default:
		if c.finish(errReset, nil) {
			c.Conn.Close()
		}
	}
}

// abort resets a TCP connection.
func (c *Conn) abort() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Conn.Close()
}

// awaitSent waits until the system has sent all that was written, and resets.
func (c *Conn) awaitSent() {
	defer c.abort()
	tcp, ok := c.Conn.(*net.TCPConn)
	if !ok || sent(tcp) {
		return
	}
	select {
	case <-c.now:
		return
	default:
	}
	tcp.SetWriteDeadline(time.Time{})
	bound := c.clk.AfterFunc(Linger, func() { tcp.SetWriteDeadline(past) })
	defer bound.Stop()
	waitSent(tcp)
}

// halfCloseOut ends the direction to the client. What the server writes from now
// on is dropped. Where it is not called by the writer itself, it does not wait for
// a Write that is under way, which the end of a TLS connection would.
func (c *Conn) halfCloseOut(inline bool) {
	c.endSide(&c.out)
	if c.socket() != nil || inline {
		c.CloseWrite()
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.wg.Go(func() { c.CloseWrite() })
	}
}

// halfCloseIn ends the direction from the client: Read returns io.EOF.
func (c *Conn) halfCloseIn(bool) { c.endSide(&c.in) }

func (c *Conn) endSide(s *side) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.changedLocked()
}

// control calls f with the descriptor of a socket.
func control(sc syscall.Conn, f func(fd int) error) error {
	raw, err := sc.SyscallConn()
	if err != nil {
		return err
	}
	var ferr error
	return errors.Join(raw.Control(func(fd uintptr) { ferr = f(int(fd)) }), ferr)
}
