package fakeserver

import (
	"slices"
	"sync"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
)

// armed are the actions on bytes that have begun, by connection: so that they end
// with their rule, and nothing of them is kept once the connection has ended.
type armed struct {
	mu   sync.Mutex
	list map[*netfault.Conn][]armedFault
}

type armedFault struct {
	handle *fault.Handle
	disarm func()
	over   func() bool
}

// begin begins a rule's action on bytes, counted from what flows next.
func (a *armed) begin(h *fault.Handle, on *netfault.Conn) {
	a.beginAt(h, on, on.Offset(h.Rule().Action.Place().Direction))
}

// beginAt begins it counted from a place in what flows in its direction. What
// lasts begins once on a connection, however many calls the rule hits there.
func (a *armed) beginAt(h *fault.Handle, on *netfault.Conn, base int64) {
	if lasts(h.Rule().Action) && a.has(h, on) {
		return
	}
	disarm, over := on.ArmOver(h.Rule().Action, base, nil)
	a.mu.Lock()
	if a.list == nil {
		a.list = make(map[*netfault.Conn][]armedFault)
	}
	list := slices.DeleteFunc(a.list[on], func(f armedFault) bool { return f.over() })
	a.list[on] = append(list, armedFault{h, disarm, over})
	a.mu.Unlock()
	select {
	case <-h.Removed(): // perhaps too late for end to see it
		a.end(h)
	default:
	}
}

// has reports whether an action of the rule has begun on the connection.
func (a *armed) has(h *fault.Handle, on *netfault.Conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.list[on], func(f armedFault) bool { return f.handle == h })
}

// lasts reports whether an action on bytes lasts from its place on, so that a
// second one at a later place adds nothing.
func lasts(a fault.Action) bool {
	return a.Corrupt == nil && (a.Stall == nil || a.Stall.For == 0)
}

// end ends the actions of a rule that is removed.
func (a *armed) end(h *fault.Handle) {
	a.mu.Lock()
	var disarm []func()
	for on, list := range a.list {
		a.list[on] = slices.DeleteFunc(list, func(f armedFault) bool {
			if f.handle == h {
				disarm = append(disarm, f.disarm)
			}
			return f.handle == h
		})
		if len(a.list[on]) == 0 {
			delete(a.list, on) // perhaps begun when the connection was forgotten
		}
	}
	a.mu.Unlock()
	for _, f := range disarm {
		f()
	}
}

// forget drops what concerns a connection that has ended.
func (a *armed) forget(on *netfault.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.list, on)
}

// armConnection begins the actions of rules about connections that are on these
// layers, for a connection that is new to them.
func (s *Server) armConnection(p *call.Peer, on func(fault.Layer) *netfault.Conn, layers ...fault.Layer) {
	for _, h := range s.faults.All() {
		a := h.Rule().Action
		if a.Group() == fault.OnBytes && slices.Contains(layers, a.Place().Layer) && h.Connection(p) {
			s.armed.begin(h, on(a.Place().Layer))
		}
	}
}
