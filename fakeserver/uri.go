package fakeserver

import (
	"net"
	"net/url"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// URI returns the URI by which a client reaches one of the node's hypervisors
// over a transport: virsh -c and go-libvirt's ConnectToURI take it as it is.
// local is the URI on the node itself, such as qemu:///system; whatever query
// it has is passed on. The parameters are added to those that the transport
// needs (pkipath, keyfile, socket …) or replace them; one with an empty value
// takes its default away.
//
// The URIs keep the client away from its user's own ~/.ssh and ~/.pki. Those
// over ssh carry no_verify=1 for go-libvirt, which knows no other place for
// host keys than ~/.ssh/known_hosts; the stock ssh client, run through the
// wrapper in command=, verifies all the same. Those over libssh and libssh2 say in
// sshauth= what WithSSHAuth asks for; a password is the client's to know.
func (s *Server) URI(transport call.Transport, local string, params ...Param) (string, error) {
	u, err := parseLocal(local)
	if err != nil {
		return "", err
	}
	way, err := s.way(u, transport)
	if err != nil {
		return "", err
	}
	return way.URI(transport, local, params...)
}

// way says how clients reach what a URI of the node itself names.
func (s *Server) way(local *url.URL, transport call.Transport) (w Way, err error) {
	switch transport {
	case call.TCP, call.TLS:
		if s.listener.addrs[transport] == "" {
			return w, errNotListening(transport)
		}
		w.Authority = s.authority(transport)
		if transport == call.TLS {
			w.PKIPath, err = s.PKIPath()
		}
	case call.Unix:
		if w.Socket = s.pathOf(s.socketFor(local.Scheme, isSession(local))); w.Socket == "" {
			err = errNotListening(call.Unix)
		}
	case call.SSH, call.LibSSH, call.LibSSH2:
		if w.SSH, err = s.SSHFiles(); err == nil {
			// C clients would look for a session's where the client has its own.
			w.Authority, w.Socket = s.authority(call.SSH), s.sshSocketFor(local)
			w.SSHAuth = s.cfg.sshAuth.parameter()
		}
	case call.Ext:
		w.Command, err = s.extWrapper()
	}
	return w, err
}

// isSession reports whether a URI names the session of a user.
func isSession(u *url.URL) bool { return u.Path == "/session" }

// Addr returns where the node listens: host:port, or for unix the path of
// libvirt-sock, or of the first modular daemon's socket if there is none. It is "" for a transport that the node does not have.
func (s *Server) Addr(transport call.Transport) string { return s.listener.addrs[transport] }

// SocketReadOnly returns the path of the read-only socket beside Addr(call.Unix), or
// "".
func (s *Server) SocketReadOnly() string { return s.listener.readOnly }

// Dial connects to the node in memory: the quickest way, and the one that works
// inside testing/synctest.
func (s *Server) Dial() (net.Conn, error) { return s.listener.memory.Dial() }
