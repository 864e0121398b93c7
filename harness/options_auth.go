package harness

import (
	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// Who may come in, and what they may do; see the types of package fakeserver.
type (
	Auth         = fakeserver.Auth
	AuthMethod   = fakeserver.AuthMethod
	AuthUser     = fakeserver.AuthUser
	Polkit       = fakeserver.Polkit
	PolkitAnswer = fakeserver.PolkitAnswer
	Kerberos     = fakeserver.Kerberos
	Access       = fakeserver.Access
	AccessRule   = fakeserver.AccessRule
	TLSSettings  = fakeserver.TLSSettings
	// Certificate is the name of an entry of the catalogue, such as "server-expired".
	Certificate = certs.Variant
)

// How the clients of a socket prove who they are.
const (
	AuthNone   = fakeserver.AuthNone
	AuthSASL   = fakeserver.AuthSASL
	AuthPolkit = fakeserver.AuthPolkit // on unix sockets alone
)

// What polkit says about a client.
const (
	PolkitAllowed = fakeserver.PolkitAllowed
	PolkitDenied  = fakeserver.PolkitDenied
	PolkitNoAgent = fakeserver.PolkitNoAgent
)

// WithAuth has clients prove who they are, by SASL or polkit, as libvirtd.conf says it.
// Without it the node asks for the client's certificate on tls and the key of its SSH
// files on ssh, and for nothing else.
func WithAuth(auth Auth) Option { return fakeserver.WithAuth(auth) }

// WithAccess sets what those who are in may do, as a libvirtd's access manager.
func WithAccess(access Access) Option { return fakeserver.WithAccess(access) }

// What an SSH login finds; see [SSHAccount].
type (
	SSHProgram     = fakeserver.SSHProgram
	SSHSocket      = fakeserver.SSHSocket
	SSHStreamLocal = fakeserver.SSHStreamLocal
)

// What an SSH login finds at the path of a socket.
const (
	SSHSocketNode      = fakeserver.SSHSocketNode
	SSHSocketReadOnly  = fakeserver.SSHSocketReadOnly
	SSHSocketMissing   = fakeserver.SSHSocketMissing
	SSHSocketForbidden = fakeserver.SSHSocketForbidden
	SSHSocketRefused   = fakeserver.SSHSocketRefused
)

// What becomes of go-libvirt's channels to a socket.
const (
	SSHStreamLocalAllowed    = fakeserver.SSHStreamLocalAllowed
	SSHStreamLocalFailed     = fakeserver.SSHStreamLocalFailed
	SSHStreamLocalProhibited = fakeserver.SSHStreamLocalProhibited
)
