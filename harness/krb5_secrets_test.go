package harness_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/canaries"
)

// Keys and tickets are in no log, journal, failing test or printed setting, whether they
// were right or not.
func TestKerberosShowsNoSecrets(t *testing.T) {
	t.Parallel()
	virsh := needKerberos(t)
	log := &buffer{}
	var secrets canaries.Set
	var journal string
	auth := kerberosEverywhere()
	got := within(t, func(tb testing.TB) {
		host := harness.Start(tb, harness.WithTransports(harness.TCP, harness.Unix), fakeserver.WithAuth(auth),
			harness.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		for _, k := range host.Server.Kerberos().Keytab().Keys() {
			secrets.Add("a service's key", string(k.Secret()))
		}
		for _, flaw := range []krb5.Flaw{"", krb5.ForeignKey, krb5.ExpiredUnseen} {
			env := host.KerberosEnvFor(t, krb5.Request{Client: "fred", Flaw: flaw})
			for _, uri := range []string{host.URI(harness.TCP, "test:///default"), host.URI(harness.Unix, "test:///default")} {
				client(t, env, virsh, "-c", uri, "hostname")
			}
		}
		journal = fmt.Sprintf("%v %+v %+v", host.Server.Journal().Records(), host.Server.Journal().Logins(), host.Server.Kerberos())
		tb.Errorf("%s", "show the last calls")
	})
	for where, text := range map[string]string{
		"the log": log.String(), "the journal": journal, "the failing test": got, "the setting as printed": fmt.Sprintf("%v %+v %#v", auth, auth, auth),
	} {
		if leaks := secrets.In(text); len(leaks) > 0 {
			t.Errorf("%s shows %q", where, leaks)
		}
		// A ticket begins with the OID of Kerberos, as bytes of a message.
		for _, oid := range []string{"42 -122 72 -122 -9 18 1 2 2", "2a864886f712010202", "KoZIhvcSAQIC"} {
			if strings.Contains(text, oid) {
				t.Errorf("%s shows a ticket: %q", where, text)
			}
		}
	}
	for _, want := range []string{"user=fred by=GSSAPI ssf=256", "user=fred by=GSSAPI ssf=0", "is not sealed with a key of this server", "has expired"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
}
