package fakeserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/transport"
)

// WithRunDir makes the node's sockets in dir as libvirtd makes them in /run:
// dir/libvirt/libvirt-sock, libvirt-sock-ro and libvirt-admin-sock, or those of
// WithModularDaemons. The administrator's socket is in its place, and knows no
// program: virt-admin fails with "Cannot find program". A client finds the others
// without the URI parameter socket if it takes dir for
//
//   - /run: for qemu:///system, in a mount namespace where dir is bound to it;
//   - XDG_RUNTIME_DIR: for qemu:///session, unless root runs it, to whom libvirt
//     gives the system's sockets.
//
// dir must exist; Close leaves it as it was. Its path may have some 80 bytes, as
// that of a socket is limited. Without this option the sockets are laid out in the
// same way, in a directory of the node's own; see [Server.RunDir]. A node that has
// no unix sockets, or has them by WithListener elsewhere, does not start with it.
func WithRunDir(dir string) Option { return func(c *config) { c.runDir = dir } }

// checkRunDir refuses a directory that nothing would be in.
func (c *config) checkRunDir() error {
	if c.runDir == "" {
		return nil
	}
	switch path, wanted := c.listen[call.Unix]; {
	case !wanted && len(c.listen) > 0: // without any it is in memory alone, where it does no harm
		return fmt.Errorf("WithRunDir(%q): the node does not listen on unix", c.runDir)
	case path != "":
		return fmt.Errorf("WithRunDir(%q): the node listens on the unix socket %s", c.runDir, path)
	}
	return nil
}

// Libvirt's directory in a run directory, and its main socket.
const (
	socketName = "libvirt-sock"
	socketDir  = "libvirt"
	suffixRO   = "-ro"
)

// daemonSocket is one of the sockets in libvirt's run directory.
type daemonSocket struct {
	daemon          *daemon
	name            string
	mode            fs.FileMode // as without polkit
	readOnly, admin bool
}

// sockets returns what a daemon listens on: for clients, for those that only read,
// which a user's own does not have, and for the administrator.
func (d *daemon) sockets() []*daemonSocket {
	all := []*daemonSocket{
		{name: socketName, mode: 0o770},
		{name: socketName + suffixRO, mode: 0o777, readOnly: true},
		{name: "libvirt-admin-sock", mode: 0o700, admin: true},
	}
	if d.module != nil {
		all[0].name, all[1].name, all[2].name = d.module.Socket()
	}
	for _, sock := range all {
		sock.daemon = d
	}
	return all
}

// makeSockets lists the sockets of all daemons, which SSH accounts find whether the
// node listens on unix or not.
func (s *Server) makeSockets() {
	for _, d := range s.daemons {
		for _, sock := range d.sockets() {
			if !sock.readOnly || !d.session || !s.cfg.hasUser {
				s.listener.sockets = append(s.listener.sockets, sock)
			}
		}
	}
}

// socket returns the socket of that name, the system's or a session's, or nil.
func (s *Server) socket(name string, session bool) *daemonSocket {
	for _, sock := range s.listener.sockets {
		if sock.name == name && sock.daemon.session == (session && s.cfg.hasUser || s.cfg.session) {
			return sock
		}
	}
	return nil
}

// socketFor returns the socket for a URI of the node itself, as clients choose it
// with mode=auto; the system's, or that of the session.
func (s *Server) socketFor(scheme string, session bool) *daemonSocket {
	var chosen *daemonSocket
	for _, sock := range s.listener.sockets {
		if sock.readOnly || sock.admin || sock.daemon.session != (session && s.cfg.hasUser || s.cfg.session) {
			continue
		}
		if chosen == nil || sock.daemon.serves(scheme) {
			chosen = sock
		}
	}
	return chosen
}

// listenUnix listens on the socket at path with the read-only one beside it, or on
// all sockets in the run directory.
func (s *Server) listenUnix(path string) error {
	s.listener.paths = make(map[string]*daemonSocket)
	if path != "" {
		return s.listenAt(path)
	}
	dir, err := s.makeRunDir()
	if err != nil {
		return err
	}
	s.listener.runDir = dir
	if s.cfg.hasUser {
		if err := s.makeSessionDir(); err != nil {
			return err
		}
	}
	for _, sock := range s.listener.sockets {
		dir := dir
		if s.cfg.hasUser && sock.daemon.session {
			dir = s.SessionDir()
		}
		if err := s.listenSocket(filepath.Join(dir, socketDir, sock.name), sock); err != nil {
			return err
		}
	}
	return nil
}

// listenAt listens on libvirt-sock under another name.
func (s *Server) listenAt(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	for _, sock := range s.listener.sockets {
		path := path
		switch {
		case sock.admin:
			continue // its name says nothing about where it would be
		case sock.readOnly:
			path += suffixRO
		}
		if err := s.listenSocket(path, sock); err != nil {
			return err
		}
	}
	return nil
}

// listenSocket listens on one socket.
func (s *Server) listenSocket(path string, sock *daemonSocket) error {
	mode, gid := s.cfg.permissions(sock)
	l, err := transport.ListenUnix(path, mode, gid)
	if err != nil {
		return err
	}
	s.listener.paths[path] = sock
	s.attend(l, call.Unix, func(a *arrival) {
		peer := a.peer
		peer.Local = path
		sock.describe(&peer)
		peer.Process = transport.PeerProcess(a.conn.Unwrap())
		s.serve(a, a.conn, peer)
	})
	switch {
	case sock.daemon != s.mainDaemon():
	case sock.readOnly:
		s.listener.readOnly = path
	case !sock.admin:
		s.listener.addrs[call.Unix] = path
	}
	return nil
}

// describe tells of a peer what the socket tells.
func (sock *daemonSocket) describe(p *call.Peer) {
	p.ReadOnly, p.Admin = sock.readOnly, sock.admin
	p.Daemon, p.Session = sock.daemon.name, sock.daemon.session
}

// pathOf returns where the node listens on a socket, or "".
func (s *Server) pathOf(wanted *daemonSocket) string {
	for path, sock := range s.listener.paths {
		if sock == wanted {
			return path
		}
	}
	return ""
}

// makeRunDir returns the run directory, with a directory for sockets in it.
func (s *Server) makeRunDir() (string, error) {
	dir := s.cfg.runDir
	var err error
	if dir == "" {
		dir, err = s.runtimeDir()
	} else {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return "", err
	}
	const perm = 0o755 // as libvirtd's own
	return dir, s.lendDir(filepath.Join(dir, socketDir), perm)
}

// makeSessionDir makes the user's run directory in the system's.
func (s *Server) makeSessionDir() error {
	const perm, private = 0o755, 0o700 // as systemd's
	dir := s.SessionDir()
	for _, d := range []struct {
		path string
		perm fs.FileMode
	}{{filepath.Dir(dir), perm}, {dir, private}, {filepath.Join(dir, socketDir), private}} {
		if err := s.lendDir(d.path, d.perm); err != nil {
			return err
		}
	}
	return nil
}

// lendDir makes a directory, unless it is there, which goes with the node.
func (s *Server) lendDir(dir string, perm fs.FileMode) error {
	switch err := os.Mkdir(dir, perm); {
	case err == nil:
		s.files.made(dir)
	case !errors.Is(err, fs.ErrExist):
		return fmt.Errorf("making a directory for sockets: %w", err)
	}
	return nil
}

// RunDir returns the directory that has libvirt/libvirt-sock, as /run has on a
// machine with libvirtd, and a user's XDG_RUNTIME_DIR. It is the one that
// WithRunDir named, or one of the node's own. It is "" if the node has no unix
// sockets, or has them by WithListener.
func (s *Server) RunDir() string { return s.listener.runDir }
