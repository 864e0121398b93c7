package fakeserver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/transport"
)

// listeners is what a Server listens on.
type listeners struct {
	memory *transport.Memory
	// addrs are host:port, and for unix the path of libvirt-sock.
	addrs    map[call.Transport]string
	readOnly string // the path of libvirt-sock-ro

	pki       *certs.PKI
	tlsConfig *tls.Config
	ssh       *certs.SSH
	sshServer *sshd.Server
}

func (s *Server) startListening() error {
	l := &s.listener
	l.addrs = make(map[call.Transport]string)
	l.memory = transport.ListenMemory()
	s.accept(l.memory, func(nc net.Conn) { s.serve(nc, call.Peer{Transport: call.Memory}) })

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
		pki, err := s.makePKI()
		if err != nil {
			return err
		}
		s.listener.pki, s.listener.tlsConfig = pki, pki.ServerTLS()
		return s.listenTCP(t, address, s.serveTLS)
	case call.SSH:
		if err := s.makeSSH(); err != nil {
			return err
		}
		return s.listenTCP(t, address, func(nc net.Conn) { s.listener.sshServer.ServeConn(s.ctx, nc) })
	default:
		return s.listenTCP(t, address, func(nc net.Conn) { s.serve(nc, call.Peer{Transport: call.TCP}) })
	}
}

func (s *Server) listenTCP(t call.Transport, address string, serve func(net.Conn)) error {
	if address == "" {
		address = "localhost:0"
	}
	all, err := transport.ListenTCP(address)
	if err != nil {
		return err
	}
	s.listener.addrs[t] = reachable(all[0].Addr().String())
	for _, l := range all {
		s.accept(l, serve)
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

// Permissions of the sockets, as libvirtd's without polkit.
const (
	modeReadWrite fs.FileMode = 0o770
	modeReadOnly  fs.FileMode = 0o777
)

func (s *Server) listenUnix(path string) error {
	if path == "" {
		dir, err := s.runtimeDir()
		if err != nil {
			return err
		}
		path = filepath.Join(dir, "libvirt-sock")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	for _, sock := range []struct {
		path     string
		mode     fs.FileMode
		readOnly bool
	}{
		{path, modeReadWrite, false},
		{path + "-ro", modeReadOnly, true},
	} {
		l, err := transport.ListenUnix(sock.path, sock.mode)
		if err != nil {
			return err
		}
		s.accept(l, func(nc net.Conn) {
			s.serve(nc, call.Peer{
				Transport: call.Unix,
				Local:     sock.path,
				ReadOnly:  sock.readOnly,
				Process:   transport.PeerProcess(nc),
			})
		})
	}
	s.listener.addrs[call.Unix] = path
	s.listener.readOnly = path + "-ro"
	return nil
}

// accept serves each connection to a listener in a goroutine of its own.
func (s *Server) accept(l net.Listener, serve func(net.Conn)) {
	if !s.own(l, "listener "+l.Addr().String()) {
		return
	}
	s.spawn(func() {
		defer s.disown(l)
		defer l.Close()
		for {
			nc, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				// Out of descriptors, most likely: others may close theirs.
				s.log.Warn("accept failed", "address", l.Addr().String(), "reason", err)
				select {
				case <-time.After(10 * time.Millisecond):
					continue
				case <-s.ctx.Done():
					return
				}
			}
			if !s.own(nc, "connection from "+nc.RemoteAddr().String()+" to "+l.Addr().String()) {
				return
			}
			s.spawn(func() {
				defer s.disown(nc)
				defer nc.Close()
				serve(nc)
			})
		}
	})
}

// serve speaks RPC on a connection whose handshake is done.
func (s *Server) serve(nc net.Conn, peer call.Peer) {
	peer.Connection = s.connections.Add(1)
	if peer.Local == "" {
		peer.Local = nc.LocalAddr().String()
	}
	if peer.Remote == "" {
		peer.Remote = nc.RemoteAddr().String()
	}
	s.newConn(nc, peer).serve()
}

func (s *Server) serveTLS(raw net.Conn) {
	nc, peer, err := transport.TLS(s.ctx, raw, s.listener.tlsConfig, func(chain []*x509.Certificate) error {
		return s.listener.pki.VerifyClient(chain, time.Now())
	})
	if err != nil {
		if s.ctx.Err() == nil {
			s.log.Info("refused", "transport", "tls", "peer", raw.RemoteAddr().String(), "reason", err)
		}
		return
	}
	s.serve(nc, call.Peer{Transport: call.TLS, TLS: peer})
}

func (s *Server) makePKI() (*certs.PKI, error) {
	switch {
	case s.cfg.pki != nil:
		return s.cfg.pki, nil
	case s.cfg.pkiDir != "":
		return certs.LoadOrNew(s.cfg.pkiDir, certs.Names(s.cfg.names...))
	default:
		return certs.New(certs.Names(s.cfg.names...))
	}
}

func (s *Server) makeSSH() error {
	var err error
	keys := s.cfg.ssh
	switch {
	case keys != nil:
	case s.cfg.sshDir != "":
		keys, err = certs.LoadOrNewSSH(s.cfg.sshDir)
	default:
		keys, err = certs.NewSSH()
	}
	if err != nil {
		return err
	}
	s.listener.ssh = keys
	s.listener.sshServer, err = sshd.New(sshd.Config{
		HostKeys:      keys.HostKeys,
		AuthorizedKey: func(_ string, key gossh.PublicKey) bool { return keys.Authorized(key) },
		Open:          s.openSocket,
		Logger:        s.log,
	})
	return err
}

// openSocket answers the account on the node that asks for a unix socket there:
// the node's own under any of the names by which clients know it.
func (s *Server) openSocket(_ context.Context, path string, from sshd.Login) (func(net.Conn), error) {
	readOnly := from.ReadOnly
	switch path {
	case "/var/run/libvirt/libvirt-sock", "/run/libvirt/libvirt-sock", s.listener.addrs[call.Unix]:
	case "/var/run/libvirt/libvirt-sock-ro", "/run/libvirt/libvirt-sock-ro", s.listener.readOnly:
		readOnly = true
	default:
		return nil, fs.ErrNotExist
	}
	return func(nc net.Conn) {
		s.serve(nc, call.Peer{
			Transport: call.SSH,
			Local:     from.Local.String(),
			Remote:    from.Remote.String(),
			ReadOnly:  readOnly,
			SSH: &call.SSHPeer{
				User:           from.User,
				KeyFingerprint: from.KeyFingerprint,
				ClientVersion:  from.ClientVersion,
				Command:        from.Command,
				Words:          from.Words,
				Env:            from.Env,
				Via:            from.Via,
				Socket:         path,
			},
		})
	}, nil
}
