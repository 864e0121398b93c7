//go:build unix

package harness_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// TestRefusalsAsOfARealSSHD compares what virsh prints when it is not let in with what
// it prints at a real sshd. Right passwords cannot be tried there: they would be those
// of the machine.
func TestRefusalsAsOfARealSSHD(t *testing.T) {
	t.Parallel()
	needRealNode(t)
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	passwords := []string{"PermitRootLogin yes", "PasswordAuthentication yes", "PubkeyAuthentication no"}
	both := []string{"PermitRootLogin yes", "PasswordAuthentication yes", "AuthenticationMethods publickey,password"}
	for _, c := range []struct {
		name  string
		lines []string
		auth  harness.SSHAuth
		param string // sshauth of libssh and libssh2
	}{
		{"key", []string{"AuthorizedKeysFile none"}, harness.SSHAuth{Users: refusedKeys}, "privkey"},
		{"user", []string{"DenyUsers root"}, harness.SSHAuth{Users: map[string]harness.SSHUser{"root": {Refused: true}}}, "privkey"},
		{"not offered", passwords, harness.SSHAuth{Methods: []string{"password"}, Users: sshUsers()}, "privkey"},
		{"password", passwords, harness.SSHAuth{Methods: []string{"password"}, Users: sshUsers()}, "password"},
		{"password, 2 tries", append(passwords, "MaxAuthTries 2"), harness.SSHAuth{Methods: []string{"password"}, Users: sshUsers(), MaxTries: 2}, "password"},
		{"key and password", both, harness.SSHAuth{Methods: []string{"publickey,password"}, Users: sshUsers()}, "privkey,password"},
	} {
		for _, transport := range sshTransports {
			if transport == harness.LibSSH && c.param == "password" {
				continue // hangs with both
			}
			t.Run(c.name+"/"+string(transport), func(t *testing.T) {
				t.Parallel()
				row := sshRow{account: at(harness.SSHAccount{})}
				real := startRealNode(t, filepath.Join(t.TempDir(), "none"), &row, c.lines...)
				host := harness.Start(t, harness.WithTransports(harness.SSH), harness.WithSSHAuth(c.auth))
				way := sshWay{transport: transport, authFile: sshWrong}
				if transport == harness.SSH {
					way.askPass = []string{sshWrong}
				} else {
					way.params = sshauth(c.param)
				}
				got := sshVirsh(t, host, way)

				dir := filepath.Join(t.TempDir(), "real")
				if err := os.Mkdir(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				env := append(host.Env(), "LIBVIRT_AUTH_FILE="+authFile(t, dir, sshWrong))
				if transport == harness.SSH {
					env = append(env, "SSH_ASKPASS="+askPass(t, dir, way.askPass), "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:none")
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				uri := strings.Replace(real.uri(transport, row), "sshauth=privkey", "sshauth="+c.param, 1)
				want := tidy(t, runVirsh(t, ctx, env, "", virsh, "-c", uri, "list --all --name"), filepath.Join(real.dir), real.addr)
				// x/crypto/ssh begins it with a small letter.
				want = strings.ReplaceAll(want, "DIR/client/", "DIR/ssh/")
				want = strings.ReplaceAll(want, "Too many authentication failures", "too many authentication failures")
				if got != want {
					log, _ := os.ReadFile(filepath.Join(real.dir, "log"))
					t.Errorf("virsh prints with the fake node\n%s\nand with a real sshd\n%s\nwhose log is\n%s", got, want, log)
				}
				if login, err := host.Server.Journal().WaitLogin(ctx, func(*call.LoginRecord) bool { return true }); err != nil || login.Accepted {
					t.Errorf("the journal has %+v: %v", login, err)
				}
			})
		}
	}
}
