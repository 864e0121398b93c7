package fakeserver_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// overIP are the transports that have a default port.
var overIP = fakeserver.WithTransports(call.TCP, call.TLS, call.SSH)

// ports are the default ports.
var ports = map[call.Transport]string{call.TCP: "16509", call.TLS: "16514", call.SSH: "22"}

// startWithDefaults starts a node with default ports. On this machine, not all of
// them may be had; but if none is, the test has nothing to look at.
func startWithDefaults(t *testing.T, opts ...fakeserver.Option) *fakeserver.Server {
	t.Helper()
	s := start(t, append([]fakeserver.Option{overIP, fakeserver.WithDefaultPorts()}, opts...)...)
	for _, err := range s.DefaultPorts() {
		if err == nil {
			return s
		}
	}
	testclients.Unavailable(t, fmt.Sprintf("no default port can be had: %v", s.DefaultPorts()))
	return nil
}

// checkDefaults checks that a node has the ports that it says it has, and that
// clients find it there without.
func checkDefaults(t *testing.T, s *fakeserver.Server, hostname string) {
	t.Helper()
	own := s.OwnAddress()
	for transport, why := range s.DefaultPorts() {
		uri, err := s.URI(transport, "qemu:///system")
		if err != nil {
			t.Error(err)
			continue
		}
		_, rest, _ := strings.Cut(uri, "://")
		authority, _, _ := strings.Cut(strings.TrimPrefix(rest, "root@"), "/")
		want := own
		if why != nil {
			want = s.Addr(transport)
		} else if addr := net.JoinHostPort(own, ports[transport]); s.Addr(transport) != addr {
			t.Errorf("%s listens on %s, want %s", transport, s.Addr(transport), addr)
		}
		if authority != want {
			t.Errorf("the URI %s is of %s, want %s", uri, authority, want)
		}
		l, err := connect(s, string(transport))
		if err != nil {
			t.Errorf("%s: %v", uri, err)
			continue
		}
		if name, err := l.ConnectGetHostname(); err != nil || name != hostname {
			t.Errorf("%s is %q, %v; want %q", uri, name, err, hostname)
		}
		_ = l.Disconnect()
	}
}

func TestDefaultPortsOfManyNodes(t *testing.T) {
	t.Parallel()
	const many = 50
	nodes := make([]*fakeserver.Server, many)
	var wg sync.WaitGroup
	for i := range nodes {
		wg.Go(func() {
			s, err := fakeserver.Start(context.Background(), overIP, fakeserver.WithDefaultPorts(), fakeserver.WithHostname(fmt.Sprint("node", i)))
			if err != nil {
				t.Error(err)
				return
			}
			nodes[i] = s
		})
	}
	wg.Wait()
	defer func() {
		for _, s := range nodes {
			if s != nil {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	if t.Failed() {
		return
	}
	if nodes[0].OwnAddress() == "" {
		testclients.Unavailable(t, fmt.Sprintf("no loopback addresses: %v", nodes[0].DefaultPorts()))
	}
	seen := make(map[string]bool)
	for i, s := range nodes {
		if seen[s.OwnAddress()] {
			t.Errorf("two nodes have %s", s.OwnAddress())
		}
		seen[s.OwnAddress()] = true
		checkDefaults(t, s, fmt.Sprint("node", i))
	}
}

// A node that is stopped, or refuses, keeps its address and comes back to it.
func TestDefaultPortsOutliveRestart(t *testing.T) {
	t.Parallel()
	s := startWithDefaults(t)
	own := s.OwnAddress()
	taken := func(when string) {
		t.Helper()
		other, err := fakeserver.Start(t.Context(), overIP, fakeserver.WithDefaultPortsAt(own, fakeserver.Strictly))
		if err == nil {
			other.Close()
		}
		var ports *fakeserver.DefaultPortsError
		if !errors.As(err, &ports) || ports.Address != own || ports.Skip || !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("another node at the address of one that %s: %v", when, err)
		}
	}
	taken("runs")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	taken("is stopped")
	if err := s.StartAgain(true); err != nil {
		t.Fatal(err)
	}
	checkDefaults(t, s, "localhost")
	undo, err := s.Refuse()
	if err != nil {
		t.Fatal(err)
	}
	taken("refuses")
	if err := undo(); err != nil {
		t.Fatal(err)
	}
	if s.OwnAddress() != own {
		t.Errorf("the address is %s, was %s", s.OwnAddress(), own)
	}
	checkDefaults(t, s, "localhost")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	next := start(t, overIP, fakeserver.WithDefaultPortsAt(own))
	checkDefaults(t, next, "localhost")
}

// The certificate holds for the address, and a node that keeps its certificates
// comes back to where they are good.
func TestDefaultPortsAndCertificates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startWithDefaults(t, fakeserver.WithPKIDir(dir))
	own := first.OwnAddress()
	// While the first has its address, the second needs another.
	second := startWithDefaults(t, fakeserver.WithPKIDir(dir))
	if second.OwnAddress() == own {
		t.Errorf("two nodes have %s", own)
	}
	for _, s := range []*fakeserver.Server{first, second} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	again := startWithDefaults(t, fakeserver.WithPKIDir(dir))
	if again.OwnAddress() != own && again.OwnAddress() != second.OwnAddress() {
		t.Errorf("the address is %s, was %s and %s", again.OwnAddress(), own, second.OwnAddress())
	}
	pki, err := certs.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	const addresses = 4 // with 127.0.0.1 and ::1
	if got := pki.Server.Certificate.IPAddresses; len(got) != addresses {
		t.Errorf("the certificate is for %v", got)
	}
	for _, address := range []string{own, second.OwnAddress()} {
		if err := pki.Server.Certificate.VerifyHostname(address); err != nil {
			t.Error(err)
		}
	}
}

// What a test asks for by address stays there.
func TestDefaultPortsLeaveListenersAlone(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports(call.TCP), fakeserver.WithListener(call.TLS, "127.0.0.1:0"), fakeserver.WithDefaultPorts())
	if _, asked := s.DefaultPorts()[call.TLS]; asked || !strings.HasPrefix(s.Addr(call.TLS), "127.0.0.1:") {
		t.Errorf("tls listens on %s", s.Addr(call.TLS))
	}
	checkDefaults(t, s, "localhost")
	s = start(t, fakeserver.WithListener(call.TCP, "127.0.0.1:0"), fakeserver.WithDefaultPorts())
	if len(s.DefaultPorts()) != 0 || s.OwnAddress() != "" {
		t.Errorf("a node without a transport to give a default port to has %v on %q", s.DefaultPorts(), s.OwnAddress())
	}
	if s = start(t, overIP); len(s.DefaultPorts()) != 0 || s.OwnAddress() != "" {
		t.Errorf("a node that was not to have default ports has %v on %q", s.DefaultPorts(), s.OwnAddress())
	}
}

func TestDefaultPortsAtNoAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "localhost", "127.3.4.5:16509", "::1", "0.0.0.0"} {
		s, err := fakeserver.Start(t.Context(), overIP, fakeserver.WithDefaultPortsAt(address))
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "want an IPv4 address") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
