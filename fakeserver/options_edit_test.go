package fakeserver_test

import (
	"crypto/tls"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// What an edit changes is what the options before it have said.
func TestEditsFollowSettings(t *testing.T) {
	t.Parallel()
	err := fakeserver.Check(
		fakeserver.WithTLS(fakeserver.TLSSettings{MinVersion: tls.VersionTLS13}),
		fakeserver.EditTLS(func(s *fakeserver.TLSSettings) { s.MaxVersion = tls.VersionTLS12 }))
	if want := "the newest TLS is TLS 1.2 and the oldest TLS 1.3: want them in order"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	err = fakeserver.Check(
		fakeserver.WithAuth(fakeserver.Auth{TLS: fakeserver.AuthPolkit}),
		fakeserver.EditAuth(func(a *fakeserver.Auth) { a.TLS = fakeserver.AuthNone }),
		fakeserver.WithSSHAuth(fakeserver.SSHAuth{Methods: []string{"magic"}}),
		fakeserver.EditSSHAuth(func(a *fakeserver.SSHAuth) { a.Methods = []string{"password"} }))
	if err != nil {
		t.Error(err)
	}
}

// Check finds what is wrong with SSH without keys.
func TestCheckOfSSH(t *testing.T) {
	t.Parallel()
	for want, opt := range map[string]fakeserver.Option{
		`WithSSHAuth: sshd: there is no method "magic": want publickey, password, keyboard-interactive or none`: fakeserver.WithSSHAuth(fakeserver.SSHAuth{Methods: []string{"magic"}}),
		`WithSSHServer: no host key signs with rsa-sha2-256`:                                                    fakeserver.WithSSHServer(fakeserver.SSHServer{HostKeyAlgorithms: []string{"rsa-sha2-256"}}),
		`WithSSHServer: sshd: the version "OpenSSH" does not begin with SSH-2.0-`:                               fakeserver.WithSSHServer(fakeserver.SSHServer{Version: "OpenSSH"}),
	} {
		if err := fakeserver.Check(opt); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
