package transport

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }

// pipeSize is how much one side may write before the other reads: a socket's
// usual buffer. A larger write waits half done.
const pipeSize = 256 << 10

// Pipe returns the two ends of a buffered connection in memory.
func Pipe() (net.Conn, net.Conn) {
	ab, ba := newHalf(), newHalf()
	return &pipeConn{r: ba, w: ab}, &pipeConn{r: ab, w: ba}
}

// half is one direction of a pipe.
type half struct {
	mu       sync.Mutex
	cond     *sync.Cond
	buf      []byte
	off      int   // buf[:off] has been read
	werr     error // what Write returns: the direction is closed
	rerr     error // what Read returns once buf is empty
	readEnd  deadline
	writeEnd deadline
}

func newHalf() *half {
	h := &half{}
	h.cond = sync.NewCond(&h.mu)
	h.readEnd.half, h.writeEnd.half = h, h
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(p) > 0 {
		if h.readEnd.passed {
			return 0, os.ErrDeadlineExceeded
		}
		if h.off < len(h.buf) {
			n := copy(p, h.buf[h.off:])
			h.off += n
			if h.off == len(h.buf) {
				h.buf, h.off = h.buf[:0], 0
			}
			h.cond.Broadcast()
			return n, nil
		}
		if h.rerr != nil {
			return 0, h.rerr
		}
		h.cond.Wait()
	}
	return 0, nil
}

func (h *half) write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	done := 0
	for done < len(p) {
		if h.werr != nil {
			return done, h.werr
		}
		if h.writeEnd.passed {
			return done, os.ErrDeadlineExceeded
		}
		free := pipeSize - (len(h.buf) - h.off)
		if free <= 0 {
			h.cond.Wait()
			continue
		}
		if h.off > 0 {
			h.buf = append(h.buf[:0], h.buf[h.off:]...)
			h.off = 0
		}
		n := min(free, len(p)-done)
		h.buf = append(h.buf, p[done:done+n]...)
		done += n
		h.cond.Broadcast()
	}
	return done, nil
}

// closeWrite ends the direction from its writer's side: what was written can
// still be read.
func (h *half) closeWrite() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.werr == nil {
		h.werr = io.ErrClosedPipe
	}
	if h.rerr == nil {
		h.rerr = io.EOF
	}
	h.cond.Broadcast()
}

// closeRead ends the direction from its reader's side: nobody will read what
// was written.
func (h *half) closeRead() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.werr == nil {
		h.werr = io.ErrClosedPipe
	}
	h.rerr = net.ErrClosed
	h.buf, h.off = nil, 0
	h.cond.Broadcast()
}

// reset ends the direction for both sides at once. What was written before can
// still be read, as after a reset of TCP on Linux.
func (h *half) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.werr, h.rerr = errReset("write"), errReset("read")
	h.cond.Broadcast()
}

func errReset(op string) error {
	return &net.OpError{
		Op: op, Net: memoryAddr{}.Network(), Addr: memoryAddr{},
		Err: os.NewSyscallError(op, syscall.ECONNRESET),
	}
}

// deadline wakes whoever waits at one end of a half. The half's lock guards it.
type deadline struct {
	half   *half
	timer  *time.Timer
	passed bool
	epoch  int // tells a timer that it was replaced
}

func (d *deadline) set(t time.Time) {
	d.half.mu.Lock()
	defer d.half.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.epoch++
	d.passed = !t.IsZero() && !t.After(time.Now())
	if !t.IsZero() && !d.passed {
		epoch := d.epoch
		d.timer = time.AfterFunc(time.Until(t), func() {
			d.half.mu.Lock()
			defer d.half.mu.Unlock()
			if d.epoch == epoch {
				d.passed = true
				d.half.cond.Broadcast()
			}
		})
	}
	d.half.cond.Broadcast()
}

// pipeConn is one end of a Pipe.
type pipeConn struct{ r, w *half }

func (c *pipeConn) Read(p []byte) (int, error)  { return c.r.read(p) }
func (c *pipeConn) Write(p []byte) (int, error) { return c.w.write(p) }

// CloseWrite ends one direction, as that of a TCP connection does.
func (c *pipeConn) CloseWrite() error { c.w.closeWrite(); return nil }

func (c *pipeConn) Close() error {
	c.w.closeWrite()
	c.r.closeRead()
	c.r.readEnd.set(time.Time{})
	c.w.writeEnd.set(time.Time{})
	return nil
}

// Reset closes the connection as a TCP reset does: once the other end has read
// what was written, it finds that the connection was reset by its peer.
func (c *pipeConn) Reset() error {
	c.w.reset()
	c.r.reset()
	return c.Close()
}

func (c *pipeConn) LocalAddr() net.Addr                { return memoryAddr{} }
func (c *pipeConn) RemoteAddr() net.Addr               { return memoryAddr{} }
func (c *pipeConn) SetReadDeadline(t time.Time) error  { c.r.readEnd.set(t); return nil }
func (c *pipeConn) SetWriteDeadline(t time.Time) error { c.w.writeEnd.set(t); return nil }
func (c *pipeConn) SetDeadline(t time.Time) error {
	c.r.readEnd.set(t)
	c.w.writeEnd.set(t)
	return nil
}
