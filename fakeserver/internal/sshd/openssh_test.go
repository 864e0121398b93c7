package sshd

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// keyFiles writes the files that C clients want: a key, which becomes that of the
// node's user, and the node's host key.
func keyFiles(t *testing.T, n *node) (key, knownHosts string) {
	t.Helper()
	dir := t.TempDir()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if n.user, err = gossh.NewSignerFromKey(private); err != nil {
		t.Fatal(err)
	}
	block, err := gossh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	key, knownHosts = filepath.Join(dir, "key"), filepath.Join(dir, "known_hosts")
	for name, text := range map[string][]byte{
		key:        pem.EncodeToMemory(block),
		knownHosts: []byte(knownhosts.Line([]string{n.addr}, n.hostKey) + "\n"),
	} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return key, knownHosts
}

// openSSH returns the command line of the stock client for a node, which reads no
// configuration of the user's.
func openSSH(t *testing.T, n *node, options ...string) []string {
	t.Helper()
	ssh := testclients.Need(t, "ssh", "openssh-client")
	key, knownHosts := keyFiles(t, n)
	host, port, err := net.SplitHostPort(n.addr)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{
		ssh, "-F", "none", "-p", port, "-l", "root", "-i", key,
		"-o", "UserKnownHostsFile=" + knownHosts, "-o", "StrictHostKeyChecking=yes",
		"-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
	}
	return append(append(args, options...), host)
}

// sshRun runs the stock client, whose standard input ends only with it unless
// stdin says "EOF" last.
func sshRun(t *testing.T, args []string, stdin string) ran {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	text, end := strings.CutSuffix(stdin, "EOF")
	io.WriteString(in, text)
	if end {
		in.Close()
	}
	err = cmd.Wait()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return ran{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

func TestOpenSSH(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []string
		account Account
		command []string
		stdin   string
		want    ran
	}{
		{"auto", nil, Account{}, []string{autoCommand(`'nc'`, `'qemu:///system'`, system)}, "one\nbye\n", ran{"one\nbye\n", "", 0}},
		{"netcat", nil, Account{}, []string{netcatCommand(`'nc'`, system)}, "one\nbye\n", ran{"one\nbye\n", "", 0}},
		{"netcat, client that ends its input", nil, Account{}, []string{netcatCommand(`'nc'`, system)}, "one\nEOF", ran{"one\n", "", 0}},
		{"as libvirt calls it", []string{"-T", "-e", "none"}, Account{}, []string{netcatCommand(`'nc'`, system)}, "bye\n", ran{"bye\n", "", 0}},
		{"arguments joined by blanks", nil, Account{}, []string{"sh", "-c", `'nc -U ` + system + `'`}, "bye\n", ran{"bye\n", "", 0}},
		{"no netcat", nil, Account{NoNetcat: true}, []string{"nc -U " + system}, "", ran{"", "bash: line 1: nc: command not found\n", 127}},
		{"status", nil, Account{}, []string{"echo out; echo err >&2; exit 42"}, "", ran{"out\n", "err\n", 42}},
		{"banner", nil, Account{Banner: "Authorized use only.\n"}, []string{"true"}, "", ran{"", "Authorized use only.\n", 0}},
		{"no command", []string{"-T"}, Account{}, nil, "", ran{"", "This is a fake libvirt node: it runs commands (ssh NODE COMMAND), but no interactive shell.\n", 1}},
		{"terminal, if there is one", []string{"-q", "-t"}, Account{}, []string{"echo x"}, "", ran{"x\n", "", 0}},
		{"terminal that must be", []string{"-tt"}, Account{}, []string{"echo x"}, "", ran{"", "PTY allocation request failed on channel 0\r\n", 255}},
		{"subsystem", []string{"-s"}, Account{}, []string{"sftp"}, "", ran{"", "subsystem request failed on channel 0\r\n", 255}},
		{"agent forwarding", []string{"-A"}, Account{}, []string{"echo x"}, "", ran{"x\n", "", 0}},
		{"nologin", nil, Account{Shell: "/usr/sbin/nologin"}, []string{"true"}, "", ran{"This account is currently not available.\n", "", 1}},
		{"environment", []string{"-o", "SendEnv=LC_*"}, Account{}, []string{`echo $LC_ALL`}, "", ran{"C\n", "", 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := startNode(t, Config{Account: tt.account})
			args := append(openSSH(t, n, tt.options...), tt.command...)
			if diff := cmp.Diff(tt.want, sshRun(t, args, tt.stdin)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", args, diff)
			}
		})
	}
}

// TestOpenSSHForward reaches a socket by "ssh -L", a direct-streamlocal channel.
func TestOpenSSHForward(t *testing.T) {
	n := startNode(t, Config{})
	local := filepath.Join(t.TempDir(), "s")
	args := openSSH(t, n, "-L", local+":"+system, "-o", "ExitOnForwardFailure=yes")
	cmd := exec.CommandContext(t.Context(), args[0], append(args[1:], "echo ready; read x")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read(t, out, len("ready\n"))
	conn, err := net.Dial("unix", local)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "one\nbye\n")
	if got := read(t, conn, -1); got != "one\nbye\n" {
		t.Errorf("read %q", got)
	}
	in.Close()
	cmd.Wait()
	if got := n.opened(); len(got) != 1 || got[0].Via != ViaStreamLocal || got[0].Socket != system {
		t.Errorf("Open was asked: %+v", got)
	}
}
