package fakeserver

import (
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd"
)

// sshAccountFor returns the account as the SSH server takes it, with the node's
// sockets.
func (s *Server) sshAccountFor(a SSHAccount, version string) sshd.Account {
	inner := a.inner(version)
	inner.Exists = func(name, user string) bool {
		what, _ := s.findSocket(name, user)
		switch what {
		case SSHSocketMissing:
			return false
		case SSHSocketNode, SSHSocketReadOnly:
			return !s.Stopped() // which removes its sockets
		}
		return true
	}
	return inner
}

// findSocket returns what a user finds at the path of a socket, and the socket if it
// is one of the node's.
func (s *Server) findSocket(name, user string) (SSHSocket, *daemonSocket) {
	account := s.cfg.sshAccount(user)
	name = socketPath(name)
	for other, what := range account.Sockets {
		if socketPath(other) == name {
			return what, s.configuredSocket(name, user, what)
		}
	}
	sock := s.socketAt(name, user)
	switch {
	case sock == nil:
		return SSHSocketMissing, nil
	case sock.readOnly:
		return SSHSocketReadOnly, sock
	}
	return SSHSocketNode, sock
}

// socketAt returns the node's socket at a path, or nil.
func (s *Server) socketAt(name, user string) *daemonSocket {
	if !path.IsAbs(name) { // would be in the home directory
		return nil
	}
	for real, sock := range s.listener.paths {
		if socketPath(real) == name {
			return sock
		}
	}
	dir, base := path.Split(name)
	if dir == "/run/"+socketDir+"/" {
		return s.socket(base, false)
	}
	if !s.ofSession(dir, user) {
		return nil
	}
	sock := s.socket(base, true)
	if sock != nil && !s.cfg.hasUser && (sock.readOnly || sock.admin || sock.daemon.module != nil && sock.daemon.module.SystemOnly) {
		return nil // what the system's daemon has, and a user's does not
	}
	return sock
}

// ofSession reports whether a directory is that of the sockets of a user's session.
func (s *Server) ofSession(dir, user string) bool {
	inner := s.cfg.sshAccount(user).inner("")
	return slices.ContainsFunc(inner.SessionSockets(user), func(sock string) bool {
		return path.Dir(sock) == path.Clean(dir)
	})
}

// configuredSocket returns the socket that an account has at a path of its choice:
// that of the daemon of which the path has a socket's name, or the main one.
func (s *Server) configuredSocket(name, user string, what SSHSocket) *daemonSocket {
	if what != SSHSocketNode && what != SSHSocketReadOnly {
		return nil
	}
	dir, base := path.Split(name)
	session := s.ofSession(dir, user)
	d := s.socketFor("", session).daemon
	if named := s.socket(base, session); named != nil {
		d = named.daemon
	}
	var found *daemonSocket
	for _, sock := range s.listener.sockets {
		if sock.daemon == d && !sock.admin && (found == nil || sock.readOnly == (what == SSHSocketReadOnly)) {
			found = sock // a user's daemon has none for those that only read
		}
	}
	return found
}

// enterSocket tells whether a user gets into a socket, and into which.
func (s *Server) enterSocket(name, user string) (sock *daemonSocket, epoch uint64, err error) {
	what, sock := s.findSocket(name, user)
	switch what {
	case SSHSocketMissing:
		return nil, 0, fs.ErrNotExist
	case SSHSocketForbidden:
		return nil, 0, fs.ErrPermission
	case SSHSocketRefused:
		return nil, 0, syscall.ECONNREFUSED
	}
	epoch, err = s.listener.node.socket()
	return sock, epoch, err
}

// sshSocketFor returns the path, on the node, of the socket for a URI there.
func (s *Server) sshSocketFor(u *url.URL) string {
	session := isSession(u) && s.cfg.hasUser
	name := s.socketFor(u.Scheme, session).name
	if !session {
		return "/var/run/" + socketDir + "/" + name
	}
	inner := s.cfg.sshAccount(sshUser).inner("")
	return strings.TrimSuffix(inner.SessionSockets(sshUser)[0], socketName) + name
}
