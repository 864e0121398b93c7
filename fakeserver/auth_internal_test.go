package fakeserver

import (
	"log/slog"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
)

// Each socket has its own rule; SSH has that of the socket it leads to.
func TestAuthRule(t *testing.T) {
	t.Parallel()
	c := newConfig([]Option{WithAuth(Auth{TCP: AuthSASL, TLS: AuthNone, UnixRW: AuthPolkit, UnixRO: AuthSASL})})
	for _, tc := range []struct {
		peer call.Peer
		want libvirt.AuthType
	}{
		{call.Peer{Transport: call.TCP}, remote.AuthSASL},
		{call.Peer{Transport: call.TLS}, remote.AuthNone},
		{call.Peer{Transport: call.Unix}, remote.AuthPolkit},
		{call.Peer{Transport: call.Unix, ReadOnly: true}, remote.AuthSASL},
		{call.Peer{Transport: call.SSH}, remote.AuthPolkit},
		{call.Peer{Transport: call.SSH, ReadOnly: true}, remote.AuthSASL},
		{call.Peer{Transport: call.Memory}, remote.AuthNone},
	} {
		if got := c.authRule(&tc.peer); got != tc.want {
			t.Errorf("%+v: %d, want %d", tc.peer, got, tc.want)
		}
	}
}

// Polkit knows unix users by their number and SSH users by their account's, and is
// not asked about root unless it says.
func TestAskPolkit(t *testing.T) {
	t.Parallel()
	unix := func(uid uint32) call.Peer {
		return call.Peer{Transport: call.Unix, Process: &call.Process{UID: uid}}
	}
	ssh := func(user string) call.Peer {
		return call.Peer{Transport: call.SSH, SSH: &call.SSHPeer{User: user}}
	}
	c := newConfig([]Option{
		WithSSHAccount(SSHAccount{UID: 1001}, "eve"),
		WithAuth(Auth{UnixRW: AuthPolkit, Polkit: Polkit{
			UIDs:   map[uint32]PolkitAnswer{1001: PolkitNoAgent, sessionUID: PolkitAllowed},
			Others: PolkitDenied,
		}}),
	})
	ask := func(peer call.Peer, want remote.Polkit) {
		t.Helper()
		if got := c.askPolkit(&peer); got != want {
			t.Errorf("%s: %d, want %d", peer.String(), got, want)
		}
	}
	ask(unix(0), remote.PolkitRoot)
	ask(unix(1001), remote.PolkitNoAgent)
	ask(unix(sessionUID), remote.PolkitAllowed)
	ask(unix(7), remote.PolkitDenied)
	ask(call.Peer{Transport: call.Unix}, remote.PolkitDenied) // a system that does not tell
	ask(ssh("root"), remote.PolkitRoot)
	ask(ssh("eve"), remote.PolkitNoAgent)
	ask(ssh("fred"), remote.PolkitAllowed)
	c.auth.Polkit.UIDs[0] = PolkitDenied
	ask(unix(0), remote.PolkitDenied)
	ask(ssh("root"), remote.PolkitDenied)
}

func TestAuthAdvice(t *testing.T) {
	fred := []AuthUser{{Name: "fred", Password: "x"}}
	for _, c := range []struct {
		name string
		auth Auth
		want string
	}{
		{"nothing", Auth{}, ""},
		{"users and a socket", Auth{TLS: AuthSASL, Users: fred}, ""},
		{"a realm and a socket", Auth{UnixRO: AuthSASL, Kerberos: Kerberos{Realm: "A.TEST"}}, ""},
		{"anybody", Auth{TLS: AuthSASL, Mechanisms: []string{"anonymous"}}, ""},
		{"users alone", Auth{UnixRW: AuthPolkit, Users: fred}, "nobody has to log in"},
		{"a socket alone", Auth{TCP: AuthSASL}, "nobody can log in"},
	} {
		var log strings.Builder
		c.auth.advise(slog.New(slog.NewTextHandler(&log, nil)))
		if got := log.String(); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
