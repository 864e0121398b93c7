package fault

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Handle is a rule that was injected. It is safe for concurrent use.
//
// When a hit counts:
//
//   - for a rule about calls, when the call has matched and is about to get its
//     action: before the action has done anything, and before the reply;
//   - for a rule about connections, when the connection has matched, before its
//     first byte, or at the injection if it was there already;
//   - for NoKeepAlive and DropEvents, each ping that is not answered and each
//     event that one client does not get; for SlowStorage and NoLease, each call
//     that they change;
//   - for Refuse, StopAccepting and MaxClients, when they come into force: with
//     the call that begins them, or at the injection;
//   - for other actions on the node and its objects in a rule without calls, once
//     they are done.
type Handle struct {
	set  *Set
	rule Rule
	kind *kind
	test matcher
	// begins are the calls that the rule hits or, for a condition of the node,
	// begins with; lasts are those that a condition then changes.
	begins, lasts procedures

	armed atomic.Bool // a condition that is in force

	mu        sync.Mutex
	matched   int // calls or connections that matched, hit or not
	hits      int
	changed   chan struct{} // closed at the next hit; nil if nobody waits
	gone      chan struct{} // closed when removed
	removed   bool
	onRemove  []func()
	connected map[connectionKey]struct{} // those that the rule has seen
}

// Rule returns the rule. An Answer that came from YAML or JSON has become one of
// the procedure's result type.
func (h *Handle) Rule() Rule { return h.rule }

// Hits returns how often the rule has hit.
func (h *Handle) Hits() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hits
}

// Hit counts a hit. It is for whoever carries actions out, where a hit is not
// counted by matching: see [Handle].
func (h *Handle) Hit() {
	h.mu.Lock()
	h.hitLocked()
	h.mu.Unlock()
}

func (h *Handle) hitLocked() {
	h.hits++
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}

// Wait waits until the rule has hit n times in all. It returns an error that says
// how often it did if ctx ends first, or if the rule is removed.
func (h *Handle) Wait(ctx context.Context, n int) error {
	for {
		h.mu.Lock()
		hits, removed := h.hits, h.removed
		if h.changed == nil {
			h.changed = make(chan struct{})
		}
		changed := h.changed
		h.mu.Unlock()
		if hits >= n {
			return nil
		}
		if removed {
			return fmt.Errorf("%s has hit %d times of %d and is removed", h, hits, n)
		}
		select {
		case <-changed:
		case <-h.gone:
		case <-ctx.Done():
			// A hit that was counted already goes first.
			if hits = h.Hits(); hits >= n {
				return nil
			}
			return fmt.Errorf("%s has hit %d times of %d: %w", h, hits, n, context.Cause(ctx))
		}
	}
}

// String tells which rule it is, for errors and logs.
func (h *Handle) String() string { return h.rule.String() }

// Remove takes the rule back: once it returns, nothing matches any more, and what
// OnRemove was told has been called. A second call does nothing; if the first is
// still at it, it does not wait.
func (h *Handle) Remove() {
	h.mu.Lock()
	if h.removed {
		h.mu.Unlock()
		return
	}
	h.removed = true
	fs := h.onRemove
	h.onRemove, h.connected = nil, nil
	close(h.gone)
	h.mu.Unlock()
	h.armed.Store(false)
	h.set.remove(h)
	for _, f := range fs {
		f()
	}
}

// Removed returns a channel that is closed when the rule is removed.
func (h *Handle) Removed() <-chan struct{} { return h.gone }

// OnRemove has f called when the rule is removed, or at once if it is already.
// The functions are called one after the other, in order.
func (h *Handle) OnRemove(f func()) {
	h.mu.Lock()
	removed := h.removed
	if !removed {
		h.onRemove = append(h.onRemove, f)
	}
	h.mu.Unlock()
	if removed {
		f()
	}
}

// spentLocked reports whether the rule has hit as often as it may.
func (h *Handle) spentLocked() bool { return h.rule.Times > 0 && h.hits >= h.rule.Times }

// take counts something that matched, and reports whether the rule hits it. What
// is taken already, by an earlier rule, is counted and not hit.
func (h *Handle) take(taken bool) (hit bool) {
	h.mu.Lock()
	if h.removed || h.spentLocked() {
		h.mu.Unlock()
		return false
	}
	h.matched++
	if h.matched <= h.rule.Skip || taken {
		h.mu.Unlock()
		return false
	}
	h.hitLocked()
	spent := h.spentLocked()
	if spent {
		h.connected = nil
	}
	h.mu.Unlock()
	if spent {
		h.set.rebuild()
	}
	return true
}

// arm counts a call that matched, and puts a condition in force with the first
// one that is not skipped. It reports whether there is something to do about that.
func (h *Handle) arm() bool {
	h.mu.Lock()
	if h.removed || h.armed.Load() {
		h.mu.Unlock()
		return false
	}
	h.matched++
	if h.matched <= h.rule.Skip {
		h.mu.Unlock()
		return false
	}
	h.matched = h.rule.Skip // Skip was for the calls
	h.armed.Store(true)
	if h.kind.beginsOnce {
		h.hitLocked()
	}
	h.mu.Unlock()
	h.set.rebuild()
	return h.kind.beginsOnce
}

// fires reports whether the rule fires for the call; taken is whether an earlier
// rule answers it already.
func (h *Handle) fires(c *call.Call, taken bool) bool {
	if !h.kind.condition {
		return h.test.call(c) && h.take(taken)
	}
	if h.armed.Load() {
		return h.lasts.has(c.Procedure) && h.test.lasting(c) && h.take(false)
	}
	return h.begins.has(c.Procedure) && h.test.call(c) && h.arm()
}

// Connection reports whether the rule, one about connections, fires for the
// connection, and counts the hit. It fires once for a connection, however often it
// is asked; which one it is tells the Peer's number. Skip and Times count the
// connections that matched.
func (h *Handle) Connection(p *call.Peer) bool {
	if len(h.rule.On) > 0 || !h.kind.connection || !h.test.peer(p) {
		return false
	}
	h.mu.Lock()
	if _, seen := h.connected[keyOf(p)]; seen || h.removed || h.spentLocked() {
		h.mu.Unlock()
		return false
	}
	h.connected[keyOf(p)] = struct{}{}
	h.mu.Unlock()
	return h.take(false)
}

// connectionKey tells connections apart: by their number, so that what is known
// of a client before a handshake and after it may be two Peers, or if it has none
// by the Peer.
type connectionKey struct {
	number uint64
	peer   *call.Peer
}

func keyOf(p *call.Peer) connectionKey {
	if p.Connection != 0 {
		return connectionKey{number: p.Connection}
	}
	return connectionKey{peer: p}
}

// procedures is a set of procedures.
type procedures map[*rpc.Info]struct{}

func (s procedures) has(p *rpc.Info) bool {
	_, ok := s[p]
	return ok
}
