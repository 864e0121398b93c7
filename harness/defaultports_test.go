package harness_test

import (
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// hasDefault reports whether the node has the default port of a transport, and
// otherwise logs why not.
func hasDefault(t *testing.T, host *harness.Host, transport call.Transport) bool {
	t.Helper()
	switch transport {
	case harness.LibSSH, harness.LibSSH2:
		transport = harness.SSH
	}
	err, asked := host.Server.DefaultPorts()[transport]
	if !asked {
		t.Errorf("nothing is said of %s", transport)
	}
	if err != nil {
		t.Logf("%s: %v", transport, err)
	}
	return asked && err == nil
}

// portless checks that a URI names the node's own address, and no port.
func portless(t *testing.T, host *harness.Host, uri string) {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	own := host.Server.OwnAddress()
	if ip := net.ParseIP(own); ip == nil || !ip.IsLoopback() || own == "127.0.0.1" || u.Host != own {
		t.Errorf("%s: want the address %s and no port", uri, own)
	}
}

// Real clients find the ports by themselves.
func TestDefaultPortsClients(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	host := harness.Start(t, harness.DefaultPorts())
	for _, transport := range []call.Transport{harness.TCP, harness.TLS, harness.SSH, harness.LibSSH, harness.LibSSH2} {
		if !hasDefault(t, host, transport) {
			continue
		}
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			uri := host.URI(transport, "test:///default")
			portless(t, host, uri)
			if out := client(t, host.Env(), virsh, "-c", uri, "list", "--name"); strings.TrimSpace(out) != "test" {
				t.Errorf("virsh -c '%s' list --name prints\n%s", uri, out)
			}
			if transport == harness.LibSSH2 {
				return // go-libvirt has none
			}
			u, err := url.Parse(uri)
			if err != nil {
				t.Fatal(err)
			}
			l, err := libvirt.ConnectToURI(u)
			if err != nil {
				t.Fatalf("go-libvirt, %s: %v", uri, err)
			}
			if _, err := l.DomainLookupByName("test"); err != nil {
				t.Errorf("go-libvirt, %s: %v", uri, err)
			}
			if err := goodbye(l.Disconnect()); err != nil {
				t.Error(err)
			}
		})
	}
}

// The transports that a test does not ask for have no ports.
func TestDefaultPortsOfSomeTransports(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.WithTransports(harness.TCP, harness.Unix), harness.DefaultPorts())
	ports := host.Server.DefaultPorts()
	if _, tcp := ports[harness.TCP]; len(ports) != 1 || !tcp {
		t.Errorf("the default ports are %v: want that of tcp", ports)
	}
	if hasDefault(t, host, harness.TCP) {
		portless(t, host, host.URI(harness.TCP, "qemu:///system"))
	}
}

// A test that cannot do without the ports fails or is skipped, as it asks.
func TestDefaultPortsPolicies(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.WithTransports(harness.TCP), harness.DefaultPorts())
	if !hasDefault(t, host, harness.TCP) {
		testclients.Unavailable(t, "the default port of tcp cannot be had")
	}
	taken := func(policy fakeserver.PortPolicy) *ending {
		e := &ending{TB: t}
		done := make(chan struct{})
		go func() { // which Skipf and Fatalf end
			defer close(done)
			harness.Start(e, harness.WithTransports(harness.TCP), fakeserver.WithDefaultPortsAt(host.Server.OwnAddress(), policy))
		}()
		<-done
		return e
	}
	if e := taken(harness.FallBack); e.skipped != "" || e.failed != "" || !strings.Contains(e.logged, "tcp has another port than the default: listen tcp4 "+host.Server.OwnAddress()) {
		t.Errorf("falling back: %+v", e)
	}
	if e := taken(harness.OrSkip); !strings.Contains(e.skipped, "no default port for tcp: ") || e.failed != "" {
		t.Errorf("skipping: %+v", e)
	}
	if e := taken(harness.Strictly); !strings.Contains(e.failed, "no default port for tcp: ") || e.skipped != "" {
		t.Errorf("failing: %+v", e)
	}
}

// ending notes how a test ends.
type ending struct {
	testing.TB
	logged, skipped, failed string
}

func (e *ending) Logf(format string, args ...any) { e.logged += fmt.Sprintf(format, args...) }

func (e *ending) Skipf(format string, args ...any) {
	e.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (e *ending) Fatalf(format string, args ...any) {
	e.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}
