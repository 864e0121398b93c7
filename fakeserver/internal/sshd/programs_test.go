package sshd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// loginShell runs a command as a session does, without SSH. Its standard input
// ends with stdin.
func loginShell(ctx context.Context, cfg Config, command, stdin string) ran {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Open == nil {
		cfg.Open = func(context.Context, string, Login) (func(net.Conn), error) { return nil, fs.ErrNotExist }
	}
	nc, other := net.Pipe()
	defer nc.Close()
	defer other.Close()
	var stdout, stderr bytes.Buffer
	s := &session{
		conn: &connection{srv: &Server{cfg: cfg}, ctx: ctx, nc: nc, log: cfg.Logger},
		ctx:  ctx, base: Login{User: "root"}, account: &cfg.Account,
		stdin: &watchedReader{r: strings.NewReader(stdin)}, stdout: &lockedWriter{w: &stdout}, stderr: &noted{w: &stderr},
	}
	status := s.login(command)
	s.conn.tasks.wait(cfg.Logger)
	return ran{stdout.String(), stderr.String(), status}
}

// programCommands run programs of the account; DIR is a directory, in which the
// real machine has a socket of nobody and a regular file for TestRealPrograms.
var programCommands = []struct {
	name, command, stdin string
	account              Account
	want                 ran
}{
	{name: "nc", command: `nc`, want: ran{"", netcatUsage, 1}},
	{name: "nc -q", command: `nc -q`, want: ran{"", "nc: option requires an argument -- 'q'\n" + netcatUsage, 1}},
	{name: "netcat -q", command: `netcat -q`, want: ran{"", "netcat: option requires an argument -- 'q'\n" + netcatUsage, 1}},
	{name: "nc by path", command: `/usr/bin/nc -q`, want: ran{"", "/usr/bin/nc: option requires an argument -- 'q'\n" + netcatUsage, 1}},
	{name: "nc -q0", command: `nc -q0`, want: ran{"", netcatUsage, 1}},
	{name: "nc -q 0", command: `nc -q 0`, want: ran{"", netcatUsage, 1}},
	{name: "nc -U", command: `nc -U`, want: ran{"", netcatUsage, 1}},
	{name: "nc without socket", command: `nc -q0 -U DIR/none`, want: ran{"", "nc: DIR/none: No such file or directory\n", 1}},
	{name: "nc with other options", command: `nc -vNU DIR/none`, want: ran{"", "nc: DIR/none: No such file or directory\n", 1}},
	{name: "nc with options at the end", command: `nc DIR/none -q 0 -U`, want: ran{"", "nc: DIR/none: No such file or directory\n", 1}},
	{name: "nc with a negative -q", command: `nc -q -1 -U DIR/none`, want: ran{"", "nc: DIR/none: No such file or directory\n", 1}},
	{name: "nc with a socket of no name", command: `nc -U ''`, want: ran{"", "nc: : Invalid argument\n", 1}},
	{name: "nc with a long name", command: `nc -U DIR/` + strings.Repeat("x", sunPathMax), want: ran{"", "nc: DIR/" + strings.Repeat("x", sunPathMax) + ": File name too long\n", 1}},
	{name: "nc with a port", command: `nc -U DIR/none x`, want: ran{"", "nc: cannot use port with -U\n", 1}},
	{name: "nc with three operands", command: `nc -U a b c`, want: ran{"", "nc: cannot use port with -U\n", 1}},
	{name: "nc -q abc", command: `nc -q abc -U DIR/none`, want: ran{"", "nc: quit timer invalid: abc\n", 1}},
	{name: "nc -q of nothing", command: `nc -q '' -U DIR/none`, want: ran{"", "nc: quit timer invalid: \n", 1}},
	{name: "nc -q of too much", command: `nc -q 99999999999`, want: ran{"", "nc: quit timer too large: 99999999999\n", 1}},
	{name: "nc -q of too little", command: `nc -q -99999999999`, want: ran{"", "nc: quit timer too small: -99999999999\n", 1}},
	{name: "nc with an unknown option", command: `nc -q0 -y -U DIR/none`, want: ran{"", "nc: invalid option -- 'y'\n" + netcatUsage, 1}},
	{name: "nc --help", command: `nc --help`, want: ran{"", "nc: invalid option -- '-'\n" + netcatUsage, 1}},
	{name: "nc host", command: `nc host`, want: ran{"", "nc: missing port number\n", 1}},
	{name: "nc after --", command: `nc -- -U DIR/none`, want: ran{"", "nc: port number invalid: DIR/none\n", 1}},

	{name: "helper without URI", command: `virt-ssh-helper`, want: ran{"", helperUsage, 1}},
	{name: "helper --version", command: `virt-ssh-helper --version`, want: ran{"virt-ssh-helper (libvirt) 9.0.0\n", "", 0}},
	{name: "helper -V by path", command: `/usr/bin/virt-ssh-helper -V`, want: ran{"/usr/bin/virt-ssh-helper (libvirt) 9.0.0\n", "", 0}},
	{name: "helper -rV", command: `virt-ssh-helper -rV x`, want: ran{"virt-ssh-helper (libvirt) 9.0.0\n", "", 0}},
	{name: "helper --help", command: `virt-ssh-helper --help qemu:///system`, want: ran{helperUsage, "", 0}},
	{name: "helper -h", command: `virt-ssh-helper -h`, want: ran{helperUsage, "", 0}},
	{name: "helper with two URIs", command: `virt-ssh-helper a b`, want: ran{"", helperUsage, 1}},
	{name: "helper after --", command: `virt-ssh-helper -- -r`, want: ran{"", helperUsage, 1}},
	{name: "helper with an unknown option", command: `virt-ssh-helper -x qemu:///system`, want: ran{"", "option parsing failed: Unknown option -x\n", 1}},
	{name: "helper with an unknown long option", command: `virt-ssh-helper --readonlyx x`, want: ran{"", "option parsing failed: Unknown option --readonlyx\n", 1}},
	{name: "helper with a value for -r", command: `virt-ssh-helper -r=1 x`, want: ran{"", "option parsing failed: Unknown option -r=1\n", 1}},
	{name: "helper with an empty URI", command: `virt-ssh-helper ''`, want: ran{"", "virt-ssh-helper: cannot parse URI transport '': invalid argument: missing scheme for URI\n", 1}},
	{name: "helper with a path", command: `virt-ssh-helper /x`, want: ran{"", "virt-ssh-helper: cannot parse URI transport '/x': invalid argument: missing scheme for URI\n", 1}},
	{name: "helper with the ssh transport", command: `virt-ssh-helper qemu+ssh:///system`, want: ran{"", "virt-ssh-helper: unexpected URI transport 'qemu+ssh:///system'\n", 1}},
	{name: "helper with a server", command: `virt-ssh-helper qemu://host/system`, want: ran{"", "virt-ssh-helper: unexpected URI transport 'qemu://host/system'\n", 1}},
	{name: "helper with a transport in capitals", command: `virt-ssh-helper qemu+TCP://h/x`, want: ran{"", "virt-ssh-helper: unexpected URI transport 'qemu+TCP://h/x'\n", 1}},
	{name: "helper with a server and unix", command: `virt-ssh-helper -r qemu+unix://h/x`, want: ran{"", "virt-ssh-helper: cannot parse URI transport 'qemu+unix://h/x': invalid argument: using unix socket and remote server 'h' is not supported.\n", 1}},
	{name: "helper with an unknown transport", command: `virt-ssh-helper qemu+bogus:///x`, want: ran{"", "virt-ssh-helper: cannot parse URI transport 'qemu+bogus:///x': invalid argument: remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)\n", 1}},
	{name: "helper with no transport after +", command: `virt-ssh-helper qemu+:///x`, want: ran{"", "virt-ssh-helper: cannot parse URI transport 'qemu+:///x': invalid argument: remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)\n", 1}},
	{name: "helper with ://", command: `virt-ssh-helper ://`, want: ran{"", "virt-ssh-helper: cannot parse '://': internal error: Unable to parse URI ://\n", 1}},
	{name: "helper with blanks", command: `virt-ssh-helper 'qemu:///x?a b'`, want: ran{"", "virt-ssh-helper: cannot parse 'qemu:///x?a b': internal error: Unable to parse URI qemu:///x?a b\n", 1}},
	{name: "helper with a bad escape", command: `virt-ssh-helper qemu:///a%zz`, want: ran{"", "virt-ssh-helper: cannot parse 'qemu:///a%zz': internal error: Unable to parse URI qemu:///a%zz\n", 1}},
	{name: "helper with a bad scheme", command: `virt-ssh-helper 1qemu:///x`, want: ran{"", "virt-ssh-helper: cannot parse '1qemu:///x': internal error: Unable to parse URI 1qemu:///x\n", 1}},
	{name: "helper with a bad server", command: `virt-ssh-helper 'qemu://[::1/x'`, want: ran{"", "virt-ssh-helper: cannot parse 'qemu://[::1/x': internal error: Unable to parse URI qemu://[::1/x\n", 1}},
	{name: "helper with a bad port", command: `virt-ssh-helper qemu://h:99x/`, want: ran{"", "virt-ssh-helper: cannot parse 'qemu://h:99x/': internal error: Unable to parse URI qemu://h:99x/\n", 1}},
	{name: "helper with two fragments", command: `virt-ssh-helper 'qemu:///x#a#b'`, want: ran{"", "virt-ssh-helper: cannot parse 'qemu:///x#a#b': internal error: Unable to parse URI qemu:///x#a#b\n", 1}},
	{name: "helper with a zone", command: `virt-ssh-helper 'qemu://[fe80::1%25eth0]/x'`, want: ran{"", "virt-ssh-helper: unexpected URI transport 'qemu://[fe80::1%25eth0]/x'\n", 1}},
	{name: "helper with letters beyond ASCII", command: `virt-ssh-helper qemu:///ü`, want: ran{"", "virt-ssh-helper: cannot parse 'qemu:///ü': internal error: Unable to parse URI qemu:///ü\n", 1}},

	{name: "which", command: `which nc; which virt-ssh-helper nc; which -a sh; which /bin/sh`, want: ran{"/usr/bin/nc\n/usr/bin/virt-ssh-helper\n/usr/bin/nc\n/usr/bin/sh\n/bin/sh\n/bin/sh\n", "", 0}},
	{name: "which of nothing", command: `which`, want: ran{"", "", 1}},
	{name: "which of what is missing", command: `which nonesuch nc`, want: ran{"/usr/bin/nc\n", "", 1}},
	{name: "which of a built-in command", command: `which test; which cd`, want: ran{"/usr/bin/test\n", "", 1}},
	{name: "which with an unknown option", command: `which -z x`, want: ran{"Usage: /usr/bin/which [-a] args\n", "Illegal option -z\n", 2}},

	{name: "grep", command: `grep b`, stdin: "abc\nxyz\nb", want: ran{"abc\nb\n", "", 0}},
	{name: "grep without match", command: `grep q`, stdin: "abc\n", want: ran{"", "", 1}},
	{name: "grep -q", command: `grep -q b; echo $?; grep --quiet x </dev/null`, stdin: "abc\n", want: ran{"0\n", "", 1}},
	{name: "grep -F", command: `grep -F 'a.*'`, stdin: "abc\na.*b\n", want: ran{"a.*b\n", "", 0}},
	{name: "grep -E", command: `grep -E '(a|x)+c?$'`, stdin: "bax\nabcd\nac\n", want: ran{"bax\nac\n", "", 0}},
	{name: "grep with a basic expression", command: `grep '^*(a|b)\{2\}'`, stdin: "*(a|b))\n*(a|b)\n", want: ran{"*(a|b))\n", "", 0}},
	{name: "grep with an alternative", command: `grep 'ab\|cd'`, stdin: "xab\ncx\ncd\n", want: ran{"xab\ncd\n", "", 0}},
	{name: "grep with options", command: `grep -icve B -e C`, stdin: "abc\nxyz\nb\nd\n", want: ran{"2\n", "", 0}},
	{name: "grep -nx", command: `grep -nx 'a.c'`, stdin: "abcd\nabc\n", want: ran{"2:abc\n", "", 0}},
	{name: "grep without pattern", command: `grep -q`, want: ran{"", "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n", 2}},
	{name: "grep with an unknown option", command: `grep -Q x`, want: ran{"", "grep: invalid option -- 'Q'\nUsage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n", 2}},
	{name: "grep in a missing file", command: `grep x DIR/none`, want: ran{"", "grep: DIR/none: No such file or directory\n", 2}},
	{name: "grep -s in a missing file", command: `grep -s x DIR/none`, want: ran{"", "", 2}},

	{name: "cat", command: `cat; cat - /dev/null`, stdin: "x\n", want: ran{"x\n", "", 0}},
	{name: "cat of a missing file", command: `cat DIR/none`, want: ran{"", "cat: DIR/none: No such file or directory\n", 1}},
	{name: "cat of a directory", command: `cat /tmp`, want: ran{"", "cat: /tmp: Is a directory\n", 1}},
	{name: "utilities", command: `exec printf '%s\n' a`, want: ran{"a\n", "", 0}},
	{name: "nested shells", command: `sh -c 'bash -c "dash -c \"echo x\""'`, want: ran{"x\n", "", 0}},
	{name: "netcat script", command: netcatCommand(`'nc'`, "DIR/none"), want: ran{"", "nc: DIR/none: No such file or directory\n", 1}},
}

func TestPrograms(t *testing.T) {
	for _, tt := range programCommands {
		t.Run(tt.name, func(t *testing.T) {
			got := loginShell(t.Context(), Config{}, tt.command, tt.stdin)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.command, diff)
			}
		})
	}
}

// TestRealPrograms runs the table by the real programs of Debian.
func TestRealPrograms(t *testing.T) {
	bash := testclients.Need(t, "bash", "bash")
	testclients.Need(t, "virt-ssh-helper", "libvirt-daemon")
	nc := testclients.Need(t, "nc", "netcat-openbsd")
	if real, err := filepath.EvalSymlinks(nc); err != nil || filepath.Base(real) != "nc.openbsd" {
		testclients.Unavailable(t, "nc is not that of Debian's netcat-openbsd")
	}
	for _, tt := range programCommands {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			replace := strings.NewReplacer("DIR", dir)
			if strings.Contains(tt.name, "long name") {
				t.Skip("its length is that of the directory's name")
			}
			cmd := exec.CommandContext(t.Context(), bash, "-c", replace.Replace(tt.command))
			cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"}
			cmd.Stdin = strings.NewReader(tt.stdin)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
				t.Fatal(err)
			}
			want := ran{replace.Replace(tt.want.Stdout), replace.Replace(tt.want.Stderr), tt.want.Status}
			got := ran{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +real):\n%s", tt.command, diff)
			}
		})
	}
}

// TestOtherNetcats has no oracle but what netcat-traditional 1.10-47 printed once.
func TestOtherNetcats(t *testing.T) {
	traditional := Account{NetcatLacksU: true}
	withoutQ := Account{NetcatLacksQ: true}
	for _, tt := range []struct {
		name, command string
		account       Account
		want          ran
	}{
		{"traditional -q", `nc -q`, traditional, ran{"", "nc: option requires an argument -- 'q'\nnc -h for help\n", 1}},
		{"traditional -U", `nc -q0 -U /x`, traditional, ran{"", "nc: invalid option -- 'U'\nnc -h for help\n", 1}},
		{"traditional without host", `nc -q 0`, traditional, ran{"", "no destination\n", 1}},
		{"without -q", `nc -q 2>&1 | grep 'nc:'`, withoutQ, ran{"nc: invalid option -- 'q'\n", "", 0}},
		{"without -q, usage", `nc -q 2>&1 | grep -c 'q seconds'`, withoutQ, ran{"0\n", "", 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := loginShell(t.Context(), Config{Account: tt.account}, tt.command, "")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.command, diff)
			}
		})
	}
}

func TestNoLogin(t *testing.T) {
	got := loginShell(t.Context(), Config{Account: Account{Shell: "/usr/sbin/nologin", Noise: "x"}}, "nc -U /x", "")
	if want := (ran{"This account is currently not available.\n", "", 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAccountThatCannotBe(t *testing.T) {
	for _, a := range []Account{{Shell: "/bin/zsh"}, {NetcatPaths: []string{"nc"}}} {
		open := func(context.Context, string, Login) (func(net.Conn), error) { return nil, io.EOF }
		if _, err := New(Config{HostKeys: []gossh.Signer{newSigner(t)}, Open: open, Account: a}); err == nil {
			t.Errorf("New took %+v", a)
		}
	}
}
