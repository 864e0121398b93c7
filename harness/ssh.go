package harness

import "github.com/fakelibvirt/fakelibvirtd/fakeserver"

// SSHAccount is what a user of the node finds behind an SSH login.
type SSHAccount = fakeserver.SSHAccount

// WithSSHAccount sets what these users find behind an SSH login: which programs,
// which sockets. Without users it is what all find that have no account of their
// own.
func WithSSHAccount(account SSHAccount, users ...string) Option {
	return fakeserver.WithSSHAccount(account, users...)
}
