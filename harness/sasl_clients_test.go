package harness_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// saslPassword is a secret that is searched for in what is printed.
const saslPassword = canary + "-sasl"

// saslEverywhere has each socket ask for SASL.
func saslEverywhere(mechanisms ...string) fakeserver.Auth {
	return fakeserver.Auth{
		TCP: fakeserver.AuthSASL, TLS: fakeserver.AuthSASL, UnixRW: fakeserver.AuthSASL, UnixRO: fakeserver.AuthSASL,
		Users:      []fakeserver.AuthUser{{Name: "fred", Password: saslPassword}},
		Mechanisms: mechanisms,
	}
}

// needSASL skips the test without virsh, or without SASL's mechanisms for it.
func needSASL(t *testing.T) (virsh string) {
	t.Helper()
	testclients.NeedSASL(t, "scram", "libsasl2-modules")
	return testclients.Need(t, "virsh", "libvirt-clients")
}

// withCredentials adds an authfile with a user and password to an environment.
func withCredentials(t *testing.T, env []string, user, password string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "auth.conf")
	text := fmt.Sprintf("[credentials-x]\nauthname=%s\npassword=%s\n[auth-libvirt-default]\ncredentials=x\n", user, password)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return append(env, "LIBVIRT_AUTH_FILE="+file)
}

const saslFailed = "error: authentication failed: authentication failed"

// Each mechanism logs virsh in on every transport that allows it, and is refused with
// libvirt's text on the others.
func TestVirshLogsInBySASL(t *testing.T) {
	t.Parallel()
	virsh := needSASL(t)
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN", "ANONYMOUS", ""} {
		t.Run("mechanism "+mechanism, func(t *testing.T) {
			t.Parallel()
			auth := saslEverywhere(mechanism)
			if mechanism == "" {
				auth = saslEverywhere() // the client takes the strongest
			}
			host := harness.Start(t, fakeserver.WithAuth(auth))
			env := withCredentials(t, host.Env(), "fred", saslPassword)
			for _, transport := range transports() {
				out := client(t, env, virsh, "-c", host.URI(transport, "test:///default"), "hostname")
				if want := saslOutcome(transport, mechanism); !strings.Contains(out, want) {
					t.Errorf("%s: virsh prints %q, want %q", transport, out, want)
				}
			}
		})
	}
}

// So does Python, by its callback; here a mechanism is forced on it by the node alone.
func TestPythonLogsInBySASL(t *testing.T) {
	t.Parallel()
	python, script := pythonAuth(t)
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN", "ANONYMOUS", ""} {
		t.Run("mechanism "+mechanism, func(t *testing.T) {
			t.Parallel()
			auth := saslEverywhere(mechanism)
			if mechanism == "" {
				auth = saslEverywhere()
			}
			host := harness.Start(t, fakeserver.WithAuth(auth))
			names := []string{"one", "two"}
			hookNames(host, names)
			args := []string{script, saslPassword}
			for _, transport := range transports() {
				args = append(args, host.URI(transport, "test:///default"))
			}
			out := strings.Split(strings.TrimSpace(client(t, host.Env(), python, args...)), "\n")
			if len(out) != len(transports()) {
				t.Fatalf("python prints %q", out)
			}
			for i, transport := range transports() {
				want := strings.TrimPrefix(saslOutcome(transport, mechanism), "error: ")
				if want == "localhost" {
					want = pythonLine(names)
				} else if !strings.HasPrefix(out[i], "refused 45 ") {
					t.Errorf("%s: python prints %q, want error 45", transport, out[i])
				}
				if !strings.Contains(out[i], want) {
					t.Errorf("%s: python prints %q, want %q", transport, out[i], want)
				}
			}
		})
	}
}

// saslOutcome is what virsh prints if the node offers one mechanism, or all.
func saslOutcome(transport call.Transport, mechanism string) string {
	digest := mechanism == "DIGEST-MD5" || mechanism == ""
	switch {
	case transport == harness.TCP && !digest:
		return saslFailed // by INIT: there is nothing to offer
	case transport == harness.Ext && !digest:
		// To the client, a command is as open as tcp. To the daemon, it is a unix
		// socket, for which it offers no encryption.
		return "No worthy mechs found"
	case transport == harness.Ext:
		return "Can't find an acceptable layer"
	}
	return "localhost"
}

// Whom SASL keeps out reaches no handler but those of authentication.
func TestSASLKeepsOut(t *testing.T) {
	t.Parallel()
	virsh := needSASL(t)
	all := saslEverywhere()
	notAllowed := saslEverywhere()
	notAllowed.AllowedUsernames = []string{"bob", "fred@*"}
	for _, c := range []struct {
		name           string
		auth           fakeserver.Auth
		user, password string
		mechanism      string // that the client insists on
		want           string
	}{
		{"password", all, "fred", "wrong", "", saslFailed},
		{"password", all, "fred", "wrong", "SCRAM-SHA-1", saslFailed},
		{"password", all, "fred", "wrong", "PLAIN", saslFailed},
		{"password", all, "fred", "wrong", "DIGEST-MD5", saslFailed},
		{"user", all, "nobody", saslPassword, "", saslFailed},
		{"user", all, "nobody", saslPassword, "PLAIN", saslFailed},
		{"user", all, "nobody", saslPassword, "DIGEST-MD5", saslFailed},
		{"mechanism", all, "fred", saslPassword, "ANONYMOUS", "SASL mechanism ANONYMOUS not supported by server"},
		{"mechanism", all, "fred", saslPassword, "GSSAPI", "SASL mechanism GSSAPI not supported by server"},
		{"not allowed", notAllowed, "fred", saslPassword, "", saslFailed},
		{"not allowed", notAllowed, "fred", saslPassword, "PLAIN", saslFailed},
		{"not allowed", notAllowed, "fred", saslPassword, "DIGEST-MD5", saslFailed},
	} {
		t.Run(c.name+" "+c.mechanism, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, fakeserver.WithAuth(c.auth))
			env := withCredentials(t, host.Env(), c.user, c.password)
			for _, transport := range []call.Transport{harness.TCP, harness.TLS, harness.Unix, harness.SSH} {
				var params []fakeserver.Param
				want := c.want
				if c.mechanism != "" {
					params = append(params, harness.Param("auth", "sasl."+c.mechanism))
					if transport == harness.TCP && c.mechanism != "DIGEST-MD5" {
						want = "SASL mechanism " + c.mechanism + " not supported by server"
					}
				}
				out := client(t, env, virsh, "-c", host.URI(transport, "test:///default", params...), "hostname")
				if !strings.Contains(out, want) {
					t.Errorf("%s: virsh prints %q, want %q", transport, out, want)
				}
			}
			reachesOnlyAuth(t, host)
		})
	}
}

// reachesOnlyAuth fails the test if any call of clients was let past
// authentication.
func reachesOnlyAuth(t *testing.T, host *harness.Host) {
	t.Helper()
	n := 0
	for _, r := range host.Server.Journal().Records() {
		n++
		if r.Procedure.NeedsAuth {
			t.Errorf("%v has reached its handler", r)
		}
	}
	if n == 0 {
		t.Error("no call has come at all")
	}
}
