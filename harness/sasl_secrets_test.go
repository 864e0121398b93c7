package harness_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// The password of SASL is in no log, failing test or printed setting, whether it was
// right or not; who came in is, and why others did not.
func TestSASLShowsNoSecrets(t *testing.T) {
	t.Parallel()
	virsh := needSASL(t)
	log := &buffer{}
	auth := saslEverywhere()
	auth.Users = append(auth.Users, fakeserver.AuthUser{Name: "bob", Password: canary})
	var env []string
	var uris []string
	got := within(t, func(tb testing.TB) {
		host := harness.Start(tb, fakeserver.WithAuth(auth), harness.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		env = host.Env()
		for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN"} {
			uris = append(uris, host.URI(harness.Unix, "test:///default", harness.Param("auth", "sasl."+mechanism)))
		}
		uris = append(uris, host.URI(harness.TCP, "test:///default"))
		for _, uri := range uris {
			if out := client(t, withCredentials(t, env, "fred", saslPassword), virsh, "-c", uri, "hostname"); !strings.Contains(out, "localhost") {
				tb.Errorf("virsh -c %s: %s", uri, out)
			}
			// The other user's password, and a name as if it were one.
			for _, user := range []string{"fred", "nobody"} {
				if out := client(t, withCredentials(t, env, user, canary), virsh, "-c", uri, "hostname"); !strings.Contains(out, saslFailed) {
					tb.Errorf("virsh -c %s as %s: %s", uri, user, out)
				}
			}
		}
		tb.Errorf("%s", "show the last calls")
	})
	printed := fmt.Sprintf("%v %+v %#v", auth, auth, auth)
	for where, text := range map[string]string{"the log": log.String(), "the failing test": got, "the setting as printed": printed} {
		if leaks(text) {
			t.Errorf("%s shows a password:\n%s", where, text)
		}
	}
	for _, want := range []string{`msg="logged in"`, "user=fred by=SCRAM-SHA-256", "user=fred by=DIGEST-MD5", `msg="login failed"`, `no user \"nobody\"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
	if strings.Contains(got, "virsh -c") {
		t.Errorf("logins went wrong:\n%s", got)
	}
}
