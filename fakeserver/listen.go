package fakeserver

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/transport"
)

// listeners is what a Server listens on.
type listeners struct {
	node   node
	memory *transport.Memory
	// addrs are host:port, and for unix the path of libvirt-sock.
	addrs    map[call.Transport]string
	readOnly string                   // the path of libvirt-sock-ro
	sockets  []*daemonSocket          // of all daemons, whether there is unix or not
	paths    map[string]*daemonSocket // where they are, if there is unix
	runDir   string                   // that clients would look for libvirt-sock in, or ""
	defaults defaultListeners

	tls       tlsListener
	ssh       *certs.SSH
	sshServer *sshd.Server
	hostKeys  sshHostKeys
}

func (s *Server) startListening() error {
	l := &s.listener
	l.addrs = make(map[call.Transport]string)
	l.node.begin(s.cfg.maxClients)
	l.memory = transport.ListenMemory()
	s.makeSockets()
	s.attend(l.memory, call.Memory, func(a *arrival) { s.serve(a, a.conn, a.peer) })

	defer l.defaults.closeRest()
	if err := s.listenOnDefaults(); err != nil {
		return err
	}
	// In a fixed order, so that errors are the same each time.
	for _, t := range everyTransport() {
		address, wanted := s.cfg.listen[t]
		if !wanted {
			continue
		}
		if err := s.listenOn(t, address); err != nil {
			return fmt.Errorf("transport %s: %w", t, err)
		}
	}
	return nil
}

func (s *Server) listenOn(t call.Transport, address string) error {
	switch t {
	case call.Unix:
		return s.listenUnix(address)
	case call.TLS:
		if err := s.makeTLS(); err != nil {
			return err
		}
		return s.listenTCP(t, address, s.serveTLS)
	case call.SSH:
		if err := s.makeSSH(); err != nil {
			return err
		}
		return s.listenTCP(t, address, func(a *arrival) { s.listener.sshServer.ServeConn(context.WithValue(s.ctx, arrivalKey{}, a), a.conn) })
	default:
		return s.listenTCP(t, address, func(a *arrival) { s.serve(a, a.conn, a.peer) })
	}
}

func (s *Server) listenTCP(t call.Transport, address string, serve func(*arrival)) error {
	all := s.listener.defaults.take(t)
	if all == nil {
		if address == "" {
			address = "localhost:0"
		}
		var err error
		if all, err = transport.ListenTCP(address); err != nil {
			return err
		}
	}
	s.listener.addrs[t] = reachable(all[0].Addr().String())
	for _, l := range all {
		s.attend(l, t, serve)
	}
	return nil
}

// reachable returns an address under which clients on this machine find a
// listener: one on all addresses is on 127.0.0.1 too.
func reachable(address string) string {
	if ap, err := netip.ParseAddrPort(address); err == nil && ap.Addr().IsUnspecified() {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ap.Port()).String()
	}
	return address
}

func (s *Server) makeSSH() error {
	var err error
	keys := s.cfg.ssh
	switch {
	case keys != nil:
	case s.cfg.sshDir != "":
		keys, err = certs.LoadOrNewSSH(s.cfg.sshDir, s.cfg.sshServer.keyOptions()...)
	default:
		keys, err = certs.NewSSH(s.cfg.sshServer.keyOptions()...)
	}
	if err != nil {
		return err
	}
	s.listener.ssh = keys
	s.listener.sshServer, err = s.newSSHServer(keys)
	return err
}
