package fault

import (
	"slices"
	"strconv"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// matcher is a Match made ready.
type matcher struct {
	match   *Match
	object  *naming.Pattern
	objects map[*rpc.Info]naming.Finder // of the procedures, if there is an object
	onCalls bool                        // the object and Where are about the calls of On
	events  procedures                  // of DropEvents; nil for all
}

func newMatcher(r *Rule, begins, lasts procedures) matcher {
	m := matcher{match: &r.Match, onCalls: len(r.On) > 0}
	if r.Object != "" {
		o := naming.ParsePattern(r.Object)
		m.object = &o
		m.objects = make(map[*rpc.Info]naming.Finder)
		for _, set := range []procedures{begins, lasts} {
			for p := range set {
				m.objects[p] = naming.FinderOf(p)
			}
		}
	}
	if d := r.DropEvents; d != nil && len(d.Event) > 0 {
		m.events = make(procedures)
		for _, name := range d.Event {
			for _, e := range naming.EventsNamed(name) {
				m.events[e] = struct{}{}
			}
		}
	}
	return m
}

// peer reports whether the rule is about this client.
func (m *matcher) peer(p *call.Peer) bool {
	w := m.match
	switch {
	case len(w.Transport) > 0 && !slices.Contains(w.Transport, p.Transport),
		w.Connection != 0 && w.Connection != p.Connection,
		w.ReadOnly != nil && *w.ReadOnly != p.ReadOnly,
		w.User != "" && w.User != userOf(p):
		return false
	}
	return true
}

func userOf(p *call.Peer) string {
	switch {
	case p.SSH != nil:
		return p.SSH.User
	case p.Process != nil:
		return strconv.FormatUint(uint64(p.Process.UID), 10)
	}
	return ""
}

// call reports whether the rule is about this call, of one of its procedures.
func (m *matcher) call(c *call.Call) bool {
	if !m.peer(c.Peer) {
		return false
	}
	if m.object != nil && !m.object.Among(m.objects[c.Procedure], c.Args) {
		return false
	}
	return m.match.Where == nil || m.match.Where(c)
}

// lasting reports whether a condition in force is about this call. What began it
// has been judged by object and Where already.
func (m *matcher) lasting(c *call.Call) bool {
	if m.onCalls {
		return m.peer(c.Peer)
	}
	return m.call(c)
}

func (m *matcher) event(e *rpc.Info) bool { return m.events == nil || m.events.has(e) }

// procedures returns the calls that On means; Check has found each name good.
func (m *Match) procedures() []*rpc.Info {
	var list []*rpc.Info
	for _, name := range m.On {
		list = append(list, naming.CallsNamed(name)...)
	}
	return list
}
