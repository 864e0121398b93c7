//go:build unix

package harness_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// sshWay is how a client is run against a node.
type sshWay struct {
	transport call.Transport
	params    []fakeserver.Param
	// askPass are what SSH_ASKPASS gives, one for each time it is asked; the last is
	// repeated.
	askPass []string
	// authFile is the password in libvirt's authfile.
	authFile string
	// stdin is typed at virsh, which has no terminal.
	stdin string
	// agent has the key of the node in an ssh-agent.
	agent bool
	// form is what known_hosts is, and authority the key in it if it has one.
	form      certs.KnownHostsForm
	authority ssh.PublicKey
	// logLevel is the stock client's.
	logLevel string
	// hangs is set where libvirt's library does not get over the end of the connection,
	// neither the fake node's nor that of a real sshd: virsh is ended once it has been
	// refused.
	hangs bool
}

// sshVirsh runs virsh that way, without a terminal, and returns what it prints.
func sshVirsh(t *testing.T, host *harness.Host, w sshWay) string {
	t.Helper()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	dir := t.TempDir()
	files, err := host.Server.WriteSSHClient(filepath.Join(dir, "ssh"), certs.SSHClient{Form: w.form, Agent: w.agent, Authority: w.authority, LogLevel: w.logLevel})
	if err != nil {
		t.Fatal(err)
	}
	params := []fakeserver.Param{harness.Param("known_hosts", files.KnownHosts)}
	if w.transport == harness.SSH {
		params = []fakeserver.Param{harness.Param("command", files.Command)}
	}
	env := host.Env()
	if w.agent {
		env = append(env, "SSH_AUTH_SOCK="+startAgent(t, env, files.Key))
		params = append(params, harness.Param("keyfile", ""))
	} else {
		params = append(params, harness.Param("keyfile", files.Key))
	}
	if w.askPass != nil {
		env = append(env, "SSH_ASKPASS="+askPass(t, dir, w.askPass), "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:none")
	}
	if w.authFile != "" {
		env = append(env, "LIBVIRT_AUTH_FILE="+authFile(t, dir, w.authFile))
	}
	uri := host.URI(w.transport, "test:///default", append(params, w.params...)...)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if w.hangs {
		go func() {
			defer cancel()
			_, _ = host.Server.Journal().WaitLogin(ctx, func(l *call.LoginRecord) bool { return !l.Accepted })
		}()
	}
	out := runVirsh(t, ctx, env, w.stdin, virsh, "-c", uri, "list --all --name")
	return tidy(t, out, dir, host.Server.Addr(harness.SSH))
}

// runVirsh runs virsh without a terminal, and returns what it prints.
func runVirsh(t *testing.T, ctx context.Context, env []string, stdin, virsh string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(ctx, virsh, args...)
	cmd.Env = env
	cmd.Stdin = strings.NewReader(stdin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // so that nobody asks at /dev/tty
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if _, exited := errors.AsType[*exec.ExitError](err); !exited {
			t.Fatal(err)
		}
	}
	return out.String()
}

// tidy takes out of virsh's words what differs from run to run.
func tidy(t *testing.T, out, dir, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(dir, "DIR", port, "PORT").Replace(out)
	text = hashes.ReplaceAllString(text, "HASH")
	text = strings.Replace(text, "error: failed to connect to the hypervisor\nerror: ", "", 1)
	return strings.TrimSpace(broken.ReplaceAllString(strings.ReplaceAll(text, "\r\n", "\n"), "$1"))
}

// hashes are keys and their fingerprints.
var hashes = regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}|\b[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,31}\b|AAAA[A-Za-z0-9+/]{40,}=*`)

// askPass writes a program that gives an answer at each call.
func askPass(t *testing.T, dir string, answers []string) string {
	t.Helper()
	path := filepath.Join(dir, "askpass")
	script := "#!/bin/sh\necho \"$1\" >>" + path + ".prompts\nn=$(wc -l <" + path + ".prompts)\ncase $n in\n"
	for i, answer := range answers {
		label := string(rune('1' + i))
		if i == len(answers)-1 {
			label = "*"
		}
		script += label + ") echo '" + answer + "';;\n"
	}
	if err := os.WriteFile(path, []byte(script+"esac\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// authFile writes a file of passwords for libvirt's library.
func authFile(t *testing.T, dir, password string) string {
	t.Helper()
	path := filepath.Join(dir, "auth.conf")
	text := "[credentials-node]\nusername=root\npassword=" + password + "\n[auth-ssh-default]\ncredentials=node\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// startAgent starts an ssh-agent of the test's own that has the key.
func startAgent(t *testing.T, env []string, key string) (socket string) {
	t.Helper()
	agent := testclients.Need(t, "ssh-agent", "openssh-client")
	add := testclients.Need(t, "ssh-add", "openssh-client")
	dir, err := os.MkdirTemp("", "agent") // t.TempDir's paths are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket = filepath.Join(dir, "s")
	cmd := exec.Command(agent, "-D", "-a", socket)
	cmd.Env = env
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	// It tells of its socket once that is there.
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	load := exec.Command(add, "-q", key)
	load.Env = append(env, "SSH_AUTH_SOCK="+socket)
	if text, err := load.CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v: %s", err, text)
	}
	return socket
}
