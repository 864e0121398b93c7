package harness_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// realNode is what an account of the fake node stands for: OpenSSH's sshd, real
// programs, and the socket of a real libvirtd, all in a directory of the test's.
type realNode struct {
	dir   string
	addr  string
	files certs.SSHFiles
}

// needRealNode skips the test where there is not what makes one.
func needRealNode(t *testing.T) {
	t.Helper()
	for _, c := range [][2]string{
		{"virsh", "libvirt-clients"}, {"ssh", "openssh-client"}, {"nc", "netcat-openbsd"}, {"virt-ssh-helper", "libvirt-daemon"},
	} {
		testclients.Need(t, c[0], c[1])
	}
	testdaemon.NeedSSHD(t)
}

// startRealNode makes a row's account out of real programs. The lines are added to
// sshd's configuration.
func startRealNode(t *testing.T, daemonSocket string, row *sshRow, lines ...string) *realNode {
	t.Helper()
	dir, err := os.MkdirTemp("", "sshd") // t.TempDir's paths are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	*row = row.in(dir)
	n := &realNode{dir: dir}
	n.installPrograms(t, row.account)
	n.makeSockets(t, row.account, daemonSocket)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.addr = listener.Addr().String()
	keys, err := certs.NewSSH()
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.WriteKeys(filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	if n.files, err = keys.WriteClient(filepath.Join(dir, "client"), certs.SSHClient{Addresses: []string{n.addr}, User: "root"}); err != nil {
		t.Fatal(err)
	}
	config := n.config(t, row.account, lines)
	testdaemon.SSHD{Config: config, Log: filepath.Join(dir, "log"), Env: []string{"LC_ALL=C"}}.Serve(t, listener)
	return n
}

func (n *realNode) config(t *testing.T, a harness.SSHAccount, lines []string) string {
	t.Helper()
	lines = append(lines,
		"HostKey "+n.dir+"/keys/ssh_host_ed25519_key",
		"AuthorizedKeysFile "+n.files.PublicKey,
		"StrictModes no", "PermitRootLogin prohibit-password", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"UsePAM no", "PrintMotd no", "PidFile none", "AcceptEnv LANG LC_*",
		"SetEnv HOME="+n.dir+"/home PATH="+n.path(a))
	if a.Banner != "" {
		n.write(t, "banner", a.Banner)
		lines = append(lines, "Banner "+n.dir+"/banner")
	}
	return n.write(t, "sshd_config", strings.Join(lines, "\n")+"\n")
}

func (n *realNode) path(a harness.SSHAccount) string {
	if a.Path != "" {
		return a.Path
	}
	return n.dir + "/bin"
}

func (n *realNode) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(n.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func (n *realNode) installPrograms(t *testing.T, a harness.SSHAccount) {
	t.Helper()
	programs := []string{"sh", "grep", "which"}
	if !a.NoNetcat {
		programs = append(programs, "nc")
	}
	if !a.NoHelper {
		programs = append(programs, "virt-ssh-helper")
	}
	for _, name := range programs {
		n.link(t, testclients.Need(t, name, name), filepath.Join(n.dir, "bin", name))
	}
	for _, path := range a.NetcatPaths {
		n.link(t, testclients.Need(t, "nc", "netcat-openbsd"), path)
	}
	if a.Noise != "" { // bash reads it if sshd has started it
		n.write(t, "home/.bashrc", "printf '%s' '"+a.Noise+"' >&2\n")
	}
}

func (n *realNode) link(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(from, to); err != nil {
		t.Fatal(err)
	}
}

func (n *realNode) makeSockets(t *testing.T, a harness.SSHAccount, daemon string) {
	t.Helper()
	for path, what := range a.Sockets {
		switch what {
		case fakeserver.SSHSocketNode:
			n.link(t, daemon, path)
		case fakeserver.SSHSocketMissing:
			if _, err := os.Stat(path); err == nil {
				t.Skipf("this machine has %s", path)
			}
		case fakeserver.SSHSocketRefused:
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
			if err != nil {
				t.Fatal(err)
			}
			l.SetUnlinkOnClose(false)
			l.Close()
		default:
			t.Fatalf("root cannot be kept from %s", path)
		}
	}
}

// uri is what fakeserver.Server.URI returns for the fake.
func (n *realNode) uri(transport call.Transport, row sshRow) string {
	query := []string{"keyfile=" + n.files.Key}
	if transport == harness.SSH {
		query = append(query, "command="+n.files.Command, "no_verify=1")
	} else {
		query = append(query, "known_hosts="+n.files.KnownHosts, "known_hosts_verify=normal", "sshauth=privkey")
	}
	for _, p := range row.params {
		query = append(query, p.Name+"="+strings.ReplaceAll(p.Value, " ", "%20"))
	}
	return fmt.Sprintf("test+%s://root@%s/default?%s", transport, n.addr, strings.Join(query, "&"))
}

// TestAccountAsARealOne compares what virsh makes of each setting of an account
// with what it makes of the same on a real node: a real sshd, real shells, netcat
// and virt-ssh-helper, and a real libvirtd.
func TestAccountAsARealOne(t *testing.T) {
	t.Parallel()
	needRealNode(t)
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	daemon := testdaemon.Start(t)
	env := harness.Start(t).Env()
	for _, row := range sshRows {
		if row.fakeOnly {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			real := startRealNode(t, daemon.Socket, &row)
			for _, transport := range sshTransports {
				uri := real.uri(transport, row)
				want := row.want(transport)
				if got := sshOutcome(t, env, virsh, uri); got != want && !tooEarly(got, transport, row) {
					log, _ := os.ReadFile(filepath.Join(real.dir, "log"))
					t.Errorf("virsh -c '%s' prints with a real node\n%s\nand with the fake one\n%s\nsshd's log:\n%s", uri, got, want, log)
				}
			}
		})
	}
}

// tooEarly reports whether libvirt's library has stumbled over the end of a command
// that it had not looked for yet: which may be over libssh and libssh2, where the
// status comes later than the end of the output, or comes while the library
// writes. The fake node keeps it from that.
func tooEarly(got string, transport call.Transport, row sshRow) bool {
	if row.words == "" {
		return false
	}
	switch transport {
	case harness.LibSSH:
		return strings.Contains(got, "libssh transport error: Remote command terminated with non-zero code: -1\n") ||
			strings.Contains(got, "error: An error occurred, but the cause is unknown\n")
	case harness.LibSSH2:
		return strings.Contains(got, "error: An error occurred, but the cause is unknown\n")
	}
	return false
}

// TestStreamLocalAsWithARealSSHD: go-libvirt's errors, where sshd refuses to open
// sockets and where it has none.
func TestStreamLocalAsWithARealSSHD(t *testing.T) {
	t.Parallel()
	needRealNode(t)
	daemon := testdaemon.Start(t)
	for _, c := range []struct {
		name    string
		account harness.SSHAccount
		lines   []string
	}{
		{"allowed", at(harness.SSHAccount{}), nil},
		{"allowed, without programs", at(harness.SSHAccount{Path: "/nonexistent"}), nil},
		{"not allowed", at(harness.SSHAccount{StreamLocal: fakeserver.SSHStreamLocalFailed}), []string{"AllowStreamLocalForwarding no"}},
		{"not allowed with TCP", at(harness.SSHAccount{StreamLocal: fakeserver.SSHStreamLocalFailed}), []string{"AllowTcpForwarding no"}},
		{"not allowed with addresses", at(harness.SSHAccount{StreamLocal: fakeserver.SSHStreamLocalFailed}), []string{"PermitOpen none"}},
		{"nothing allowed", at(harness.SSHAccount{StreamLocal: fakeserver.SSHStreamLocalFailed}), []string{"DisableForwarding yes"}},
		{"missing", harness.SSHAccount{}, nil},
		{"dead", with(harness.SSHAccount{}, nodeSocket, fakeserver.SSHSocketRefused), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			row := sshRow{account: c.account, params: params("socket", nodeSocket)}
			real := startRealNode(t, daemon.Socket, &row, c.lines...)
			fake := harness.Start(t, harness.WithTransports(harness.SSH), harness.WithSSHAccount(row.account))
			want := goSSH(t, real.uri(harness.SSH, row))
			got := goSSH(t, fake.URI(harness.SSH, "test:///default", row.params...))
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("go-libvirt: %v\nwith a real sshd: %v", got, want)
			}
		})
	}
}
