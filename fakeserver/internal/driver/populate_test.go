package driver

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

func newState(t testing.TB, d *Driver, seed byte) *hypervisor.State {
	t.Helper()
	s := hypervisor.New(hypervisor.Config{
		Traits: &d.Traits, Seed: [32]byte{seed},
		Now: func() time.Time { return time.Unix(1700000000, 0) },
	})
	if err := d.Populate(s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFirstObjectsTakeNothingOfTheSeed makes sure that objects which are made once
// for all nodes are those that each would have made.
func TestFirstObjectsTakeNothingOfTheSeed(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		d := Named(name)
		for seed := range byte(3) {
			s := newState(t, d, seed)
			fresh := hypervisor.New(hypervisor.Config{Traits: &d.Traits, Seed: [32]byte{seed}})
			if err := fresh.SetObjects(hypervisor.Objects{}); err != nil {
				t.Fatal(err)
			}
			const xml = "<network><name>made</name><bridge name='virbr9'/></network>"
			got, err := s.NetworkDefineXML(xml, 0)
			if err != nil {
				t.Fatal(err)
			}
			want, err := fresh.NetworkDefineXML(xml, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s, seed %d: the first UUID is %s, without the driver's objects %s", name, seed, got.UUID, want.UUID)
			}
		}
	}
}

// TestStatesShareNothing changes what a driver begins with, and looks at another
// State of it.
func TestStatesShareNothing(t *testing.T) {
	t.Parallel()
	d := Named("test")
	before := newState(t, d, 1).Objects()
	s := newState(t, d, 1)
	ref, err := s.DomainLookupByName("test")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DomainSetMemory(ref, 4096); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func() error{
		func() error { return s.DomainSetVcpusFlags(ref, 1, 3) },
		func() error { return s.DomainSetAutostart(ref, true) },
		func() error { return s.DomainDestroy(ref) },
		func() error { return s.DomainRename(ref, "other", 0) },
		func() error {
			net, err := s.NetworkLookupByName("default")
			if err != nil {
				return err
			}
			return s.RemoveNetwork(net)
		},
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
	}
	after := newState(t, d, 1).Objects()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("what a driver begins with has changed:\n%s", diff)
	}
}

func BenchmarkPopulate(b *testing.B) {
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			d := Named(name)
			for b.Loop() {
				newState(b, d, 1)
			}
		})
	}
}
