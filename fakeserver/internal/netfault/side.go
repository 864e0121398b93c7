package netfault

import (
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A side is one direction of a Conn.
type side struct {
	passed atomic.Int64 // how many bytes have passed
	// slow is set while there is more to do than to pass bytes on.
	slow atomic.Bool
	// woken says that the inner connection has a deadline that is not the
	// server's, to have a Read return.
	woken atomic.Bool

	io sync.Mutex // one slow Read or Write at a time
	// held has passed in one sense and not in the other: from the client, it
	// was read and the server has not got it; to the client, a Coalesce
	// gathers it. Guarded by io.
	held    []byte
	heldErr error // what Read returns behind held

	mu       sync.Mutex    // never held while calling anything that may wait
	armed    []*armed      // in the order in which they apply
	ended    bool          // by a HalfClose
	over     bool          // the Conn is over
	keep     bool          // held is not empty
	version  int64         // of armed and ended
	changed  chan struct{} // closed and replaced when those or deadline change
	deadline time.Time     // the server's
}

func (s *side) init() { s.changed = make(chan struct{}) }

// changedLocked tells whoever waits to look again.
func (s *side) changedLocked() {
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
	s.slowLocked()
}

func (s *side) slowLocked() {
	s.slow.Store(len(s.armed) > 0 || s.ended || s.keep || s.over)
}

func (s *side) versionNow() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// setKeep notes whether there is anything in held. The caller has io.
func (s *side) setKeep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep = len(s.held) > 0 || s.heldErr != nil
	s.slowLocked()
}

func (s *side) setDeadline(t time.Time, inner func(time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = t
	s.changedLocked()
	if s.woken.Load() || s.over {
		return nil // set once the Read that is being woken has returned
	}
	return inner(t)
}

// gate waits until bytes may pass and returns how many, n at most, and the
// version of what was armed then. With ended set none pass any more.
func (c *Conn) gate(s *side, n int) (allow int, version int64, ended bool, err error) {
	for {
		c.settle(s, true)
		if err := c.overErr(); err != nil {
			return 0, 0, false, err
		}
		now := c.clk.Now()
		s.mu.Lock()
		v := s.verdictLocked(n, now)
		version, ended, changed, deadline := s.version, s.ended, s.changed, s.deadline
		s.mu.Unlock()
		if v.begins != nil {
			v.begins.begin(s)
		}
		if v.due {
			continue
		}
		if ended {
			return 0, version, true, nil
		}
		if !v.blocked && v.wait <= 0 {
			return v.allow, version, false, nil
		}
		if err := c.await(changed, v.wait, deadline); err != nil {
			return 0, 0, false, err
		}
	}
}

// A verdict says what may pass now.
type verdict struct {
	allow   int           // so many bytes,
	wait    time.Duration // after so long,
	blocked bool          // or, without wait, until something changes
	begins  *armed        // takes effect by this verdict
	due     bool          // an end is to act first
}

func (s *side) verdictLocked(n int, now time.Time) verdict {
	v := verdict{allow: n}
	off := s.passed.Load()
	for i := 0; i < len(s.armed); i++ {
		f := s.armed[i]
		if f.kind == corrupt || f.spent {
			continue
		}
		if left := f.place - off; left > 0 {
			v.allow = int(min(int64(v.allow), left))
			continue
		}
		switch f.kind {
		case stall:
			if f.limit > 0 && f.until.IsZero() {
				f.until = now.Add(f.limit)
			}
			if f.limit > 0 && !now.Before(f.until) {
				f.spent = true
				continue
			}
			v.begins, v.blocked = f, true
			if f.limit > 0 {
				v.wait = f.until.Sub(now)
			}
			return v
		case end: // behind a Stall that is over as of now, or just armed
			v.due = true
			return v
		case pace:
			v.allow = min(v.allow, f.size)
			v.wait = max(v.wait, f.next.Sub(now))
		}
	}
	return v
}

// begin calls hit the first time. The caller does not have s.mu.
func (f *armed) begin(s *side) {
	s.mu.Lock()
	first := !f.hits
	f.hits = true
	s.mu.Unlock()
	if first && f.hit != nil {
		f.hit()
	}
}

// await waits until something changes, for as long as wait by the clock if that
// is positive, and no longer than to deadline, by the real clock as all of them.
func (c *Conn) await(changed chan struct{}, wait time.Duration, deadline time.Time) error {
	var passed, expired <-chan time.Time
	if !deadline.IsZero() {
		t := time.NewTimer(time.Until(deadline))
		defer t.Stop()
		expired = t.C
	}
	if wait > 0 {
		ch := make(chan time.Time)
		t := c.clk.AfterFunc(wait, func() { close(ch) })
		defer t.Stop()
		passed = ch
	}
	select {
	case <-changed:
	case <-passed:
	case <-c.over:
	case <-expired:
		return os.ErrDeadlineExceeded
	}
	return nil
}

// pass notes that n bytes have passed.
func (c *Conn) pass(s *side, n int) {
	if n <= 0 {
		return
	}
	var begun []*armed
	now := c.clk.Now()
	s.mu.Lock()
	from := s.passed.Load()
	to := from + int64(n)
	for _, f := range s.armed {
		if f.place >= to || f.spent {
			continue
		}
		switch f.kind {
		case pace:
			f.passed(n, now)
			begun = append(begun, f)
		case corrupt:
			if f.place+int64(len(f.xor)) > from {
				begun = append(begun, f)
			}
			f.spent = f.place+int64(len(f.xor)) <= to
		}
	}
	s.passed.Store(to)
	s.mu.Unlock()
	for _, f := range begun {
		f.begin(s)
	}
	if s == &c.out {
		c.settle(s, true)
	}
}

// settle has the ends act whose place is reached. inline says that the caller
// reads or writes, and may wait as that does.
func (c *Conn) settle(s *side, inline bool) {
	for {
		s.mu.Lock()
		i := slices.IndexFunc(s.armed, func(f *armed) bool {
			return !f.spent && f.place <= s.passed.Load() && (f.kind == end || f.kind == stall)
		})
		if i < 0 || s.armed[i].kind == stall || s == &c.in && !inline {
			s.mu.Unlock()
			return
		}
		f := s.armed[i]
		f.spent = true
		s.mu.Unlock()
		f.act(c, inline)
		f.begin(s)
	}
}

// corrupted returns p, which begins at offset off, or what is to pass instead: in
// p itself, if it may be changed.
func (s *side) corrupted(p []byte, mine bool) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	off := s.passed.Load()
	for _, f := range s.armed {
		if f.kind != corrupt || f.place >= off+int64(len(p)) || f.place+int64(len(f.xor)) <= off {
			continue
		}
		if !mine {
			p, mine = slices.Clone(p), true
		}
		for i := max(0, f.place-off); i < min(int64(len(p)), f.place+int64(len(f.xor))-off); i++ {
			p[i] ^= f.xor[off+i-f.place]
		}
	}
	return p
}
