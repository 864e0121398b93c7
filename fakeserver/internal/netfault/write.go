package netfault

// writeSlow is Write where something is armed or held.
func (c *Conn) writeSlow(p []byte) (int, error) {
	s := &c.out
	s.io.Lock()
	n, err := c.gather(p)
	s.setKeep()
	s.io.Unlock()
	c.letGo() // what a disarm meanwhile could not
	return n, err
}

// gather passes p on, but for what a Coalesce holds back. The caller has io.
func (c *Conn) gather(p []byte) (done int, err error) {
	s := &c.out
	if len(p) == 0 {
		if err := c.overErr(); err != nil {
			return 0, err
		}
		return c.Conn.Write(p)
	}
	for done < len(p) {
		if err := c.overErr(); err != nil {
			return done, err
		}
		f, left := s.coalescing()
		if f == nil {
			if err := c.emitHeld(); err != nil {
				return done, err
			}
			n := len(p) - done
			if left > 0 {
				n = int(min(int64(n), left))
			}
			k, err := c.emit(p[done : done+n])
			if done += k; err != nil {
				return done, err
			}
			continue
		}
		n, full := f.frames.count(p[done:])
		if full && len(s.held) == 0 { // nothing to hold: no copy
			k, err := c.emit(p[done : done+n])
			f.begin(s)
			if done += k; err != nil {
				return done, err
			}
			continue
		}
		s.held = append(s.held, p[done:done+n]...)
		done += n
		if full || s.endWithin(len(s.held)) {
			f.frames.reset()
			if err := c.emitHeld(); err != nil {
				return done, err
			}
		}
		f.begin(s)
	}
	return done, nil
}

// coalescing returns the Coalesce that is at work, or how many bytes pass before
// one is, 0 if there is none.
func (s *side) coalescing() (f *armed, left int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	off := s.passed.Load()
	for _, f := range s.armed {
		if f.kind != coalesce || f.frames.lost {
			continue
		}
		if f.place <= off {
			return f, 0
		}
		if left == 0 || f.place-off < left {
			left = f.place - off
		}
	}
	return nil, left
}

// endWithin reports whether an end or a Stall is armed for one of the next n
// bytes, or for the one behind them.
func (s *side) endWithin(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.armed {
		if (f.kind == end || f.kind == stall) && !f.spent && f.place <= s.passed.Load()+int64(n) {
			return true
		}
	}
	return s.ended
}

// letGo sends what is held and should not be any more, unless somebody is
// writing, who then does.
func (c *Conn) letGo() {
	s := &c.out
	for {
		s.mu.Lock()
		keep := s.keep
		s.mu.Unlock()
		if !keep || !s.io.TryLock() {
			return
		}
		f, _ := s.coalescing()
		if len(s.held) == 0 || f != nil && !s.endWithin(len(s.held)) {
			s.io.Unlock()
			return
		}
		if f != nil {
			f.frames.reset()
		}
		c.emitHeld() // whoever writes next is told of the error
		s.setKeep()
		s.io.Unlock()
	}
}

// emitHeld sends what was gathered, in one piece. The caller has io.
func (c *Conn) emitHeld() error {
	s := &c.out
	if len(s.held) == 0 {
		return nil
	}
	p := s.held
	s.held = nil
	_, err := c.emit(p)
	return err
}

// A wholeWriter may write what it is given as several pieces by frames;
// WriteWhole does not.
type wholeWriter interface{ WriteWhole([]byte) (int, error) }

// emit writes p as fast as the gate lets it. The caller has io.
func (c *Conn) emit(p []byte) (done int, err error) {
	s := &c.out
	whole := s.hasCoalesce()
	for done < len(p) {
		n, _, ended, err := c.gate(s, len(p)-done)
		if err != nil {
			return done, err
		}
		if ended { // the server goes on as if the client did not read
			c.pass(s, len(p)-done)
			return len(p), nil
		}
		w, frames := c.Conn.(wholeWriter)
		if frames {
			n = alignFrame(p, done, n)
		}
		piece := s.corrupted(p[done:done+n], false)
		var k int
		if frames && whole {
			k, err = w.WriteWhole(piece)
		} else {
			k, err = c.Conn.Write(piece)
		}
		done += k
		c.pass(s, k)
		if err != nil {
			if over := c.overErr(); over != nil {
				err = over
			}
			return done, err
		}
	}
	return done, nil
}

func (s *side) hasCoalesce() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.armed) > 0 && s.armed[0].kind == coalesce
}
