package clock

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Manual is a clock that stands still until Advance moves it. It is safe for
// concurrent use.
type Manual struct {
	mu      sync.Mutex
	now     time.Time
	pending []*manualTimer // by time, then in the order in which they were set
	changed chan struct{}  // closed and replaced when a timer is set
}

// NewManual makes a clock that stands at start.
func NewManual(start time.Time) *Manual {
	return &Manual{now: start, changed: make(chan struct{})}
}

type manualTimer struct {
	clock *Manual
	at    time.Time
	f     func()
}

// Now returns the time at which the clock stands.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// AfterFunc has Advance call f once it has moved the clock by d. With d of zero
// or less it is called at once.
func (m *Manual) AfterFunc(d time.Duration, f func()) Timer {
	t := &manualTimer{clock: m, f: f}
	m.mu.Lock()
	defer m.mu.Unlock()
	t.setLocked(d)
	return t
}

// Advance moves the clock by d. On the way it stops at the time of each call that
// is due, makes it and waits until it has returned; calls that those set, and
// that are due as well, are made too. It must not be called from such a call.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	end := m.now.Add(d)
	for len(m.pending) > 0 && !m.pending[0].at.After(end) {
		t := m.pending[0]
		m.pending = slices.Delete(m.pending, 0, 1)
		if t.at.After(m.now) {
			m.now = t.at
		}
		m.mu.Unlock()
		done := make(chan struct{})
		go func() {
			defer close(done)
			t.f()
		}()
		<-done
		m.mu.Lock()
	}
	if end.After(m.now) {
		m.now = end
	}
	m.mu.Unlock()
}

// Pending returns how many calls are still to come.
func (m *Manual) Pending() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.pending)
}

// WaitPending waits until at least n calls are still to come: until whoever is
// to wait for the clock does. It returns ctx's error if that ends first.
func (m *Manual) WaitPending(ctx context.Context, n int) error {
	for {
		m.mu.Lock()
		enough, changed := len(m.pending) >= n, m.changed
		m.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (t *manualTimer) setLocked(d time.Duration) {
	m := t.clock
	if d <= 0 {
		go t.f()
		return
	}
	t.at = m.now.Add(d)
	i, _ := slices.BinarySearchFunc(m.pending, t, func(other, t *manualTimer) int {
		if other.at.After(t.at) {
			return 1
		}
		return -1 // also for the same time: after those that are there
	})
	m.pending = slices.Insert(m.pending, i, t)
	close(m.changed)
	m.changed = make(chan struct{})
}

// Stop implements Timer.
func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	return t.stopLocked()
}

func (t *manualTimer) stopLocked() bool {
	m := t.clock
	i := slices.Index(m.pending, t)
	if i < 0 {
		return false
	}
	m.pending = slices.Delete(m.pending, i, i+1)
	return true
}

// Reset implements Timer.
func (t *manualTimer) Reset(d time.Duration) bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	was := t.stopLocked()
	t.setLocked(d)
	return was
}
