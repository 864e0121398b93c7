package harness

import (
	"context"
	"net"
	"os"
	"sync"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// The transports of URIs. LibSSH and LibSSH2 reach the SSH server with other
// parameters than SSH; Ext runs a command.
const (
	TCP     = call.TCP
	TLS     = call.TLS
	Unix    = call.Unix
	SSH     = call.SSH
	LibSSH  = call.LibSSH
	LibSSH2 = call.LibSSH2
	Ext     = call.Ext
)

// Option changes the node that Start makes.
type Option = fakeserver.Option

// Host is a fake libvirt node that lives as long as a test.
type Host struct {
	// Server is the node itself, with all that harness does not repeat.
	Server *fakeserver.Server

	t   testing.TB
	env func() []string // the environment, made once
}

// Start starts a node and ends it with the test. It fails the test if the node
// cannot start, or if something of it still runs 5 s after its end. If the test
// fails, the last calls of the node's clients are in its log.
func Start(t testing.TB, opts ...Option) *Host {
	t.Helper()
	opts = append([]Option{fakeserver.WithExtCommand(stdioCommand()...)}, opts...)
	srv, err := fakeserver.Start(context.Background(), opts...)
	if err != nil {
		cannotStart(t, err)
	}
	logOtherPorts(t, srv)
	h := &Host{Server: srv, t: t}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Errorf("ending a libvirt node: %v", err)
		}
		h.logLastCalls()
	})
	h.env = sync.OnceValue(h.makeEnv)
	return h
}

// Connect returns a go-libvirt client that is connected to qemu:///system, and
// disconnects it at the end of the test.
func (h *Host) Connect(t testing.TB) *libvirt.Libvirt {
	t.Helper()
	return h.ConnectTo(t, string(libvirt.QEMUSystem))
}

// ConnectTo is Connect for another of the node's hypervisors, such as
// test:///default.
func (h *Host) ConnectTo(t testing.TB, local string) *libvirt.Libvirt {
	t.Helper()
	l := libvirt.NewWithDialer(h.Dialer())
	if err := l.ConnectToURI(libvirt.ConnectURI(local)); err != nil {
		t.Fatalf("connecting to %s: %v", local, err)
	}
	t.Cleanup(func() {
		// A test may have closed the node, or the client, by now.
		_ = l.Disconnect()
	})
	return l
}

// Dialer connects go-libvirt's NewWithDialer to the node, in memory.
func (h *Host) Dialer() socket.Dialer { return dialer{h.Server} }

type dialer struct{ server *fakeserver.Server }

func (d dialer) Dial() (net.Conn, error) { return d.server.Dial() }

// Param is one extra parameter of a URI.
func Param(name, value string) fakeserver.Param { return fakeserver.Param{Name: name, Value: value} }

// URI returns the URI by which a client reaches one of the node's hypervisors
// over a transport; see fakeserver.Server.URI. It works as it stands for virsh
// and other users of libvirt's library, and but for Ext and LibSSH2's
// peculiarities for go-libvirt's ConnectToURI.
func (h *Host) URI(transport call.Transport, local string, params ...fakeserver.Param) string {
	h.t.Helper()
	uri, err := h.Server.URI(transport, local, params...)
	if err != nil {
		h.t.Fatal(err)
	}
	return uri
}

// Driver returns the state of one of the node's drivers: "qemu" or "test".
func (h *Host) Driver(name string) *fakeserver.Driver {
	h.t.Helper()
	d, err := h.Server.Driver(name)
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// stdioVariable, once set, turns a test's binary into the command of the
// transport ext, so that no other program is needed for it.
const stdioVariable = "FAKELIBVIRTD_HARNESS_STDIO"

func stdioCommand() []string {
	exe, err := os.Executable()
	if err != nil {
		return nil // fakeserver falls back on nc
	}
	return []string{"env", stdioVariable + "=1", exe}
}

// The wrapper behind a URI of the transport ext runs this very binary again,
// before any test.
func init() {
	if os.Getenv(stdioVariable) == "" || len(os.Args) != 2 {
		return
	}
	if err := fakeserver.Stdio(os.Args[1], os.Stdin, os.Stdout); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Exit(0)
}
