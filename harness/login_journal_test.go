package harness_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// The journal has each attempt of SASL and polkit, before its answer is out: by whom,
// how, and why not.
func TestJournalOfLogins(t *testing.T) {
	t.Parallel()
	sasl := saslEverywhere("SCRAM-SHA-256", "DIGEST-MD5", "PLAIN", "ANONYMOUS")
	sasl.AllowedUsernames = []string{"fr*"}
	sasl.Users = append(sasl.Users, fakeserver.AuthUser{Name: "bob", Password: saslPassword})
	me := uint32(os.Geteuid())
	polkit := func(answer fakeserver.PolkitAnswer) fakeserver.Auth {
		return fakeserver.Auth{UnixRW: fakeserver.AuthPolkit, Polkit: fakeserver.Polkit{UIDs: map[uint32]fakeserver.PolkitAnswer{me: answer}}}
	}
	type asks = []saslAsk
	for _, c := range []struct {
		name      string
		auth      fakeserver.Auth
		transport call.Transport
		asks      asks
		want      string // USER by METHOD, and why not
	}{
		{"plain", sasl, harness.Unix, asks{askInit, askPlain("fred", saslPassword)}, "fred by sasl PLAIN"},
		{"plain, wrong", sasl, harness.Unix, asks{askInit, askPlain("fred", "x")}, `fred refused by sasl PLAIN: PLAIN: user "fred"`},
		{"plain, password in the name", sasl, harness.Unix, asks{askInit, askPlain("fred:secret", "x")}, "fred:*** refused by sasl PLAIN: "},
		{"not allowed", sasl, harness.Unix, asks{askInit, askPlain("bob", saslPassword)}, `bob refused by sasl PLAIN: user "bob" is not among those allowed`},
		{"scram", sasl, harness.Unix, asks{askInit, startScram("SCRAM-SHA-256", "fred", "", saslPassword), goOnScram(nil)}, "fred by sasl SCRAM-SHA-256"},
		{"scram, wrong", sasl, harness.Unix, asks{askInit, startScram("SCRAM-SHA-256", "fred", "", "x"), goOnScram(nil)}, `fred refused by sasl SCRAM-SHA-256: SCRAM: user "fred": invalid-proof`},
		{"scram, nobody", sasl, harness.Unix, asks{askInit, startScram("SCRAM-SHA-256", "eve", "", "x")}, `eve refused by sasl SCRAM-SHA-256: SCRAM: no user "eve" for SCRAM-SHA-256`},
		{"scram, no sense", sasl, harness.Unix, asks{askInit, askStart("SCRAM-SHA-256", "\x00fred\x00x")}, "nobody yet refused by sasl SCRAM-SHA-256: SCRAM: a message with a zero byte"},
		{"digest", sasl, harness.TCP, asks{askInit, askStart("DIGEST-MD5", none), askDigest(nil)}, "fred by sasl DIGEST-MD5"},
		{"digest, wrong", sasl, harness.TCP, asks{askInit, askStart("DIGEST-MD5", none), askDigest(func(d *digest) { d.password = "x" })}, `fred refused by sasl DIGEST-MD5: DIGEST-MD5: user "fred"`},
		{"mechanism", sasl, harness.TCP, asks{askInit, askStart("NOPE", none)}, "nobody yet refused by sasl: mechanism is not offered"},
		{"too weak", sasl, harness.TCP, asks{askInit, askPlain("fred", saslPassword)}, "nobody yet refused by sasl: mechanism PLAIN is too weak here"},
		{"out of order", sasl, harness.TCP, asks{askPlain("fred", saslPassword)}, "nobody yet refused by sasl: a step of SASL that is not due"},
		{"left after the offer", sasl, harness.TCP, asks{askInit}, "nobody yet refused by sasl: the client left in the middle"},
		{"left after the challenge", sasl, harness.Unix, asks{askInit, startScram("SCRAM-SHA-256", "fred", "", "x")}, "fred refused by sasl SCRAM-SHA-256: the client left in the middle"},
		{"polkit, denied", polkit(fakeserver.PolkitDenied), harness.Unix, asks{askPolkit}, fmt.Sprintf("%d refused by polkit org.libvirt.unix.manage: authentication failed: access denied by policy", me)},
		{"polkit, no agent", polkit(fakeserver.PolkitNoAgent), harness.Unix, asks{askPolkit}, fmt.Sprintf("%d refused by polkit org.libvirt.unix.manage: authentication unavailable: no polkit agent available", me)},
		{"polkit, allowed", polkit(fakeserver.PolkitAllowed), harness.Unix, asks{askList, askPolkit}, fmt.Sprintf("%d by polkit org.libvirt.unix.manage", me)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(c.transport), harness.WithHostname("node"), fakeserver.WithAuth(c.auth))
			client := dialRaw(t, host, c.transport)
			for _, ask := range c.asks {
				ask(client)
			}
			if strings.HasPrefix(c.name, "left") {
				client.nc.Close()
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			l, err := host.Server.Journal().WaitLogin(ctx, func(*call.LoginRecord) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			_, got, _ := strings.Cut(l.String(), "): ")
			if !strings.HasPrefix(got, c.want) || l.Accepted != !strings.Contains(c.want, "refused") {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if l.Seq != 1 || l.Connection != 1 || l.Transport != c.transport || l.Local == "" || l.Time.IsZero() || len(host.Server.Journal().Logins()) != 1 {
				t.Errorf("the record is %#v, one of %v", l, host.Server.Journal().Logins())
			}
		})
	}
}
