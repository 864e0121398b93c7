package remote

import (
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Session is what a connection has opened: nothing until CONNECT_OPEN, then a
// driver's state.
type Session struct {
	state    *hypervisor.State
	readOnly bool
}

// domains returns the state for a call on the hypervisor or a domain, or the
// error that the daemon gives before CONNECT_OPEN.
func (s *Session) hypervisor() (*hypervisor.State, error) {
	return nil, nil
}

// objects returns the state for a call on a network, interface, pool, node
// device, filter or secret, for which the daemon words the same error
// differently.
func (s *Session) objects() (*hypervisor.State, error) {
	return nil, nil
}
