package fakeserver_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

func snapshotOf(t testing.TB, s *fakeserver.Server) *fakeserver.Snapshot {
	t.Helper()
	snapshot, err := s.Snapshot()
	must(t, err)
	return snapshot
}

// TestWhatFollowsASnapshotRepeats restores a node under an open connection, twice,
// and then another node.
func TestWhatFollowsASnapshotRepeats(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports())
	busy(t, s)
	snapshot := snapshotOf(t, s)
	before := objectsOf(t, s)

	l := libvirt.NewWithDialer(memoryDialer{s})
	must(t, l.ConnectToURI("qemu:///system"))
	defer l.Disconnect()
	follow := func(l *libvirt.Libvirt) string {
		t.Helper()
		fresh, err := l.DomainDefineXML(guest("fresh"))
		must(t, err)
		must(t, l.DomainCreate(fresh))
		up, err := l.DomainLookupByName("up")
		must(t, err)
		must(t, l.DomainDestroy(up))
		net, err := l.NetworkLookupByName("lan")
		must(t, err)
		must(t, l.NetworkUndefine(net))
		xml, err := l.DomainGetXMLDesc(fresh, 0)
		must(t, err)
		all, _, err := l.ConnectListAllDomains(1, 0)
		must(t, err)
		return fmt.Sprint(xml, all)
	}
	first := follow(l)
	for range 2 {
		must(t, s.Restore(snapshot))
		if diff := cmp.Diff(before, objectsOf(t, s)); diff != "" {
			t.Fatalf("the node after Restore (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(first, follow(l)); diff != "" {
			t.Fatalf("what followed (-first +again):\n%s", diff)
		}
	}
	other := start(t, fakeserver.WithTransports(), fakeserver.WithSeed(7), fakeserver.WithHostname("other"))
	must(t, other.Restore(snapshot))
	m := libvirt.NewWithDialer(memoryDialer{other})
	must(t, m.ConnectToURI("qemu:///system"))
	defer m.Disconnect()
	if diff := cmp.Diff(first, follow(m)); diff != "" {
		t.Errorf("what followed on another node:\n%s", diff)
	}
	if name, err := m.ConnectGetHostname(); err != nil || name != "other" {
		t.Errorf("the other node's name is %q, %v", name, err)
	}
}

func objectsOf(t testing.TB, s *fakeserver.Server) map[string]fakeserver.Objects {
	t.Helper()
	all := map[string]fakeserver.Objects{}
	for _, name := range []string{"qemu", "test"} {
		all[name] = driverOf(t, s, name).Objects()
	}
	return all
}

// TestRestoreIsSilent restores a node of which a client watches events: none comes
// but the one after it.
func TestRestoreIsSilent(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports(), fakeserver.WithRunningDomainXML("qemu", tinyDomain))
	l := libvirt.NewWithDialer(memoryDialer{s})
	must(t, l.ConnectToURI("qemu:///system"))
	defer l.Disconnect()
	snapshot := snapshotOf(t, s)
	q := driverOf(t, s, "qemu")
	must(t, q.RemoveDomain("tiny"))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	events, err := l.LifecycleEvents(ctx)
	must(t, err)
	must(t, s.Restore(snapshot))
	must(t, q.SuspendDomain("tiny"))
	select {
	case e := <-events:
		if e.Event != int32(libvirt.DomainEventSuspended) {
			t.Errorf("event %d, %d", e.Event, e.Detail)
		}
	case <-time.After(patience):
		t.Error("the subscription is gone")
	}
}

// TestSnapshotsOfADriverThatResets covers test:///default, which begins anew once
// nobody uses it.
func TestSnapshotsOfADriverThatResets(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports())
	names := func() string {
		t.Helper()
		l := libvirt.NewWithDialer(memoryDialer{s})
		must(t, l.ConnectToURI("test:///default"))
		defer l.Disconnect()
		all, _, err := l.ConnectListAllDomains(1, 0)
		must(t, err)
		var names []string
		for _, dom := range all {
			names = append(names, dom.Name)
		}
		return strings.Join(names, " ")
	}
	unused := snapshotOf(t, s)
	l := libvirt.NewWithDialer(memoryDialer{s})
	must(t, l.ConnectToURI("test:///default"))
	dom, err := l.DomainLookupByName("test")
	must(t, err)
	must(t, l.DomainDestroy(dom))
	must(t, l.DomainUndefine(dom))
	removed := snapshotOf(t, s)
	must(t, s.Restore(unused))
	if got := names(); got != "test" {
		t.Errorf("domains %q after the driver began anew under a connection", got)
	}
	must(t, l.Disconnect())

	must(t, s.Restore(removed))
	if got := names(); got != "" {
		t.Errorf("domains %q in a driver that was restored unused", got)
	}
}

// TestRestoreUnderLoad restores a node while clients list, define and start.
func TestRestoreUnderLoad(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports())
	busy(t, s)
	snapshot, before := snapshotOf(t, s), objectsOf(t, s)
	var clients sync.WaitGroup
	stop := make(chan struct{})
	for i := range 3 {
		clients.Go(func() {
			l := libvirt.NewWithDialer(memoryDialer{s})
			if err := l.ConnectToURI("qemu:///system"); err != nil {
				t.Error(err)
				return
			}
			defer l.Disconnect()
			name := fmt.Sprint("load", i)
			for {
				select {
				case <-stop:
					return
				default:
				}
				// Any of these may find that its domain has gone again.
				dom, err := l.DomainDefineXML(guest(name))
				if err == nil {
					l.DomainCreate(dom)
					l.DomainSuspend(dom)
					l.DomainDestroy(dom)
					l.DomainUndefine(dom)
				}
				if _, _, err := l.ConnectListAllDomains(1, 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 50 {
		if err := s.Restore(snapshot); err != nil {
			t.Error(err)
		}
		if _, err := s.Snapshot(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	clients.Wait()
	must(t, s.Restore(snapshot))
	if diff := cmp.Diff(before, objectsOf(t, s)); diff != "" {
		t.Errorf("the node after it all (-before +after):\n%s", diff)
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	s, other := start(t, fakeserver.WithTransports()), start(t, fakeserver.WithTransports(), fakeserver.WithDrivers("qemu"))
	snapshot := snapshotOf(t, s)
	if err := other.Restore(snapshot); err == nil || !strings.Contains(err.Error(), "a state of drivers [qemu test], for drivers [qemu]") {
		t.Errorf("error %v", err)
	}
	must(t, s.Close())
	if err := s.Restore(snapshot); err == nil {
		t.Error("a closed node was restored")
	}
	if _, err := s.Snapshot(); err == nil {
		t.Error("a closed node gave a snapshot")
	}
}

// TestRestoreOfNothing restores what is no snapshot.
func TestRestoreOfNothing(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports())
	for _, nothing := range []*fakeserver.Snapshot{nil, {}} {
		if err := s.Restore(nothing); err == nil || !strings.Contains(err.Error(), "empty") {
			t.Errorf("restoring %v: %v, want an error that says it is empty", nothing, err)
		}
	}
}
