package harness_test

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// listReply is how many bytes the reply to a list of test:///default's one domain
// has: the header, the count and the domain (name, UUID, id), the number of all.
const listReply = rpc.HeaderSize + 4 + (4 + 4 + 16 + 4) + 4

// TestCutEverywhere cuts the reply to a list of domains at each of its bytes, on
// each transport. The client gets an error every time, and the node keeps nothing
// of the connection.
func TestCutEverywhere(t *testing.T) {
	t.Parallel()
	for _, transport := range []call.Transport{harness.TCP, harness.TLS, harness.Unix, harness.SSH} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(transport))
			uri, err := url.Parse(host.URI(transport, "test:///default"))
			if err != nil {
				t.Fatal(err)
			}
			for at := range listReply {
				cut := host.Inject(fault.On(rpc.ConnectListAllDomains).Cut(fault.ToClient, int64(at)))
				if err := list(uri); err == nil {
					t.Errorf("cut at byte %d of %d: the client got its list", at, listReply)
				}
				if cut.Hits() != 1 {
					t.Errorf("cut at byte %d: %d hits", at, cut.Hits())
				}
				cut.Remove()
			}
			// What is cut behind the reply cannot spoil it.
			host.Inject(fault.On(rpc.ConnectListAllDomains).Cut(fault.ToClient, listReply))
			if err := list(uri); err != nil {
				t.Errorf("cut behind the reply: %v", err)
			}
			if err := host.Server.Close(); err != nil {
				t.Error(err)
			}
			for _, c := range host.Server.Journal().Connections() {
				if c.Closed.IsZero() {
					t.Errorf("connection %d is still there", c.Peer.Connection)
				}
			}
		})
	}
}

// list connects, lists domains and lets go.
func list(uri *url.URL) error {
	l, err := libvirt.ConnectToURI(uri)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = l.Disconnect() }()
	domains, _, err := l.ConnectListAllDomains(1, 0)
	if err == nil && (len(domains) != 1 || domains[0].Name != "test") {
		err = fmt.Errorf("the list is %v", domains)
	}
	return err
}

// dialed is a connection that go-libvirt uses and the test closes: after an error
// the client itself leaves its socket open.
type dialed struct{ net.Conn }

func (d dialed) Dial() (net.Conn, error) { return d.Conn, nil }

// TestCutsLeakNoDescriptor runs alone, so that the process's descriptors are its
// own.
func TestCutsLeakNoDescriptor(t *testing.T) {
	count := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skipf("this system does not tell: %v", err)
		}
		return len(all)
	}
	before := count()
	host := harness.Start(t, harness.WithTransports(harness.Unix))
	host.Inject(fault.On(rpc.ConnectListAllDomains).Cut(fault.ToClient, 10))
	for range listReply {
		nc, err := net.Dial("unix", host.Server.Addr(harness.Unix))
		if err != nil {
			t.Fatal(err)
		}
		l := libvirt.NewWithDialer(dialed{nc})
		if err := l.ConnectToURI(libvirt.TestDefault); err != nil {
			t.Fatal(err)
		}
		if _, _, err := l.ConnectListAllDomains(1, 0); err == nil {
			t.Error("the client got its list")
		}
		_ = l.Disconnect()
		nc.Close()
	}
	if err := host.Server.Close(); err != nil {
		t.Error(err)
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
}
