package fakeserver

import (
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// TestRulesOnBytesKeepNothingPerCall makes many calls under rules that hit each of
// them: what lasts is begun once, and what is over is forgotten.
func TestRulesOnBytesKeepNothingPerCall(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), WithTransports())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	on := fault.On(rpc.ConnectGetLibVersion)
	rules := []fault.Rule{
		on.Throttle(fault.ToClient, 1<<30),
		on.Drip(fault.ToClient, 1000, 0),
		on.Stall(fault.FromClient, 1<<40),
		on.Corrupt(fault.ToClient, 35, 1), // the lowest bit of the version
	}
	var handles []*fault.Handle
	for _, r := range rules {
		h, err := s.Inject(r)
		if err != nil {
			t.Fatal(err)
		}
		handles = append(handles, h)
	}
	nc, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	l := libvirt.NewWithDialer(dialers.NewAlreadyConnected(nc))
	if err := l.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Disconnect() })
	for i := range 100 {
		if v, err := l.ConnectGetLibVersion(); err != nil || v != 9000001 {
			t.Fatalf("call %d: %d %v, want 9000001: each reply is changed", i+1, v, err)
		}
	}
	kept := func() (n int) {
		s.armed.mu.Lock()
		defer s.armed.mu.Unlock()
		for _, list := range s.armed.list {
			n += len(list)
		}
		return n
	}
	if n := kept(); n > len(rules) {
		t.Errorf("%d actions are kept after 100 calls, want at most one of each of %d rules", n, len(rules))
	}
	for _, h := range handles {
		if h.Hits() != 100 {
			t.Errorf("%s has hit %d times, want 100", h, h.Hits())
		}
		h.Remove()
	}
	if n := kept(); n != 0 {
		t.Errorf("%d actions are kept of rules that are removed", n)
	}
	if v, err := l.ConnectGetLibVersion(); err != nil || v != 9000000 {
		t.Errorf("without rules: %d %v", v, err)
	}
}
