package harness_test

import (
	"net/url"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"go.uber.org/goleak"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, testclients.SSHLeaks()...) }

// TestGoLibvirt reaches a node by each kind of URI that go-libvirt knows.
func TestGoLibvirt(t *testing.T) {
	host := harness.Start(t)
	for _, transport := range []call.Transport{harness.TCP, harness.TLS, harness.Unix, harness.SSH, harness.LibSSH} {
		t.Run(string(transport), func(t *testing.T) {
			uri, err := url.Parse(host.URI(transport, "test:///default"))
			if err != nil {
				t.Fatal(err)
			}
			l, err := libvirt.ConnectToURI(uri)
			if err != nil {
				t.Fatal(err)
			}
			domains, n, err := l.ConnectListAllDomains(1, 0)
			if err != nil || n != 1 || domains[0].Name != "test" {
				t.Errorf("got %v, %v, %v", domains, n, err)
			}
			if _, err := l.DomainLookupByName("nobody"); !libvirt.IsNotFound(err) {
				t.Errorf("looking up a domain that is not there: %v", err)
			}
			if err := goodbye(l.Disconnect()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConnect(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.WithDomainXML("qemu", guest))
	l := host.Connect(t)
	dom, err := l.DomainLookupByName("guest")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.DomainCreate(dom); err != nil {
		t.Fatal(err)
	}
	state, _, err := host.Driver("qemu").DomainState("guest")
	if err != nil || state != libvirt.DomainRunning {
		t.Errorf("the Go view has state %v, %v", state, err)
	}
}

const guest = `<domain type='kvm'>
  <name>guest</name>
  <memory unit='MiB'>512</memory>
  <os><type>hvm</type></os>
</domain>`

// Both views see the same objects, and the wire sees what Go does as events.
func TestGoViewSendsEvents(t *testing.T) {
	t.Parallel()
	host := harness.Start(t)
	l := host.Connect(t)
	events, err := l.LifecycleEvents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := host.Driver("qemu").DefineDomain(guest); err != nil {
		t.Fatal(err)
	}
	if err := host.Driver("qemu").StartDomain("guest"); err != nil {
		t.Fatal(err)
	}
	// QEMU lets the guest run before libvirt says that it has started.
	for _, want := range []int32{int32(libvirt.DomainEventDefined), int32(libvirt.DomainEventResumed), int32(libvirt.DomainEventStarted)} {
		if e := <-events; e.Event != want || e.Dom.Name != "guest" {
			t.Errorf("got %+v, want event %d", e, want)
		}
	}
}

func TestTestDriverResets(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.WithTransports(harness.Unix), harness.WithDomainXML("test", testGuest))
	first := libvirt.NewWithDialer(host.Dialer())
	if err := first.ConnectToURI("test:///default"); err != nil {
		t.Fatal(err)
	}
	dom, err := first.DomainLookupByName("test")
	if err != nil {
		t.Fatal(err)
	}
	if err := first.DomainDestroy(dom); err != nil {
		t.Fatal(err)
	}
	if err := first.DomainUndefine(dom); err != nil {
		t.Fatal(err)
	}
	second := host.ConnectTo(t, "test:///default")
	if _, err := second.DomainLookupByName("test"); !libvirt.IsNotFound(err) {
		t.Errorf("a second connection, while the first is open: %v", err)
	}
	if err := first.Disconnect(); err != nil {
		t.Fatal(err)
	}
	if err := second.Disconnect(); err != nil {
		t.Fatal(err)
	}
	third := host.ConnectTo(t, "test:///default")
	for _, name := range []string{"test", "guest"} {
		if _, err := third.DomainLookupByName(name); err != nil {
			t.Errorf("after the last connection has closed, %s: %v", name, err)
		}
	}
}

const testGuest = `<domain type='test'>
  <name>guest</name>
  <memory unit='MiB'>512</memory>
  <os><type>hvm</type></os>
</domain>`
