package fakeserver_test

import (
	"math"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// TestStormEndsWithItsRule removes a rule whose storm would last for years, and
// closes a node in the middle of another.
func TestStormEndsWithItsRule(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports())
	qemu, err := s.Driver("qemu")
	must(t, err)
	_, err = qemu.DefineDomain(guest("up"))
	must(t, err)
	h, err := s.Inject(fault.On(rpc.ConnectGetLibVersion).EventStorm(math.MaxInt, "up"))
	must(t, err)
	nc, err := s.Dial()
	must(t, err)
	c := newClient(t, nc)
	call := func(serial uint32) {
		t.Helper()
		if _, err := c.Write(request(157, serial)); err != nil {
			t.Fatal(err)
		}
	}
	call(1)
	must(t, h.Wait(t.Context(), 1))
	h.Remove()
	if _, _, err := c.r.Next(); err != nil {
		t.Fatalf("the call whose rule was removed: %v", err)
	}
	h, err = s.Inject(fault.On(rpc.ConnectGetLibVersion).EventStorm(math.MaxInt, "up"))
	must(t, err)
	call(2)
	must(t, h.Wait(t.Context(), 1))
	must(t, s.Close())
}
