//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/internal/canaries"
)

// secretScenario is a node with secrets of SASL and SSH.
const secretScenario = `name: vault
hostname: vault
auth:
  unix_rw: sasl
  tcp: sasl
  users:
    - {name: fred, password: '%s'}
ssh:
  auth:
    methods: [password, keyboard-interactive]
    users:
      root: {password: '%s', prompts: [{text: "Code: ", answer: '%s'}]}
`

// What the program prints has no secret in any form, whether clients come in or not,
// and whether the scenario with the secrets is right or not.
func TestNoSecretIsPrinted(t *testing.T) {
	t.Parallel()
	if found, err := condition("sasl"); err != nil {
		t.Fatal(err)
	} else if !found {
		t.Skip("no virsh, or no SASL mechanisms for it")
	}
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			var set canaries.Set
			right, wrong := set.New("the right password"), set.New("a wrong password")
			ssh, answer, flag := set.New("an SSH password"), set.New("an answer"), set.New("a flag's password")
			dir := t.TempDir()
			scenario := writeFile(t, dir, "vault.yaml", fmt.Sprintf(secretScenario, right, ssh, answer))
			ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "fakelibvirtd", "--scenario", scenario, "--log-format", format, "-v", "--env", "-", "--sasl-user", "guest:"+flag)
			cmd.Env = append(os.Environ(), "TMPDIR="+dir)
			var log bytes.Buffer
			cmd.Stderr = &log
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { // unless it has been waited for
				if cmd.ProcessState == nil {
					_ = cmd.Process.Kill()
					_ = cmd.Wait()
				}
			})
			uris, printed := awaitURIs(t, stdout)
			for _, try := range []struct{ transport, user, password, want string }{
				{"UNIX", "fred", right, "vault"}, {"TCP", "fred", right, "vault"}, {"UNIX", "guest", flag, "vault"},
				{"UNIX", "fred", wrong, "authentication failed"}, {"TCP", "nobody", wrong, "authentication failed"},
				// The SSH server lets the first in, and the daemon behind it does not.
				{"LIBSSH2", "root", ssh, "authentication failed: authentication failed"}, {"LIBSSH2", "root", wrong, "authentication failed"},
			} {
				out := virshAs(ctx, t, dir, uris[try.transport], try.user, try.password)
				if !strings.Contains(out, try.want) {
					t.Errorf("%s as %s: virsh prints %q, want %q", try.transport, try.user, out, try.want)
				}
			}
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(stdout)
			if err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			outputs := map[string]string{"standard output": printed + string(rest), "the log": log.String()}
			for name, text := range map[string]string{
				"unknown key": strings.Replace(fmt.Sprintf(secretScenario, right, ssh, answer), "fred,", "fred, colour: red,", 1),
				"no end":      strings.Replace(fmt.Sprintf(secretScenario, right, ssh, answer), "'}", "'", 1),
				"a list":      strings.Replace(fmt.Sprintf(secretScenario, right, ssh, answer), "'"+right+"'", "['"+right+"']", 1),
				"nobody":      strings.Replace(fmt.Sprintf(secretScenario, right, ssh, answer), "fred", "", 1),
			} {
				broken := writeFile(t, dir, "broken.yaml", text)
				for _, args := range [][]string{{"scenario", "validate", broken}, {"serve", "--scenario", broken}} {
					out, err := exec.CommandContext(ctx, "fakelibvirtd", args...).CombinedOutput()
					if err == nil {
						t.Errorf("%s: this is no mistake", name)
					}
					outputs[strings.Join(args[:2], " ")+", "+name] = string(out)
				}
			}
			for where, text := range outputs {
				for _, leak := range set.In(text) {
					t.Errorf("%s shows %s", where, leak)
				}
			}
			if !strings.Contains(log.String(), "logged in") || !strings.Contains(log.String(), "login failed") || !strings.Contains(log.String(), "AuthSaslStart") {
				t.Errorf("the log has not what it should be searched for:\n%s", log.String())
			}
			if planted := log.String() + url.QueryEscape(right); len(set.In(planted)) == 0 {
				t.Error("the search does not find what is planted")
			}
		})
	}
}

func writeFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// awaitURIs reads what serve prints until the URIs are there.
func awaitURIs(t *testing.T, stdout io.Reader) (uris map[string]string, printed string) {
	t.Helper()
	uris = make(map[string]string)
	// Byte by byte, so that nothing is lost that comes behind.
	r := bufio.NewReaderSize(onlyOne{stdout}, 16)
	for len(uris) < 3 {
		line, err := r.ReadString('\n')
		printed += line
		if err != nil {
			t.Fatalf("serve prints %q: %v", printed, err)
		}
		for _, transport := range []string{"TCP", "UNIX", "LIBSSH2"} {
			if value, ok := strings.CutPrefix(strings.TrimPrefix(strings.TrimSpace(line), "export "), "FAKELIBVIRTD_"+transport+"_URI="); ok {
				uris[transport] = strings.Trim(value, "'")
			}
		}
	}
	return uris, printed
}

// onlyOne reads a byte at a time.
type onlyOne struct{ io.Reader }

func (o onlyOne) Read(p []byte) (int, error) { return o.Reader.Read(p[:min(1, len(p))]) }

// virshAs runs virsh with a password for SASL and for SSH, without a terminal.
func virshAs(ctx context.Context, t *testing.T, dir, uri, user, password string) string {
	t.Helper()
	auth := writeFile(t, dir, "auth.conf", fmt.Sprintf("[credentials-x]\nauthname=%s\nusername=%s\npassword=%s\n[auth-libvirt-default]\ncredentials=x\n[auth-ssh-default]\ncredentials=x\n", user, user, password))
	cmd := exec.CommandContext(ctx, "virsh", "-c", strings.Replace(uri, "sshauth=privkey", "sshauth=password", 1), "hostname")
	cmd.Env = append(os.Environ(), "LIBVIRT_AUTH_FILE="+auth, "HOME="+dir, "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, _ := cmd.CombinedOutput()
	return string(out)
}
