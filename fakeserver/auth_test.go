package fakeserver_test

import (
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// A setting that makes no sense fails the start, without a secret in the error.
func TestWithAuthRefuses(t *testing.T) {
	t.Parallel()
	const secret = "canary-c41e"
	user := fakeserver.AuthUser{Name: "fred", Password: secret}
	for _, c := range []struct {
		auth fakeserver.Auth
		want string
	}{
		{fakeserver.Auth{TCP: "SASL"}, `WithAuth: auth_tcp is "SASL": want none, sasl or polkit`},
		{fakeserver.Auth{UnixRO: "password"}, `WithAuth: auth_unix_ro is "password"`},
		{fakeserver.Auth{TLS: fakeserver.AuthPolkit}, "WithAuth: auth_tls is polkit, which works on unix sockets alone"},
		{fakeserver.Auth{Users: []fakeserver.AuthUser{user, user}}, `WithAuth: SASL user "fred" is there twice`},
		{fakeserver.Auth{Users: []fakeserver.AuthUser{{Name: "fred"}}}, `WithAuth: SASL user "fred": want a password or a verifier`},
		{fakeserver.Auth{Users: []fakeserver.AuthUser{{Name: "fred", Verifiers: []string{secret}}}}, `WithAuth: SASL user "fred": verifier 1: want SCRAM-SHA-256$`},
		{fakeserver.Auth{Mechanisms: []string{"PLAIN", "NTLM"}}, `WithAuth: no SASL mechanism "NTLM": there are [SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 PLAIN ANONYMOUS]`},
		{fakeserver.Auth{Polkit: fakeserver.Polkit{Others: "yes"}}, `WithAuth: polkit answers "yes": want allowed, denied or no_agent`},
		{fakeserver.Auth{Polkit: fakeserver.Polkit{UIDs: map[uint32]fakeserver.PolkitAnswer{3: "no"}}}, `WithAuth: polkit answers "no"`},
	} {
		s, err := fakeserver.Start(t.Context(), fakeserver.WithAuth(c.auth), fakeserver.WithTransports())
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%v: %v, want %s", c.auth, err, c.want)
		}
	}
}
