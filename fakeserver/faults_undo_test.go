package fakeserver_test

import (
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// A node that a rule keeps down is up again once the rule is removed; one that its
// user has stopped since stays so.
func TestRemovingARestartEndsIt(t *testing.T) {
	t.Parallel()
	manual := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	s := start(t, fakeserver.WithTransports(), fakeserver.WithClock(manual))
	restart := fault.Node().Restart(fault.Kept, time.Hour)

	h, err := s.Inject(restart)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Stopped() {
		t.Fatal("the node is up")
	}
	h.Remove()
	if s.Stopped() {
		t.Fatal("the rule is removed, and the node still down")
	}

	if h, err = s.Inject(restart); err != nil {
		t.Fatal(err)
	}
	if err := s.StartAgain(false); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	manual.Advance(2 * time.Hour)
	h.Remove()
	if !s.Stopped() {
		t.Error("a rule started the node that its user had stopped")
	}
}

// What happens to test:///default while nobody has it open does not keep it open:
// it begins anew with its next client.
func TestTimelineDoesNotHoldTheTestDriver(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports(), fakeserver.WithDrivers("test"))
	if _, err := s.Inject(fault.Node().VanishDomain("test")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		l := libvirt.NewWithDialer(memoryDialer{s})
		if err := l.ConnectToURI(libvirt.TestDefault); err != nil {
			t.Fatal(err)
		}
		dom, err := l.DomainLookupByName("test")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.DomainDestroy(dom); err != nil {
			t.Errorf("the domain is as it was left: %v", err)
		}
		if err := l.Disconnect(); err != nil {
			t.Fatal(err)
		}
	}
}
