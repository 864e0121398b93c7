package driver

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

func newTestNode(t testing.TB, names ...string) *Node {
	t.Helper()
	var drivers []*Driver
	for _, name := range names {
		drivers = append(drivers, Named(name))
	}
	return NewNode(Config{Drivers: drivers, NewState: func(d *Driver) (*hypervisor.State, error) {
		s := hypervisor.New(hypervisor.Config{Traits: &d.Traits})
		return s, d.Populate(s)
	}})
}

func use(t testing.TB, n *Node, name string) *Connection {
	t.Helper()
	c, err := n.Use(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestRestoreKeepsStates(t *testing.T) {
	t.Parallel()
	n := newTestNode(t, "qemu", "test")
	unopened := n.Copy()
	test := use(t, n, "test")
	ref, err := test.State.DomainLookupByName("test")
	if err != nil {
		t.Fatal(err)
	}
	if err := test.State.RemoveDomain(ref); err != nil {
		t.Fatal(err)
	}
	removed := n.Copy()

	if err := n.Restore(unopened); err != nil {
		t.Fatal(err)
	}
	if _, err := test.State.DomainLookupByName("test"); err != nil {
		t.Errorf("an open connection does not see the driver begin anew: %v", err)
	}
	if err := n.Restore(removed); err != nil {
		t.Fatal(err)
	}
	if _, err := test.State.DomainLookupByName("test"); err == nil {
		t.Error("an open connection does not see what was restored")
	}
	if again := use(t, n, "test"); again.State != test.State {
		t.Error("Restore gave the driver another State")
	}

	other := newTestNode(t, "test", "qemu")
	if err := other.Restore(removed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(test.State.Objects(), use(t, other, "test").State.Objects()); diff != "" {
		t.Errorf("another node that was restored:\n%s", diff)
	}
}

func TestRestoreWantsTheSameDrivers(t *testing.T) {
	t.Parallel()
	err := newTestNode(t, "test").Restore(newTestNode(t, "qemu", "test").Copy())
	if want := "a state of drivers [qemu test], for drivers [test]"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
