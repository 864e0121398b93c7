package harness

import (
	"errors"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// What [DefaultPorts] does where a default port cannot be had.
const (
	// FallBack gives the transport another port, and says so in the test's log.
	FallBack = fakeserver.FallBack
	// Strictly fails the test.
	Strictly = fakeserver.Strictly
	// OrSkip skips the test.
	OrSkip = fakeserver.OrSkip
)

// DefaultPorts gives the node a loopback address of its own, on which it has the
// ports that clients take where a URI names none: 16509 for tcp, 16514 for tls and
// 22 for ssh. [Host.URI] then leaves the port out, as in qemu+tcp://127.3.4.5/system.
// Tests with such nodes run in parallel, in several processes too.
//
// The ports cannot be had everywhere, port 22 least of all; the policy says what
// happens then, and is FallBack if none is given. See fakeserver.WithDefaultPorts.
func DefaultPorts(policy ...fakeserver.PortPolicy) Option {
	return fakeserver.WithDefaultPorts(policy...)
}

// cannotStart ends a test whose node did not start.
func cannotStart(t testing.TB, err error) {
	t.Helper()
	var ports *fakeserver.DefaultPortsError
	if errors.As(err, &ports) && ports.Skip {
		t.Skipf("starting a libvirt node: %v", err)
	}
	t.Fatalf("starting a libvirt node: %v", err)
}

// logOtherPorts says which default ports a node does not have.
func logOtherPorts(t testing.TB, srv *fakeserver.Server) {
	t.Helper()
	for transport, why := range srv.DefaultPorts() {
		if why != nil {
			t.Logf("%s has another port than the default: %v", transport, why)
		}
	}
}
