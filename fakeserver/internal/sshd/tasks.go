package sshd

import (
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// tasks are the goroutines of one connection, by what they do.
type tasks struct {
	mu      sync.Mutex
	wg      sync.WaitGroup
	ended   bool
	next    int
	running map[int]string
}

// begin notes that the calling goroutine works for the connection until end is
// called. It is refused once the connection has ended: the goroutine of a
// channel may start late.
func (t *tasks) begin(name string) (end func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return nil, false
	}
	if t.running == nil {
		t.running = make(map[int]string)
	}
	id := t.next
	t.next++
	t.running[id] = name
	t.wg.Add(1)
	return func() {
		t.mu.Lock()
		delete(t.running, id)
		t.mu.Unlock()
		t.wg.Done()
	}, true
}

// start runs f in a goroutine that wait waits for.
func (t *tasks) start(name string, f func()) bool {
	end, ok := t.begin(name)
	if ok {
		go func() {
			defer end()
			f()
		}()
	}
	return ok
}

// wait returns when all have ended, and lets none begin. After five seconds it
// names those that are still there: the culprit is as a rule a serve function
// that does not mind its connection being closed.
func (t *tasks) wait(log *slog.Logger) {
	t.mu.Lock()
	t.ended = true
	t.mu.Unlock()
	warn := time.AfterFunc(5*time.Second, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		log.Warn("ssh: waiting for what a closed connection has left running",
			"running", slices.Sorted(maps.Values(t.running)))
	})
	defer warn.Stop()
	t.wg.Wait()
}
