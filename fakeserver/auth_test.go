package fakeserver_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// A setting that makes no sense fails the start, without a secret in the error.
func TestWithAuthRefuses(t *testing.T) {
	t.Parallel()
	const secret = "canary-c41e"
	user := fakeserver.AuthUser{Name: "fred", Password: secret}
	realm, err := krb5.New(krb5.Config{})
	if err != nil {
		t.Fatal(err)
	}
	keytab := filepath.Join(t.TempDir(), "keytab")
	if err := realm.Keytab().WriteFile(keytab); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		auth fakeserver.Auth
		want string
	}{
		{fakeserver.Auth{TCP: "SASL"}, `WithAuth: auth_tcp is "SASL": want none or sasl`},
		{fakeserver.Auth{UnixRO: "password"}, `WithAuth: auth_unix_ro is "password"`},
		{fakeserver.Auth{TLS: fakeserver.AuthPolkit}, "WithAuth: auth_tls is polkit, which works on unix sockets alone: want none or sasl"},
		{fakeserver.Auth{Users: []fakeserver.AuthUser{user, user}}, `WithAuth: SASL user "fred" is there twice`},
		{fakeserver.Auth{Users: []fakeserver.AuthUser{{Name: "fred"}}}, `WithAuth: SASL user "fred": want a password or a verifier`},
		{fakeserver.Auth{Users: []fakeserver.AuthUser{{Name: "fred", Verifiers: []string{secret}}}}, `WithAuth: SASL user "fred": verifier 1: want SCRAM-SHA-256$`},
		{fakeserver.Auth{Mechanisms: []string{"PLAIN", "NTLM"}}, `WithAuth: no SASL mechanism "NTLM": there are [GSSAPI SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 PLAIN ANONYMOUS]`},
		{fakeserver.Auth{Mechanisms: []string{"gssapi"}}, "WithAuth: SASL mechanism GSSAPI: there are no settings of Kerberos"},
		{fakeserver.Auth{Kerberos: fakeserver.Kerberos{Hosts: []string{"node1"}}}, "WithAuth: Kerberos has hosts and nothing else: want a realm"},
		{fakeserver.Auth{Kerberos: fakeserver.Kerberos{Realm: "A@B"}}, `WithAuth: Kerberos: realm "A@B": want a name such as EXAMPLE.TEST`},
		{fakeserver.Auth{Kerberos: fakeserver.Kerberos{Realm: "A", Hosts: []string{"a/b"}}}, `WithAuth: Kerberos: host "a/b": want a host name or an address`},
		{fakeserver.Auth{Kerberos: fakeserver.Kerberos{Keytab: "/nonexistent/keytab"}}, "WithAuth: Kerberos: keytab: open /nonexistent/keytab: "},
		{fakeserver.Auth{Kerberos: fakeserver.Kerberos{Keytab: keytab, Hosts: []string{"elsewhere"}}}, `WithAuth: Kerberos: the keytab has no key of a service libvirt/HOST with one of the hosts ["elsewhere"]: it has ["localhost" "127.0.0.1"]`},
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
