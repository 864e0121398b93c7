package fakeserver

import (
	"context"
	"sync"
	"sync/atomic"
)

// tally counts something of a connection, such as its replies, for those who
// wait until there are more. Nobody waits as a rule, and counting then costs next
// to nothing.
type tally struct {
	n       atomic.Uint64
	waiting atomic.Int32

	mu      sync.Mutex
	changed chan struct{} // closed at the next count; nil if nobody asked
}

func (t *tally) add() {
	t.n.Add(1)
	if t.waiting.Load() == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// wait returns once there are n, or once ctx or done ends.
func (t *tally) wait(ctx context.Context, n uint64, done <-chan struct{}) {
	t.waiting.Add(1)
	defer t.waiting.Add(-1)
	for {
		t.mu.Lock()
		if t.changed == nil {
			t.changed = make(chan struct{})
		}
		changed := t.changed
		t.mu.Unlock()
		if t.n.Load() >= n {
			return
		}
		select {
		case <-changed:
		case <-done:
			return
		case <-ctx.Done():
			return
		}
	}
}
