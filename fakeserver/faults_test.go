package fakeserver_test

import (
	"context"
	"crypto/tls"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

const someDomain = `<domain type='qemu'><name>guest</name><memory>1024</memory><os><type arch='x86_64'>hvm</type></os></domain>`

// A reply that is to follow its events does not wait for events that never come:
// the call fails, or its client has asked for none. A bubble tells if it does.
func TestReplyLastWithoutEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, fakeserver.WithTransports(), fakeserver.WithDomainXML("qemu", someDomain))
		l := mustConnect(t, s, "memory")
		if _, err := s.Inject(fault.OnCalls("DomainCreate").ReplyLast()); err != nil {
			t.Fatal(err)
		}
		dom, err := l.DomainLookupByName("guest")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.DomainCreate(dom); err != nil {
			t.Error(err)
		}
		if err := l.DomainCreate(dom); err == nil {
			t.Error("a domain that runs was started")
		}
	})
}

// A rule about the object of a call may match calls that have none.
func TestFaultOnTheObjectOfACallWithoutOne(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithRunningDomainXML("qemu", someDomain))
	l := mustConnect(t, s, "memory")
	h, err := s.Inject(fault.OnCalls("ConnectGetHostname", "DomainGetState").Crash(""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.ConnectGetHostname(); err != nil {
		t.Error(err)
	}
	if state, _, _ := driverOf(t, s, "qemu").DomainState("guest"); state != libvirt.DomainRunning || h.Hits() != 1 {
		t.Errorf("the domain's state is %d after %d hits", state, h.Hits())
	}
	dom, err := l.DomainLookupByName("guest")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.DomainGetState(dom, 0); err != nil {
		t.Error(err)
	}
	if state, _, _ := driverOf(t, s, "qemu").DomainState("guest"); state != libvirt.DomainShutoff {
		t.Errorf("the domain's state is %d", state)
	}
}

// A rule about what is beneath TLS finds connections that shake hands.
func TestFaultDuringHandshake(t *testing.T) {
	t.Parallel()
	pki, err := certs.New()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, fakeserver.WithTransports(call.TLS), fakeserver.WithPKI(pki))
	config := pki.ClientTLS("localhost").Clone()
	injected := make(chan *fault.Handle, 1)
	certificate := config.Certificates[0]
	config.Certificates = nil
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		h, err := s.Inject(fault.Connections().Beneath().Cut(fault.ToClient, 0))
		injected <- h
		return &certificate, err
	}
	raw, err := net.Dial("tcp", s.Addr(call.TLS))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if err := raw.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	c := tls.Client(raw, config)
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	go drain(c)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := (<-injected).Wait(ctx, 1); err != nil {
		t.Error(err)
	}
}

// startClock tells when a node sets a timer of its timeline, which is the last
// thing of its start.
type startClock struct {
	clock.Clock
	set func()
}

func (c startClock) AfterFunc(d time.Duration, f func()) clock.Timer {
	if d == time.Hour {
		c.set()
	}
	return c.Clock.AfterFunc(d, f)
}

// Who knows the address and comes early is served once the faults and the timeline
// are in force.
func TestNobodyIsServedBeforeTheFaults(t *testing.T) {
	t.Parallel()
	other := mustConnect(t, start(t), "unix")
	path := filepath.Join(runDir(t), "libvirt-sock")
	var ready atomic.Bool
	var early *client
	set := func() {
		early = dialUnix(t, path)
		early.send(open(1, "qemu:///system", 0))
		for range 50 { // time enough for a node that would serve it
			if _, err := other.ConnectGetHostname(); err != nil {
				t.Error(err)
			}
		}
		ready.Store(true)
	}
	start(t, fakeserver.WithListener(call.Unix, path), fakeserver.WithClock(startClock{clock.Real(), set}),
		fakeserver.WithTimeline(fakeserver.TimelineEntry{At: time.Hour, Rule: fault.Node().MaxClients(1)}),
		fakeserver.WithInterceptor(func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
			if !ready.Load() {
				t.Errorf("%s was served before the node was all there", c.Procedure.Name)
			}
			return next(ctx, c)
		}))
	early.ok(1)
}

// A timeline's rule that the node can never carry out fails Start, as any other.
func TestTimelineOfANewerLibvirt(t *testing.T) {
	t.Parallel()
	s, err := fakeserver.Start(t.Context(), fakeserver.WithTransports(), fakeserver.WithLibvirtVersion(rpc.Version(6_000_000)),
		fakeserver.WithTimeline(fakeserver.TimelineEntry{At: time.Hour, Rule: fault.OnCalls("DomainGetMessages").Hang()}))
	if err == nil {
		s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "is newer than the libvirt 6.0.0") {
		t.Errorf("Start: %v", err)
	}
}
