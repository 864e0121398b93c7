package harness_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// needKerberos skips the test without virsh, or without SASL's module for Kerberos.
func needKerberos(t *testing.T) (virsh string) {
	t.Helper()
	testclients.NeedSASL(t, "gssapiv2", "libsasl2-modules-gssapi-mit")
	return needSASL(t)
}

// kerberosEverywhere has each socket ask for SASL, with Kerberos and all else.
func kerberosEverywhere() fakeserver.Auth {
	auth := saslEverywhere()
	auth.Kerberos = fakeserver.Kerberos{Realm: "NODE.TEST"}
	return auth
}

// Whoever has a ticket comes in by it on every transport that allows for it, although
// there is a password to log in with; SSF 256 is what libvirtd says of the layer.
func TestVirshLogsInByKerberos(t *testing.T) {
	t.Parallel()
	virsh := needKerberos(t)
	host := harness.Start(t, fakeserver.WithAuth(kerberosEverywhere()))
	env := withCredentials(t, host.KerberosEnv(t, "fred"), "fred", saslPassword)
	var want []string
	for _, transport := range transports() {
		hostname, ssf := "localhost", 0
		switch transport {
		case harness.TCP:
			ssf = 256
		case harness.Ext:
			// To the client, a command is as open as tcp. To the daemon, it is a unix
			// socket, for which it offers no encryption.
			hostname = "mechanism too weak for this user"
		}
		out := client(t, env, virsh, "-c", host.URI(transport, "test:///default"), "hostname")
		if !strings.Contains(out, hostname) {
			t.Errorf("%s: virsh prints %q, want %q", transport, out, hostname)
		}
		want = append(want, fmt.Sprintf("%s GSSAPI %v %d", "fred", transport != harness.Ext, ssf))
	}
	var got []string
	for _, l := range host.Server.Journal().Logins() {
		if l.Kind == call.SASLLogin {
			got = append(got, fmt.Sprintf("%s %s %v %d", l.User, l.Method, l.Accepted, l.SSF))
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the journal has the logins %q, want %q", got, want)
	}
}

// Each type of encryption serves for the ticket, and with a realm of their own so do
// users of elsewhere.
func TestVirshLogsInByKerberosKeysAndNames(t *testing.T) {
	t.Parallel()
	virsh := needKerberos(t)
	for _, e := range krb5.ETypes() {
		t.Run(e.String(), func(t *testing.T) {
			t.Parallel()
			realm, err := krb5.New(krb5.Config{Name: "KEYS.TEST", ETypes: []krb5.EType{e}, Version: 300})
			if err != nil {
				t.Fatal(err)
			}
			keytab := filepath.Join(t.TempDir(), "krb5.keytab")
			if err := realm.Keytab().WriteFile(keytab); err != nil {
				t.Fatal(err)
			}
			auth := kerberosEverywhere()
			auth.Kerberos = fakeserver.Kerberos{Keytab: keytab}
			auth.AllowedUsernames = []string{"fred", "bob/admin@ELSEWHERE.TEST"}
			host := harness.Start(t, harness.WithTransports(harness.TCP, harness.TLS, harness.Unix), fakeserver.WithAuth(auth))
			for name, want := range map[string]string{
				"fred": "localhost", "bob/admin@ELSEWHERE.TEST": "localhost",
				"bob/admin": saslFailed, "fred@ELSEWHERE.TEST": saslFailed, "eve": saslFailed,
			} {
				for _, transport := range []call.Transport{harness.TCP, harness.TLS, harness.Unix} {
					out := client(t, host.KerberosEnv(t, name), virsh, "-c", host.URI(transport, "test:///default"), "hostname")
					if !strings.Contains(out, want) {
						t.Errorf("%s, %s: virsh prints %q, want %q", name, transport, out, want)
					}
				}
			}
		})
	}
}

// Whom Kerberos keeps out is told what libvirt tells, and reaches no handler but those
// of authentication.
func TestKerberosKeepsOut(t *testing.T) {
	t.Parallel()
	virsh := needKerberos(t)
	type row struct {
		name    string
		auth    fakeserver.Auth
		request krb5.Request
		skew    time.Duration // of the node's clock
		want    string
		// reason is a part of what the log says; "" if the client does not ask.
		reason string
	}
	reasons := map[krb5.Flaw]string{
		krb5.ExpiredUnseen: "has expired", krb5.NotYetValidUnseen: "not valid yet",
		krb5.ForeignKey: "not sealed with a key of this server", krb5.WrongService: "for host/", krb5.WrongHost: "for libvirt/elsewhere.invalid@NODE.TEST",
		krb5.WrongVersion: "key version 2", krb5.OtherRealm: "@OTHER.NODE.TEST", krb5.ForeignSessionKey: "session key", krb5.OtherClient: "not that of who presents it",
	}
	var rows []row
	for _, f := range krb5.Flaws() {
		rows = append(rows, row{name: string(f.Flaw), auth: kerberosEverywhere(), request: krb5.Request{Flaw: f.Flaw}, want: f.Virsh, reason: reasons[f.Flaw]})
	}
	notAllowed := kerberosEverywhere()
	notAllowed.AllowedUsernames = []string{"bob", "fred@*"}
	oneHost := kerberosEverywhere()
	oneHost.Kerberos.Hosts = []string{"node1"}
	rows = append(rows,
		row{"not allowed", notAllowed, krb5.Request{}, 0, saslFailed, `user "fred" is not among those allowed`},
		row{"clock behind", kerberosEverywhere(), krb5.Request{}, -6 * time.Minute, saslFailed, "the clocks are apart"},
		row{"clock ahead", kerberosEverywhere(), krb5.Request{}, 6 * time.Minute, saslFailed, "the clocks are apart"},
		// The client asks for a host of which it has no ticket.
		row{"no ticket for the host", oneHost, krb5.Request{}, 0, "Matching credential not found", ""},
	)
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			options := []fakeserver.Option{fakeserver.WithAuth(c.auth), harness.WithTransports(harness.TCP, harness.TLS, harness.Unix)}
			if c.skew != 0 {
				options = append(options, fakeserver.WithClock(clock.NewManual(time.Now().Add(c.skew))))
			}
			host := harness.Start(t, options...)
			c.request.Client = "fred"
			env := withCredentials(t, host.KerberosEnvFor(t, c.request), "fred", saslPassword)
			for _, transport := range []call.Transport{harness.TCP, harness.TLS, harness.Unix} {
				out := client(t, env, virsh, "-c", host.URI(transport, "test:///default"), "hostname")
				if !strings.Contains(out, c.want) {
					t.Errorf("%s: virsh prints %q, want %q", transport, out, c.want)
				}
			}
			reachesOnlyAuth(t, host)
			refusals := 0
			for _, l := range host.Server.Journal().Logins() {
				if l.Accepted {
					t.Errorf("%s", l.String())
				}
				if c.reason != "" && strings.Contains(l.Reason, c.reason) {
					refusals++
				}
			}
			if c.reason != "" && refusals != 3 {
				t.Errorf("of the logins %v, %d tell %q, want 3", host.Server.Journal().Logins(), refusals, c.reason)
			}
		})
	}
}

// A node takes the tickets of its own hosts alone, though its keytab has the keys of
// others.
func TestKerberosHosts(t *testing.T) {
	t.Parallel()
	virsh := needKerberos(t)
	realm, err := krb5.New(krb5.Config{Hosts: []string{"localhost", "127.0.0.1", "node1", "node2"}})
	if err != nil {
		t.Fatal(err)
	}
	keytab := filepath.Join(t.TempDir(), "krb5.keytab")
	if err := realm.Keytab().WriteFile(keytab); err != nil {
		t.Fatal(err)
	}
	auth := kerberosEverywhere()
	auth.Kerberos = fakeserver.Kerberos{Keytab: keytab, Hosts: []string{"node1"}}
	host := harness.Start(t, harness.WithTransports(harness.TCP), fakeserver.WithAuth(auth))
	for service, want := range map[string]string{"libvirt/node1": "localhost", "libvirt/node2": saslFailed, "libvirt/127.0.0.1": saslFailed} {
		env := host.KerberosEnvFor(t, krb5.Request{Client: "fred", Service: service})
		if out := client(t, env, virsh, "-c", host.URI(harness.TCP, "test:///default"), "hostname"); !strings.Contains(out, want) {
			t.Errorf("%s: virsh prints %q, want %q", service, out, want)
		}
	}
}

// Env has no ticket, whatever the user of the machine has.
func TestEnvHasNoTicket(t *testing.T) {
	t.Parallel()
	virsh := needKerberos(t)
	host := harness.Start(t, harness.WithTransports(harness.Unix), fakeserver.WithAuth(kerberosEverywhere()))
	out := client(t, host.Env(), virsh, "-c", host.URI(harness.Unix, "test:///default"), "hostname")
	if want := "No Kerberos credentials available (default cache: FILE:"; !strings.Contains(out, want) {
		t.Errorf("virsh prints %q, want %q", out, want)
	}
}
