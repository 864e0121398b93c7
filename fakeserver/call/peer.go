package call

import (
	"crypto/x509"
	"fmt"
)

// Transport is the way on which a connection reached the node.
type Transport string

// The transports on which connections arrive. SSH stands for whatever program
// or channel led from the SSH server to the node's socket; Memory is the
// in-process listener.
const (
	TCP    Transport = "tcp"
	TLS    Transport = "tls"
	Unix   Transport = "unix"
	SSH    Transport = "ssh"
	Memory Transport = "memory"
)

// The transports that exist in URIs alone. To the node, LibSSH and LibSSH2 are
// SSH, and Ext is whatever the client's command connects to.
const (
	LibSSH  Transport = "libssh"
	LibSSH2 Transport = "libssh2"
	Ext     Transport = "ext"
)

// Peer is the client at the other end of a connection, as far as the transport
// tells.
type Peer struct {
	// Connection numbers the node's connections from 1, in the order in which
	// they were accepted, before any handshake: one whose handshake fails has a
	// number too. What comes first through an SSH connection has that one's
	// number, and what else comes through it one of its own. Numbers are not
	// used again.
	Connection uint64
	Transport  Transport
	// Local and Remote are the transport's addresses, host:port or a socket's
	// path; over SSH, those of the SSH connection.
	Local, Remote string
	// ReadOnly is set for a connection to a read-only socket
	// (libvirt-sock-ro), on which every modifying call is refused.
	ReadOnly bool
	// Daemon is the program that the client has reached: "libvirtd", or one of the
	// modular daemons, "virtqemud". It is "" before an SSH client has asked for a
	// socket.
	Daemon string
	// Session is set for a daemon that is a user's own (qemu:///session).
	Session bool
	// Admin is set for the administrator's socket (libvirt-admin-sock), which knows
	// none of the programs of the others.
	Admin bool

	Process *Process // over unix, where the system tells
	TLS     *TLSPeer // over tls
	SSH     *SSHPeer // over ssh
}

// String tells who the peer is, for people.
func (p *Peer) String() string {
	switch {
	case p.SSH != nil:
		return fmt.Sprintf("%s from %s by %s", p.SSH.User, p.Remote, p.SSH.Via)
	case p.Process != nil:
		return fmt.Sprintf("process %d of user %d", p.Process.PID, p.Process.UID)
	case p.TLS != nil && p.TLS.Certificate != nil:
		return fmt.Sprintf("%s (%s)", p.Remote, p.TLS.Certificate.Subject)
	}
	return p.Remote
}

// Process is a local client, as the kernel vouches for it (SO_PEERCRED).
type Process struct {
	PID      int
	UID, GID uint32
}

// TLSPeer is what the TLS handshake told.
type TLSPeer struct {
	Version    uint16 // tls.VersionTLS12, tls.VersionTLS13
	ServerName string // by SNI; C clients send none
	// Certificate is the client's, nil if it sent none.
	Certificate *x509.Certificate
}

// SSHPeer is what the SSH connection told.
type SSHPeer struct {
	// User is the name of the login. Of "user:password", which libvirt makes it where
	// a URI has both, the password is masked.
	User           string
	KeyFingerprint string // SHA256:…
	ClientVersion  string
	// Command is the exact text of the exec request, Words what the login
	// shell made of it; both are empty for a direct-streamlocal channel.
	Command string
	Words   []string
	Env     []string
	// Via is what led to the socket: "nc", "virt-ssh-helper" or
	// "direct-streamlocal@openssh.com"; Socket is the path that was asked for.
	Via, Socket string
}
