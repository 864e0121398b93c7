package fakeserver

import (
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Driver is the state of one hypervisor driver of a node, open to Go. Its
// methods are those that the wire calls, so that they check, fail and send
// events alike; their errors are libvirt's.
type Driver struct {
	state *hypervisor.State
	// shared has the networks that the driver shows, if state has not.
	shared *hypervisor.State
}

// objects returns the state that has the driver's networks.
func (d *Driver) objects() *hypervisor.State {
	if d.shared != nil {
		return d.shared
	}
	return d.state
}

// Driver returns the state of the driver of that name ("qemu", "test"), or an
// error that says which there are. It counts as an open connection until the
// node closes: test:///default no longer resets when its last client leaves.
func (s *Server) Driver(name string) (*Driver, error) { return s.view(viewed{s.drivers, name}) }

func (s *Server) view(v viewed) (*Driver, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if conn, ok := s.goView[v]; ok {
		return &Driver{state: conn.State, shared: conn.Objects}, nil
	}
	if s.closed {
		return nil, fmt.Errorf("driver %q: the node is closed", v.name)
	}
	conn, err := v.node.Use(v.name)
	if err != nil {
		return nil, err
	}
	s.goView[v] = conn
	return &Driver{state: conn.State, shared: conn.Objects}, nil
}

// Error is a libvirt error, as a method of Driver returns it; errors.As finds
// it.
type Error struct {
	Code    libvirt.ErrorNumber
	Domain  libvirt.ErrorDomain
	Message string
}

func (e *Error) Error() string { return e.Message }

// public gives an error of the state the type that users can see.
func public(err error) error {
	if err == nil {
		return nil
	}
	wire := wireError(err)
	return &Error{Code: wire.Code, Domain: libvirt.ErrorDomain(wire.Domain), Message: wire.Message}
}
