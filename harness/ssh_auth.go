package harness

import "github.com/fakelibvirt/fakelibvirtd/fakeserver"

// Who may log in to the SSH server, and how the server presents itself.
type (
	SSHAuth   = fakeserver.SSHAuth
	SSHUser   = fakeserver.SSHUser
	SSHPrompt = fakeserver.SSHPrompt
	SSHServer = fakeserver.SSHServer
)

// WithSSHAuth sets who may log in to the SSH server, and how: by keys, passwords,
// questions, certificates, or several of them in turn.
func WithSSHAuth(auth SSHAuth) Option { return fakeserver.WithSSHAuth(auth) }

// WithSSHServer sets how the SSH server presents itself: its version, kinds of host
// keys, and algorithms.
func WithSSHServer(server SSHServer) Option { return fakeserver.WithSSHServer(server) }
