package fakeserver

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/transport"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

// PortPolicy says what happens where a default port cannot be had.
type PortPolicy int

const (
	// FallBack gives the transport another port. [Server.DefaultPorts] says so.
	FallBack PortPolicy = iota
	// Strictly fails Start with a [*DefaultPortsError].
	Strictly
	// OrSkip is Strictly for tests that cannot do without, on machines that can:
	// harness.Start skips the test, with the reason.
	OrSkip
)

// WithDefaultPorts gives the node a loopback address of its own, 127.x.y.z, and
// listens there on the ports that clients take where a URI names none: 16509 for
// tcp, 16514 for tls, 22 for ssh. [Server.URI] then leaves the port out. Any number
// of nodes do so at the same time, in as many processes. The certificate and
// known_hosts have the address. A transport that has an address by WithListener
// keeps that.
//
// The address is chosen at random. If certificates are there already (WithPKI,
// WithPKIDir), those that they are made for come first, as clients refuse others:
// a node that keeps its certificates mostly keeps its address.
//
// Not every port can be had everywhere:
//   - Another program listens on it on all addresses, 0.0.0.0 or [::], as a real
//     sshd does on 22 and a real libvirtd on 16509 and 16514. The other way round,
//     such a program cannot begin to as long as the node runs.
//   - Port 22 is for root, or wherever sysctl net.ipv4.ip_unprivileged_port_start
//     says.
//   - macOS has no loopback address but 127.0.0.1, until an administrator adds one
//     (ifconfig lo0 alias 127.3.4.5); see [WithDefaultPortsAt].
//
// Where a port cannot be had, the policy says what happens; it is FallBack if none
// is given.
//
// Clients that need a name instead of an address find one in /etc/hosts, or in a
// resolver of the test's own; WithNames puts it on the certificate and in
// known_hosts. An address that does not change, for such files, is for
// [WithDefaultPortsAt].
func WithDefaultPorts(policy ...PortPolicy) Option {
	return func(c *config) { c.defaultPorts = newDefaultPorts(policy) }
}

// WithDefaultPortsAt is WithDefaultPorts at this address, such as 127.3.4.5, and no
// other. A second node that asks for the same does not get it.
func WithDefaultPortsAt(address string, policy ...PortPolicy) Option {
	return func(c *config) {
		d := newDefaultPorts(policy)
		addr, err := netip.ParseAddr(address)
		if err != nil || !addr.Is4() || addr.IsUnspecified() {
			c.errs = append(c.errs, fmt.Errorf("WithDefaultPortsAt(%q): want an IPv4 address of this machine, such as 127.3.4.5", address))
			return
		}
		d.only = addr
		c.defaultPorts = d
	}
}

// defaultPorts is what the options ask for, and nil if they do not.
type defaultPorts struct {
	policy PortPolicy
	only   netip.Addr // the one address to try, if it is valid
}

func newDefaultPorts(policy []PortPolicy) *defaultPorts {
	d := &defaultPorts{}
	for _, p := range policy {
		d.policy = p
	}
	return d
}

// defaultPort returns the port that clients take, and 0 for transports without.
func defaultPort(t call.Transport) uint16 {
	switch t {
	case call.TCP:
		return uri.TCPPort
	case call.TLS:
		return uri.TLSPort
	case call.SSH:
		return uri.SSHPort
	}
	return 0
}

// DefaultPortsError is why a node does not start for which default ports are a
// must.
type DefaultPortsError struct {
	// Address is the loopback address, the last if several were tried.
	Address string
	// Reasons has an error for each transport that cannot have its port. They wrap
	// those of the system: syscall.EADDRINUSE, EACCES, EADDRNOTAVAIL.
	Reasons map[call.Transport]error
	// Skip is set for the policy OrSkip.
	Skip bool
}

func (e *DefaultPortsError) Error() string {
	var why []string
	for _, t := range everyTransport() {
		if err := e.Reasons[t]; err != nil {
			why = append(why, fmt.Sprintf("%s: %v", t, err))
		}
	}
	return "no default port for " + strings.Join(why, "; ")
}

// Unwrap gives the reasons.
func (e *DefaultPortsError) Unwrap() []error {
	var errs []error
	for _, t := range everyTransport() {
		if err := e.Reasons[t]; err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// defaultListeners is what came of WithDefaultPorts.
type defaultListeners struct {
	addr  netip.Addr
	ports map[call.Transport]error            // nil for those that have their port
	doors map[call.Transport][]transport.Door // until they are attended
}

// DefaultPorts returns how WithDefaultPorts went: for each transport that it was
// about nil, or why it has another port than the default. Without that option it
// is empty.
func (s *Server) DefaultPorts() map[call.Transport]error {
	return maps.Clone(s.listener.defaults.ports)
}

// OwnAddress returns the loopback address that the node has by WithDefaultPorts,
// such as 127.3.4.5. It is "" without that option, and where the machine has no
// such address.
func (s *Server) OwnAddress() string {
	if !s.listener.defaults.addr.IsValid() {
		return ""
	}
	return s.listener.defaults.addr.String()
}

// listenOnDefaults listens on default ports, before certificates are made, which
// must have the address.
func (s *Server) listenOnDefaults() error {
	how := s.cfg.defaultPorts
	if how == nil {
		return nil
	}
	var ports []uint16
	transports := make(map[uint16]call.Transport)
	for _, t := range everyTransport() {
		address, wanted := s.cfg.listen[t]
		if port := defaultPort(t); wanted && address == "" && port != 0 {
			ports = append(ports, port)
			transports[port] = t
		}
	}
	if len(ports) == 0 {
		return nil
	}
	var l *transport.Loopback
	if how.only.IsValid() {
		l = transport.ListenLoopbackAt(how.only, ports)
	} else {
		l = transport.ListenLoopback(ports, s.certifiedLoopbacks()...)
	}
	if len(l.Failed) > 0 && how.policy != FallBack {
		e := &DefaultPortsError{Address: l.Addr.String(), Reasons: make(map[call.Transport]error), Skip: how.policy == OrSkip}
		for port, err := range l.Failed {
			e.Reasons[transports[port]] = err
		}
		return errors.Join(e, l.Close())
	}
	d := &s.listener.defaults
	d.ports = make(map[call.Transport]error)
	d.doors = make(map[call.Transport][]transport.Door)
	for _, port := range ports {
		t := transports[port]
		if door := l.Doors[port]; door != nil {
			d.ports[t], d.doors[t], d.addr = nil, []transport.Door{door}, l.Addr
			continue
		}
		d.ports[t] = l.Failed[port]
		// Another port there is next best. If the machine does not have the
		// address, the transport listens where it would without the option.
		if doors, err := transport.ListenTCP(netip.AddrPortFrom(l.Addr, 0).String()); err == nil {
			d.doors[t], d.addr = doors, l.Addr
		}
		s.log.Warn("no default port", "transport", t, "reason", l.Failed[port])
	}
	if d.addr.IsValid() {
		s.cfg.names = append(s.cfg.names, d.addr.String())
	}
	return nil
}

// certifiedLoopbacks returns the addresses for which the certificates hold that
// are there already.
func (s *Server) certifiedLoopbacks() []netip.Addr {
	if _, wanted := s.cfg.listen[call.TLS]; !wanted {
		return nil
	}
	pki := s.cfg.pki
	if pki == nil && s.cfg.pkiDir != "" {
		// What is wrong with them comes out when they are loaded in earnest.
		pki, _ = certs.Load(s.cfg.pkiDir)
	}
	if pki == nil || pki.Server == nil {
		return nil
	}
	var addrs []netip.Addr
	for _, ip := range pki.Server.Certificate.IPAddresses {
		if addr, ok := netip.AddrFromSlice(ip); ok && transport.OwnLoopback(addr.Unmap()) {
			addrs = append(addrs, addr.Unmap())
		}
	}
	return addrs
}

// take returns the listeners on a default port, or in its stead, for whom the
// caller is responsible from then on.
func (d *defaultListeners) take(t call.Transport) []transport.Door {
	doors := d.doors[t]
	delete(d.doors, t)
	return doors
}

// closeRest ends the listeners that nobody took.
func (d *defaultListeners) closeRest() {
	for _, doors := range d.doors {
		for _, door := range doors {
			door.Close()
		}
	}
	clear(d.doors)
}

// authority is how URIs name where a transport listens: without the port, if the
// node has default ports and this is one.
func (s *Server) authority(t call.Transport) string {
	addr := s.listener.addrs[t]
	if err, asked := s.listener.defaults.ports[t]; asked && err == nil {
		if host, _, err := net.SplitHostPort(addr); err == nil {
			return host
		}
	}
	return addr
}
