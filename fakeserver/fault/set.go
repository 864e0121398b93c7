package fault

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// ErrClosed is what Add returns once the Set is closed.
var ErrClosed = errors.New("the node is closed: no rule can be injected")

// Set is the rules in force on a node. It decides which rules fire for a call, a
// connection or an event, and counts; what happens then is the business of
// whoever asks. It is safe for concurrent use.
//
// A Set that has no rule about a procedure costs its calls an atomic load.
type Set struct {
	table atomic.Pointer[table]

	mu      sync.Mutex
	handles []*Handle // in the order of injection
	closed  bool
}

// NewSet makes a Set without rules.
func NewSet() *Set {
	s := &Set{}
	s.table.Store(&table{})
	return s
}

// table is a snapshot of what may fire at all: rules that are neither removed nor
// spent, each list in the order of injection. It is never changed.
type table struct {
	remote, qemu [][]*Handle          // by number; shorter than the program, or empty
	conditions   map[string][]*Handle // in force, by kind of action
	noKeepAlive  []*Handle
	dropEvents   []*Handle
}

func (t *table) of(p *rpc.Info) []*Handle {
	list := t.remote
	if p.Program == rpc.ProgramQEMU {
		list = t.qemu
	}
	if int(p.Number) >= len(list) {
		return nil
	}
	return list[p.Number]
}

func (t *table) add(p *rpc.Info, h *Handle) {
	list := &t.remote
	if p.Program == rpc.ProgramQEMU {
		list = &t.qemu
	}
	for len(*list) <= int(p.Number) {
		*list = append(*list, nil)
	}
	(*list)[p.Number] = append((*list)[p.Number], h)
}

// Add checks a rule and puts it in force. The error is a [*RuleError], or
// [ErrClosed]. What the rule points to must not be changed any more.
func (s *Set) Add(r Rule) (*Handle, error) {
	h, err := newHandle(s, r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	s.handles = append(s.handles, h)
	s.rebuildLocked()
	return h, nil
}

func newHandle(s *Set, r Rule) (*Handle, error) {
	r, err := r.resolve()
	if err != nil {
		return nil, err
	}
	k := r.Action.kind()
	h := &Handle{set: s, rule: r, kind: k, gone: make(chan struct{})}
	h.begins = setOf(r.Match.procedures())
	if k.lasts != nil {
		h.lasts = setOf(k.lasts())
	}
	switch {
	case k.connection && len(r.On) == 0:
		h.connected = make(map[connectionKey]struct{})
	case k.condition && len(r.On) == 0:
		h.armed.Store(true)
	case !k.condition && k.message && len(r.On) == 0:
		h.begins = setOf(allCalls())
	}
	h.test = newMatcher(&h.rule, h.begins, h.lasts)
	return h, nil
}

func setOf(list []*rpc.Info) procedures {
	set := make(procedures, len(list))
	for _, p := range list {
		set[p] = struct{}{}
	}
	return set
}

func (s *Set) remove(h *Handle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handles = slices.DeleteFunc(s.handles, func(o *Handle) bool { return o == h })
	s.rebuildLocked()
}

func (s *Set) rebuild() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rebuildLocked()
}

func (s *Set) rebuildLocked() {
	t := &table{conditions: make(map[string][]*Handle)}
	for _, h := range s.handles {
		h.mu.Lock()
		idle := h.removed || h.spentLocked()
		h.mu.Unlock()
		if idle {
			continue
		}
		k := h.kind
		switch {
		case k.condition && h.armed.Load():
			t.conditions[k.key] = append(t.conditions[k.key], h)
			for p := range h.lasts {
				t.add(p, h)
			}
		case k.condition || len(h.begins) > 0:
			for p := range h.begins {
				t.add(p, h)
			}
		}
	}
	t.noKeepAlive = t.conditions[kindNoKeepAlive]
	t.dropEvents = t.conditions[kindDropEvents]
	s.table.Store(t)
}

// Call returns the rules that fire for a call, in the order of their injection,
// and counts the hits. Of the rules that answer a call in the handler's place
// (Fail and Answer) the first one fires; for the others the call counts as one
// that matched, so that it uses up their Skip, but not their Times.
func (s *Set) Call(c *call.Call) []*Handle {
	list := s.table.Load().of(c.Procedure)
	if len(list) == 0 {
		return nil
	}
	return fire(list, c)
}

func fire(list []*Handle, c *call.Call) []*Handle {
	var fired []*Handle
	answered := false
	for _, h := range list {
		answers := h.kind.answers
		if h.fires(c, answers && answered) {
			fired = append(fired, h)
			answered = answered || answers
		}
	}
	return fired
}

// Forget tells that a connection has ended, so that nothing of it is kept.
func (s *Set) Forget(p *call.Peer) {
	for _, h := range s.All() {
		h.mu.Lock()
		delete(h.connected, keyOf(p))
		h.mu.Unlock()
	}
}

// InForce returns the rules of one kind of condition that are in force: "refuse",
// "stop_accepting", "max_clients", "no_keepalive", "drop_events", "slow_storage"
// or "no_lease". One that begins with a call is not until the call was seen.
func (s *Set) InForce(kind string) []*Handle {
	return slices.Clone(s.table.Load().conditions[kind])
}

// NoKeepAlive returns the rule that has a ping of this client unanswered, and
// counts the hit; nil if there is none.
func (s *Set) NoKeepAlive(p *call.Peer) *Handle {
	for _, h := range s.table.Load().noKeepAlive {
		if h.test.peer(p) && h.take(false) {
			return h
		}
	}
	return nil
}

// DropsEvent returns the rule that keeps this event from this client, and counts
// the hit; nil if there is none.
func (s *Set) DropsEvent(p *call.Peer, event *rpc.Info) *Handle {
	for _, h := range s.table.Load().dropEvents {
		if h.test.peer(p) && h.test.event(event) && h.take(false) {
			return h
		}
	}
	return nil
}

// All returns the rules that were injected and not removed, in that order, among
// them those whose Times are used up.
func (s *Set) All() []*Handle {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.handles)
}

// Close removes all rules, the last one first, and refuses others.
func (s *Set) Close() {
	s.mu.Lock()
	s.closed = true
	list := slices.Clone(s.handles)
	s.mu.Unlock()
	for _, h := range slices.Backward(list) {
		h.Remove()
	}
}
