package hypervisor_test

import (
	"fmt"
	"slices"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// watch notes lifecycle events of domains and networks.
func watch(t testing.TB, st *hypervisor.State) *[]string {
	t.Helper()
	var seen []string
	for _, class := range []hypervisor.EventClass{hypervisor.DomainEvents, hypervisor.NetworkEvents} {
		if _, err := st.Subscribe(hypervisor.Subscription{Class: class, Deliver: func(_ int32, e hypervisor.Event) {
			switch e := e.(type) {
			case hypervisor.DomainLifecycleEvent:
				seen = append(seen, fmt.Sprintf("%s id=%d %d/%d", e.Domain.Name, e.Domain.ID, e.Event, e.Detail))
			case hypervisor.NetworkLifecycleEvent:
				seen = append(seen, fmt.Sprintf("%s %d", e.Network.Name, e.Event))
			}
		}}); err != nil {
			t.Fatal(err)
		}
	}
	return &seen
}

func wantEvents(t testing.TB, seen *[]string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, *seen); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	*seen = nil
}

func TestCrashDomain(t *testing.T) {
	t.Parallel()
	st := newQEMU(t, 0)
	defined := define(t, st, "defined", "<serial type='pty'/>")
	wantError(t, st.CrashDomain(defined), libvirt.ErrOperationInvalid, hypervisor.FromDomain,
		"Requested operation is not valid: domain is not running")
	mustStart(t, st, defined)
	transient, err := st.DomainCreateXML(document("transient", ""), 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := watch(t, st)
	for _, ref := range []hypervisor.DomainRef{defined, transient} {
		if err := st.CrashDomain(ref); err != nil {
			t.Fatal(err)
		}
	}
	// STOPPED, FAILED: with the id, since libvirt makes the event before it
	// clears up.
	wantEvents(t, seen, "defined id=1 5/5", "transient id=2 5/5")
	state, reason, err := st.DomainGetState(defined, 0)
	if err != nil || state != int32(libvirt.DomainShutoff) || reason != int32(libvirt.DomainShutoffCrashed) {
		t.Errorf("state %d, %d, %v after the crash", state, reason, err)
	}
	if _, err := st.DomainLookupByName("transient"); err == nil {
		t.Error("a transient domain is there after its crash")
	}
	mustStart(t, st, defined)
}

func TestRemoveDomain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		make func(st *hypervisor.State) (hypervisor.DomainRef, error)
		want []string
	}{
		{"defined", func(st *hypervisor.State) (hypervisor.DomainRef, error) {
			return define(t, st, "a", ""), nil
		}, []string{"a id=-1 1/0"}},
		{"running", func(st *hypervisor.State) (hypervisor.DomainRef, error) {
			ref := define(t, st, "a", "")
			return ref, st.DomainCreate(ref)
		}, []string{"a id=1 6/2", "a id=-1 5/1", "a id=-1 1/0"}},
		{"saved", func(st *hypervisor.State) (hypervisor.DomainRef, error) {
			ref := define(t, st, "a", "")
			mustStart(t, st, ref)
			return ref, st.DomainManagedSave(ref, 0)
		}, []string{"a id=-1 1/0"}},
		{"transient", func(st *hypervisor.State) (hypervisor.DomainRef, error) {
			return st.DomainCreateXML(document("a", ""), 0)
		}, []string{"a id=1 6/2", "a id=-1 5/1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st := newQEMU(t, 0)
			ref, err := c.make(st)
			if err != nil {
				t.Fatal(err)
			}
			seen := watch(t, st)
			if err := st.RemoveDomain(ref); err != nil {
				t.Fatal(err)
			}
			wantEvents(t, seen, c.want...)
			if refs, _ := st.ConnectListAllDomains(0); len(refs) != 0 {
				t.Errorf("there are still %v", refs)
			}
			wantError(t, st.RemoveDomain(ref), libvirt.ErrNoDomain, hypervisor.FromQEMU,
				"Domain not found: no domain with matching uuid '"+ref.UUID.String()+"' (a)")
		})
	}
}

func TestRemoveNetwork(t *testing.T) {
	t.Parallel()
	const xml = "<network><name>n</name><bridge name='virbr5'/></network>"
	for name, c := range map[string]struct {
		make func(st *hypervisor.State) (hypervisor.NetworkRef, error)
		want []string
	}{
		"defined": {func(st *hypervisor.State) (hypervisor.NetworkRef, error) {
			return st.NetworkDefineXML(xml, 0)
		}, []string{"n 1"}},
		"running": {func(st *hypervisor.State) (hypervisor.NetworkRef, error) {
			ref, err := st.NetworkDefineXML(xml, 0)
			if err != nil {
				return ref, err
			}
			return ref, st.NetworkCreate(ref)
		}, []string{"n 3", "n 1"}},
		"transient": {func(st *hypervisor.State) (hypervisor.NetworkRef, error) {
			return st.NetworkCreateXML(xml, 0)
		}, []string{"n 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newQEMU(t, 0)
			ref, err := c.make(st)
			if err != nil {
				t.Fatal(err)
			}
			seen := watch(t, st)
			if err := st.RemoveNetwork(ref); err != nil {
				t.Fatal(err)
			}
			wantEvents(t, seen, c.want...)
			if refs, _ := st.ConnectListAllNetworks(0); len(refs) != 0 {
				t.Errorf("there are still %v", refs)
			}
		})
	}
}

func TestStormDomain(t *testing.T) {
	t.Parallel()
	st := newQEMU(t, 0)
	ref := define(t, st, "a", "")
	mustStart(t, st, ref)
	before := dump(t, st)
	seen := watch(t, st)
	if err := st.StormDomain(ref, 5); err != nil {
		t.Fatal(err)
	}
	wantEvents(t, seen, slices.Repeat([]string{"a id=1 3/0", "a id=1 4/0"}, 3)[:5]...)
	for _, n := range []int{0, 1000, 2001} {
		if err := st.StormDomain(ref, n); err != nil {
			t.Fatal(err)
		}
		if len(*seen) != n {
			t.Errorf("%d events, want %d", len(*seen), n)
		}
		*seen = nil
	}
	if diff := cmp.Diff(before, dump(t, st)); diff != "" {
		t.Errorf("something happened to the domain:\n%s", diff)
	}
}
