package fakeserver

import (
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// A rule's limit of clients counts before its user's, and leaves that alone.
func TestMaxClientsByFaultAndByHand(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), WithTransports())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	inject := func(n int) *fault.Handle {
		h, err := s.Inject(fault.Node().MaxClients(n))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	check := func(what string, want int) {
		n := &s.listener.node
		n.mu.Lock()
		defer n.mu.Unlock()
		if got := n.mostLocked(); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	check("as libvirtd.conf has it", 5000)
	s.SetMaxClients(2)
	check("by hand", 2)
	one, three := inject(1), inject(3)
	check("the rule that came last", 3)
	three.Remove()
	check("the rule before it", 1)
	s.SetMaxClients(4)
	check("by hand, under a rule", 1)
	one.Remove()
	check("by hand again", 4)
	s.SetMaxClients(0)
	check("nothing left", 5000)
}
