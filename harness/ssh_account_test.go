package harness_test

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// sshRow is one setting of an account, and what virsh makes of it. In all texts DIR
// is a directory, of which the fake node has but the name.
type sshRow struct {
	name    string
	account harness.SSHAccount
	params  []fakeserver.Param
	// words are what virsh shows of the node's words over ssh, empty if it gets
	// through, and status is what it shows over libssh and libssh2.
	words  string
	status int
	via    string // what led to the socket
	// fakeOnly is set for what this machine cannot be made into.
	fakeOnly bool
}

const (
	nodeSocket   = "DIR/run/libvirt-sock"
	systemSocket = "/var/run/libvirt/libvirt-sock"
)

// at is an account with the node's socket where the rows look for it.
func at(a harness.SSHAccount) harness.SSHAccount {
	return with(a, nodeSocket, fakeserver.SSHSocketNode)
}

func with(a harness.SSHAccount, socket string, what fakeserver.SSHSocket) harness.SSHAccount {
	sockets := maps.Clone(a.Sockets)
	if sockets == nil {
		sockets = make(map[string]fakeserver.SSHSocket)
	}
	sockets[socket] = what
	a.Sockets = sockets
	return a
}

func params(kv ...string) []fakeserver.Param {
	var list []fakeserver.Param
	for i := 0; i < len(kv); i += 2 {
		list = append(list, harness.Param(kv[i], kv[i+1]))
	}
	return list
}

var sshRows = []sshRow{
	{name: "socket", account: at(harness.SSHAccount{}), params: params("socket", nodeSocket), via: "nc"},
	{name: "proxy netcat", account: at(harness.SSHAccount{}), params: params("socket", nodeSocket, "proxy", "netcat"), via: "nc"},
	{
		name: "socket of another path", account: with(harness.SSHAccount{}, "DIR/opt/libvirt/run/libvirt/libvirt-sock", fakeserver.SSHSocketNode),
		params: params("socket", "DIR/opt/libvirt/run/libvirt/libvirt-sock"), via: "nc",
	},
	{name: "socket missing", params: params("socket", nodeSocket), words: "nc: DIR/run/libvirt-sock: No such file or directory", status: 1},
	{
		name: "socket of a dead daemon", account: with(harness.SSHAccount{}, nodeSocket, fakeserver.SSHSocketRefused),
		params: params("socket", nodeSocket), words: "nc: DIR/run/libvirt-sock: Connection refused", status: 1,
	},
	{
		name: "socket forbidden", account: with(harness.SSHAccount{}, nodeSocket, fakeserver.SSHSocketForbidden),
		params: params("socket", nodeSocket), words: "nc: DIR/run/libvirt-sock: Permission denied", status: 1, fakeOnly: true,
	},
	{name: "no netcat", account: at(harness.SSHAccount{NoNetcat: true}), params: params("socket", nodeSocket), words: "sh: 1: nc: not found", status: 127},
	{
		name: "netcat by full path", account: at(harness.SSHAccount{NoNetcat: true, NetcatPaths: []string{"DIR/opt/netcat/bin/nc"}}),
		params: params("socket", nodeSocket, "netcat", "DIR/opt/netcat/bin/nc"), via: "nc",
	},
	{
		name: "netcat of a path with a blank", account: at(harness.SSHAccount{NoNetcat: true, NetcatPaths: []string{"DIR/opt/my nc"}}),
		params: params("socket", nodeSocket, "netcat", "DIR/opt/my nc"), via: "nc",
	},
	{
		name: "netcat not at that path", account: at(harness.SSHAccount{}),
		params: params("socket", nodeSocket, "netcat", "DIR/opt/netcat/bin/nc"), words: "sh: 1: DIR/opt/netcat/bin/nc: not found", status: 127,
	},
	{name: "netcat by another name", account: at(harness.SSHAccount{}), params: params("socket", nodeSocket, "netcat", "netcat"), via: "nc", fakeOnly: true},
	{name: "netcat without -q", account: at(harness.SSHAccount{NetcatLacksQ: true}), params: params("socket", nodeSocket), via: "nc", fakeOnly: true},
	{
		name: "netcat without -U", account: at(harness.SSHAccount{NetcatLacksU: true}), params: params("socket", nodeSocket),
		words: "nc: invalid option -- 'U'\nnc -h for help", status: 1, fakeOnly: true,
	},
	{
		name: "auto, no helper", account: at(harness.SSHAccount{NoHelper: true}), params: params("socket", nodeSocket, "proxy", "auto"), via: "nc",
	},
	{
		name: "auto, neither", account: at(harness.SSHAccount{NoHelper: true, NoNetcat: true}), params: params("socket", nodeSocket, "proxy", "auto"),
		words: "sh: 1: nc: not found", status: 127,
	},
	{name: "auto, helper", params: params("socket", "", "proxy", "auto"), via: "virt-ssh-helper", fakeOnly: true},
	{name: "auto is the default", params: params("socket", ""), via: "virt-ssh-helper", fakeOnly: true},
	{name: "auto is the default, no helper", account: harness.SSHAccount{NoHelper: true}, params: params("socket", ""), via: "nc", fakeOnly: true},
	{
		name: "auto, helper, no daemon", account: with(harness.SSHAccount{}, systemSocket, fakeserver.SSHSocketMissing), params: params("socket", nodeSocket, "proxy", "auto"),
		words:  "virt-ssh-helper: cannot connect to '" + systemSocket + "': Failed to connect socket to '" + systemSocket + "': No such file or directory",
		status: 1,
	},
	{name: "native, helper", params: params("socket", nodeSocket, "proxy", "native"), via: "virt-ssh-helper", fakeOnly: true},
	{
		name: "native, no helper", account: at(harness.SSHAccount{NoHelper: true}), params: params("socket", nodeSocket, "proxy", "native"),
		words: "sh: 1: virt-ssh-helper: not found", status: 127,
	},
	{name: "no_tty", account: at(harness.SSHAccount{}), params: params("socket", nodeSocket, "no_tty", "1"), via: "nc"},
	{name: "banner", account: at(harness.SSHAccount{Banner: "Only for the authorized.\n"}), params: params("socket", nodeSocket), via: "nc"},
	{name: "noise", account: at(harness.SSHAccount{Noise: "stty: standard input: Inappropriate ioctl for device\n"}), params: params("socket", nodeSocket), via: "nc"},
	{
		name: "noise and failure", account: harness.SSHAccount{Noise: "first\n"}, params: params("socket", nodeSocket),
		words: "first\nnc: DIR/run/libvirt-sock: No such file or directory", status: 1,
	},
	{name: "PATH without sh", account: at(harness.SSHAccount{Path: "/nonexistent"}), params: params("socket", nodeSocket), words: "bash: line 1: sh: command not found", status: 127},
	{
		name: "program of the test's own", account: at(harness.SSHAccount{Programs: map[string]fakeserver.SSHProgram{"nc": {Stderr: "nc: out of order\n", Status: 3}}}),
		params: params("socket", nodeSocket), words: "nc: out of order", status: 3, fakeOnly: true,
	},
	{name: "dash as login shell", account: at(harness.SSHAccount{Shell: "/bin/dash", Path: "/nonexistent"}), params: params("socket", nodeSocket), words: "dash: 1: sh: not found", status: 127, fakeOnly: true},
}

// in puts a directory in the place of DIR.
func (r sshRow) in(dir string) sshRow {
	put := func(s string) string { return strings.ReplaceAll(s, "DIR", dir) }
	sockets := make(map[string]fakeserver.SSHSocket)
	for name, what := range r.account.Sockets {
		sockets[put(name)] = what
	}
	r.account.Sockets = sockets
	var paths []string
	for _, p := range r.account.NetcatPaths {
		paths = append(paths, put(p))
	}
	r.account.NetcatPaths = paths
	var list []fakeserver.Param
	for _, p := range r.params {
		list = append(list, harness.Param(p.Name, put(p.Value)))
	}
	r.params = list
	r.words = put(r.words)
	return r
}

// broken is what libvirt's library makes of words on standard error, and of the end
// behind them. Whether it reads that end or a reset depends on what of its own the
// ssh client had not read by then.
var broken = regexp.MustCompile(`(?s)(?:Cannot recv data|Cannot write data|End of file while reading data): (.*): (?:Connection reset by peer|Input/output error|Broken pipe)`)

// sshOutcome is what virsh prints, with a common form for broken pipes.
func sshOutcome(t *testing.T, env []string, virsh, uri string) string {
	t.Helper()
	return broken.ReplaceAllString(client(t, env, virsh, "-c", uri, "list --all --name"), "$1")
}

func (r sshRow) want(transport call.Transport) string {
	text := r.words
	if text == "" {
		return "test\n\n"
	}
	switch transport {
	case harness.LibSSH:
		text = fmt.Sprintf("libssh transport error: Remote command terminated with non-zero code: %d", r.status)
	case harness.LibSSH2:
		text = fmt.Sprintf("SSH transport error: Remote command terminated with non-zero code: %d", r.status)
	}
	return "error: failed to connect to the hypervisor\nerror: " + text + "\n\nexit status 1\n"
}

var sshTransports = []call.Transport{harness.SSH, harness.LibSSH, harness.LibSSH2}

// Each setting of an account, as virsh 9.0.0 sees it and as the journal tells it.
func TestVirshFindsTheAccount(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	for _, row := range sshRows {
		row := row.in("/fake")
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(harness.SSH), harness.WithSSHAccount(row.account))
			for _, transport := range sshTransports {
				uri := host.URI(transport, "test:///default", row.params...)
				if got, want := sshOutcome(t, host.Env(), virsh, uri), row.want(transport); got != want {
					t.Errorf("virsh -c '%s' prints\n%s\nwant\n%s", uri, got, want)
				}
			}
			row.checkJournal(t, host)
		})
	}
}

// checkJournal checks what the journal has of a login and a command by each
// transport.
func (r sshRow) checkJournal(t *testing.T, host *harness.Host) {
	t.Helper()
	journal := host.Server.Journal()
	logins := journal.Logins()
	if len(logins) != len(sshTransports) {
		t.Fatalf("the journal has logins %v", logins)
	}
	for i, version := range []string{"SSH-2.0-OpenSSH_", "SSH-2.0-libssh_", "SSH-2.0-libssh2_"} {
		l := logins[i]
		if !l.Accepted || l.User != "root" || l.Method != "publickey" || !strings.HasPrefix(l.KeyFingerprint, "SHA256:") ||
			!strings.HasPrefix(l.ClientVersion, version) || l.Reason != "" || l.Remote == "" || l.Time.IsZero() {
			t.Errorf("the journal has %s", &l)
		}
		// The client may be ahead of the end of its command.
		c, err := journal.WaitCommand(t.Context(), func(c *call.CommandRecord) bool { return c.Connection == l.Connection && c.Finished })
		if err != nil {
			t.Fatal(err)
		}
		if c.Kind != call.ExecCommand || len(c.Words) != 3 || c.Words[0] != "sh" || !strings.HasPrefix(c.Command, "sh -c '") || c.Status != r.status {
			t.Errorf("the journal has %s", &c)
		}
		if r.words != "" {
			if c.Reached() != 0 || strings.TrimSpace(c.Stderr) != r.words {
				t.Errorf("the journal has %s\nwant that to say %q", &c, r.words)
			}
			continue
		}
		if len(c.Sockets) != 1 || c.Sockets[0].Via != r.via || c.Reached() != l.Connection || c.Stderr != r.account.Noise {
			t.Errorf("the journal has %s\nwant that to reach a socket by %s", &c, r.via)
		}
	}
}

// goSSH connects go-libvirt, and disconnects it.
func goSSH(t *testing.T, uri string) error {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	l, err := libvirt.ConnectToURI(u)
	if err == nil {
		_ = l.Disconnect()
	}
	return err
}

// go-libvirt asks the SSH server for the socket: nothing but that and the socket
// counts for it.
func TestGoLibvirtFindsTheAccount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		account harness.SSHAccount
		want    string
		refused string
	}{
		{name: "no programs", account: harness.SSHAccount{NoNetcat: true, NoHelper: true, Path: "/nonexistent", Shell: "/usr/sbin/nologin"}},
		{name: "banner", account: harness.SSHAccount{Banner: "Only for the authorized.\n", Noise: "noise\n"}},
		{name: "failed", account: harness.SSHAccount{StreamLocal: fakeserver.SSHStreamLocalFailed}, want: "ssh: rejected: connect failed (\"open failed\")", refused: "connect failed"},
		{name: "prohibited", account: harness.SSHAccount{StreamLocal: fakeserver.SSHStreamLocalProhibited}, want: "ssh: rejected: administratively prohibited (\"open failed\")", refused: "administratively prohibited"},
		{name: "missing", account: with(harness.SSHAccount{}, systemSocket, fakeserver.SSHSocketMissing), want: "ssh: rejected: connect failed (\"open failed\")", refused: "No such file or directory"},
		{name: "forbidden", account: with(harness.SSHAccount{}, systemSocket, fakeserver.SSHSocketForbidden), want: "ssh: rejected: connect failed (\"open failed\")", refused: "Permission denied"},
		{name: "dead", account: with(harness.SSHAccount{}, "/run/libvirt/libvirt-sock", fakeserver.SSHSocketRefused), want: "ssh: rejected: connect failed (\"open failed\")", refused: "Connection refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(harness.SSH), harness.WithSSHAccount(c.account))
			err := goSSH(t, host.URI(harness.SSH, "qemu:///system"))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("go-libvirt: %v, want %q", err, c.want)
			}
			r, err := host.Server.Journal().WaitCommand(t.Context(), func(r *call.CommandRecord) bool { return r.Finished })
			if err != nil {
				t.Fatal(err)
			}
			if r.Kind != call.StreamLocalCommand || r.Target != systemSocket || r.Refused != c.refused || (r.Reached() != 0) != (c.want == "") {
				t.Errorf("the journal has %s", &r)
			}
			if c.want == "" {
				return
			}
			// The refusal is of these channels alone.
			if ssh, err := exec.LookPath("ssh"); err == nil {
				files, err := host.Server.SSHFiles()
				if err != nil {
					t.Fatal(err)
				}
				_, port, _ := strings.Cut(host.Server.Addr(harness.SSH), ":")
				if out := client(t, host.Env(), ssh, "-F", files.Config, "-p", port, "127.0.0.1", "echo in"); out != "in\n" {
					t.Errorf("exec beside it: %s", out)
				}
			}
		})
	}
}

// Users have accounts of their own, and the others the default one.
func TestSSHAccountsOfUsers(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	host := harness.Start(t, harness.WithTransports(harness.SSH),
		harness.WithSSHAccount(harness.SSHAccount{NoHelper: true, NoNetcat: true}),
		harness.WithSSHAccount(harness.SSHAccount{}, "alice", "root"),
		harness.WithSSHAccount(harness.SSHAccount{UID: 1001, Home: "/srv/bob"}, "bob"),
		harness.WithSSHAccount(with(harness.SSHAccount{}, "/run/user/1000/libvirt/libvirt-sock", fakeserver.SSHSocketMissing), "carol"))
	for _, c := range []struct {
		user, local string
		command     string // instead of virsh's own
		socket      string
		words       string
	}{
		{user: "root", local: "qemu:///session", socket: systemSocket},
		{user: "root", local: "qemu:///system", socket: systemSocket},
		{user: "alice", local: "qemu:///system", socket: systemSocket},
		{user: "alice", local: "qemu:///session", socket: "/run/user/1000/libvirt/libvirt-sock"},
		{user: "bob", local: "qemu:///session", socket: "/run/user/1001/libvirt/libvirt-sock"},
		{user: "carol", local: "qemu:///session", words: "virt-ssh-helper: cannot connect to '/run/user/1000/libvirt/libvirt-sock': Failed to connect socket to '/run/user/1000/libvirt/libvirt-sock': No such file or directory"},
		{user: "dave", local: "qemu:///system", words: "sh: 1: nc: not found"},
	} {
		t.Run(c.user+" "+c.local, func(t *testing.T) {
			uri := strings.Replace(host.URI(harness.SSH, c.local, harness.Param("socket", "")), "root@", c.user+"@", 1)
			last := len(host.Server.Journal().Commands())
			out := broken.ReplaceAllString(client(t, host.Env(), virsh, "-c", uri, "list --all --name"), "$1")
			if c.words == "" && strings.Contains(out, "error:") || !strings.Contains(out, c.words) {
				t.Errorf("virsh -c '%s' prints %s", uri, out)
			}
			r, err := host.Server.Journal().WaitCommand(t.Context(), func(r *call.CommandRecord) bool {
				return r.Seq == uint64(last)+1 && r.Finished
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.User != c.user || c.words == "" && (len(r.Sockets) != 1 || r.Sockets[0].Path != c.socket || r.Reached() == 0) {
				t.Errorf("the journal has %s", &r)
			}
		})
	}
}

// A refused login is in the journal, with what was tried and without any password.
func TestRefusedLoginsAreInTheJournal(t *testing.T) {
	t.Parallel()
	ssh := testclients.Need(t, "ssh", "openssh-client")
	host, other := harness.Start(t, harness.WithTransports(harness.SSH)), harness.Start(t, harness.WithTransports(harness.SSH))
	files, err := host.Server.SSHFiles()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := other.Server.SSHFiles()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(host.Server.Addr(harness.SSH), ":")
	run := func(args ...string) string {
		return client(t, host.Env(), ssh, append(args, "-p", port, "-o", "BatchMode=yes", "127.0.0.1", "true")...)
	}
	wait := func(seq uint64) call.LoginRecord {
		l, err := host.Server.Journal().WaitLogin(t.Context(), func(l *call.LoginRecord) bool { return l.Seq == seq })
		if err != nil {
			t.Fatal(err)
		}
		return l
	}

	keyless := filepath.Join(filepath.Dir(files.Config), "ssh_config.without_key")
	out := run("-F", keyless, "-i", foreign.Key, "-l", "fred:canary-4711")
	l := wait(1)
	if !strings.Contains(out, "Permission denied (publickey)") || l.Accepted || l.User != "fred:***" || l.Reason != "the client gave up" ||
		len(l.Tries) != 2 || l.Tries[0].Method != "none" || l.Tries[1].Method != "publickey" ||
		l.Tries[1].KeyFingerprint == "" || l.Tries[1].Reason != "the key is not authorized" ||
		strings.Contains(fmt.Sprintf("%+v", l), "canary") {
		t.Errorf("ssh prints %s, and the journal has %+v", out, l)
	}

	out = run("-F", foreign.Config)
	l = wait(2)
	if !strings.Contains(out, "Host key verification failed") || l.Accepted || len(l.Tries) != 0 || l.Reason == "" || !strings.HasPrefix(l.ClientVersion, "SSH-2.0-OpenSSH_") {
		t.Errorf("ssh prints %s, and the journal has %+v", out, l)
	}
	if commands := host.Server.Journal().Commands(); len(commands) > 0 {
		t.Errorf("the journal has %v", commands)
	}
}

func TestMistakesInSSHAccounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		account harness.SSHAccount
		want    string
	}{
		{harness.SSHAccount{Shell: "/bin/fish"}, `WithSSHAccount: user u: unknown login shell "/bin/fish"`},
		{harness.SSHAccount{NetcatPaths: []string{"nc"}}, `WithSSHAccount: user u: path of netcat is not absolute: "nc"`},
		{harness.SSHAccount{Home: "x"}, `WithSSHAccount: user u: home is not absolute: "x"`},
		{harness.SSHAccount{UID: -1}, `WithSSHAccount: user u: uid is -1: want 0 or more`},
		{harness.SSHAccount{Programs: map[string]fakeserver.SSHProgram{"a/b": {}}}, `WithSSHAccount: user u: program "a/b": want a name or an absolute path`},
		{harness.SSHAccount{Programs: map[string]fakeserver.SSHProgram{"id": {Status: 256}}}, `WithSSHAccount: user u: program "id": status 256 is not within 0 to 255`},
		{harness.SSHAccount{StreamLocal: "no"}, `WithSSHAccount: user u: stream_local is "no": want "failed", "prohibited" or nothing`},
		{harness.SSHAccount{Sockets: map[string]fakeserver.SSHSocket{"x": "node"}}, `WithSSHAccount: user u: socket "x": want an absolute path`},
		{harness.SSHAccount{Sockets: map[string]fakeserver.SSHSocket{"/x": "gone"}}, `WithSSHAccount: user u: socket /x is "gone": want "node", "read-only", "missing", "forbidden" or "refused"`},
		{harness.SSHAccount{Sockets: map[string]fakeserver.SSHSocket{"/run/x": "node", "/var/run/x": "missing"}}, `WithSSHAccount: user u: socket /var/run/x is there twice, by another spelling`},
	} {
		srv, err := fakeserver.Start(context.Background(), harness.WithSSHAccount(c.account, "u"))
		if err == nil {
			srv.Close()
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%+v: %v\nwant %s", c.account, err, c.want)
		}
	}
}
