package scenarios

import "github.com/fakelibvirt/fakelibvirtd/fakeserver"

// The keys of this file are those of package fakeserver's own types: what they are
// called, mean and may be is said there.

// authKeys are how clients prove who they are, as in libvirtd.conf: beside auth_tcp
// and its like, what the daemon looks up in the settings of SASL and asks polkit.
// Until a client has, everything but the calls of authentication fails with
// "authentication required".
type authKeys struct {
	place
	fakeserver.Auth `yaml:",inline"`
}

// tlsKeys are whom the node lets in over TLS, and with what: the settings of
// libvirtd.conf, without the prefix tls_. Without any, a client needs a certificate of
// the node's CA.
type tlsKeys struct {
	place
	fakeserver.TLSSettings `yaml:",inline"`
}

// accessKeys are who may do what to which object: the access manager that a libvirtd
// has by access_drivers in libvirtd.conf. Without any, everybody may do everything.
type accessKeys struct {
	place
	fakeserver.Access `yaml:",inline"`
}

// unixKeys are the permissions of the unix sockets: the settings of libvirtd.conf,
// without the prefix unix_sock_.
type unixKeys struct {
	place
	fakeserver.UnixSockets `yaml:",inline"`
}

// sshKeys are the node's SSH server.
type sshKeys struct {
	place
	// Who may log in, and how. Default: every user, with the key that the node makes
	// for its clients.
	Auth fakeserver.SSHAuth `yaml:"auth"`
	// How the server presents itself.
	Server fakeserver.SSHServer `yaml:"server"`
	// What users find behind a login that have no account of their own.
	Account fakeserver.SSHAccount `yaml:"account"`
	// What single users find, by their names.
	Accounts map[string]fakeserver.SSHAccount `yaml:"accounts"`
}

// sessionKeys are a user's daemon.
type sessionKeys struct {
	place
	contentKeys `yaml:",inline"`
}

func (k *authKeys) options() []fakeserver.Option {
	return []fakeserver.Option{fakeserver.WithAuth(k.Auth)}
}

func (k *accessKeys) options() []fakeserver.Option {
	return []fakeserver.Option{fakeserver.WithAccess(k.Access)}
}

func (k *unixKeys) options() []fakeserver.Option {
	return []fakeserver.Option{fakeserver.WithUnixSockets(k.UnixSockets)}
}

func (k *tlsKeys) options() []fakeserver.Option {
	return []fakeserver.Option{fakeserver.WithTLS(k.TLSSettings)}
}

func (k *sshKeys) options() []fakeserver.Option {
	opts := []fakeserver.Option{
		fakeserver.WithSSHAuth(k.Auth), fakeserver.WithSSHServer(k.Server), fakeserver.WithSSHAccount(k.Account),
	}
	for user, account := range k.Accounts {
		opts = append(opts, fakeserver.WithSSHAccount(account, user))
	}
	return opts
}
