package netfault

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// past is a deadline that ends a Read or Write that waits.
var past = time.Unix(1, 0)

// readSlow is Read where something is armed or held; got and gotErr is what the
// inner connection has answered already.
func (c *Conn) readSlow(p, got []byte, gotErr error) (n int, err error) {
	s := &c.in
	s.io.Lock()
	defer s.io.Unlock()
	defer s.setKeep()
	c.took(got, gotErr)
	for {
		if uc, ok := c.Conn.(*net.UnixConn); ok && s.resetDue() {
			if err := awaitUnread(uc); err != nil {
				if s.woken.Load() {
					c.took(nil, err)
					continue
				}
				return 0, err
			}
		}
		n, version, ended, err := c.gate(s, len(p))
		switch {
		case err != nil:
			return 0, err
		case ended:
			return 0, io.EOF
		case len(p) == 0:
			return 0, nil
		}
		f, left := s.coalescing()
		if f != nil {
			k, ok := c.fill(f, version)
			if !ok {
				continue
			}
			n = min(n, k)
		} else if left > 0 {
			n = int(min(int64(n), left))
		}
		if len(s.held) > 0 {
			n = copy(p[:n], s.held)
			if s.held = s.held[n:]; len(s.held) == 0 {
				s.held = nil
			}
			if f != nil {
				f.release -= n
				f.scanned -= n
			}
			s.corrupted(p[:n], true)
			c.pass(s, n)
			return n, nil
		}
		if err := s.heldErr; err != nil {
			s.heldErr = nil
			return 0, err
		}
		k, err := c.Conn.Read(p[:n])
		if s.versionNow() != version || s.woken.Load() {
			c.took(p[:k], err)
			continue
		}
		s.corrupted(p[:k], true)
		c.pass(s, k)
		return k, err
	}
}

// resetDue reports whether the next byte that the client sends is to end the
// connection by being left unread. The caller has io.
func (s *side) resetDue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.ended || len(s.held) > 0 {
		return false
	}
	for _, f := range s.armed {
		if f.place <= s.passed.Load() && !f.spent && (f.kind == stall || f.kind == end) {
			return f.unread
		}
	}
	return false
}

// took keeps what the inner connection has answered. The caller has io.
func (c *Conn) took(p []byte, err error) {
	s := &c.in
	s.held = append(s.held, p...)
	if err != nil && s.woken.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.woken.Store(false)
		c.Conn.SetReadDeadline(s.deadline)
		return
	}
	if err != nil {
		s.heldErr = err
	}
}

// wake has a Read that waits for the client look again at what is armed. It does
// nothing where the inner connection has no deadlines, which are SSH channels:
// there the next bytes of the client do it.
func (c *Conn) wake() {
	s := &c.in
	s.mu.Lock()
	defer s.mu.Unlock()
	s.woken.Store(true)
	if c.Conn.SetReadDeadline(past) != nil {
		s.woken.Store(false)
	}
}

// fill reads until as many frames are held as f wants, and returns how many bytes
// of held may pass; not ok means that what is armed has changed. The caller has
// io.
func (c *Conn) fill(f *armed, version int64) (n int, ok bool) {
	s := &c.in
	var buf []byte
	for f.release == 0 {
		if f.scanned < len(s.held) {
			k, full := f.frames.count(s.held[f.scanned:])
			f.scanned += k
			if full {
				f.release = f.scanned
				break
			}
		}
		if s.heldErr != nil || s.endWithin(len(s.held)) {
			f.release = len(s.held)
			if f.release == 0 {
				return 1, true
			}
			break
		}
		if buf == nil {
			buf = make([]byte, 4<<10)
		}
		k, err := c.Conn.Read(buf)
		c.took(buf[:k], err)
		if k > 0 {
			f.begin(s)
		}
		if s.versionNow() != version || s.woken.Load() || c.overErr() != nil {
			return 0, false
		}
	}
	return f.release, true
}
