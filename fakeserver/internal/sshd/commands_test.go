package sshd

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	system         = "/var/run/libvirt/libvirt-sock"
	systemReadOnly = "/var/run/libvirt/libvirt-sock-ro"
)

// The remote commands that libvirt 9.0.0's library sends, as its ssh transport
// gave them to a command= that wrote them down; N, U and S are quoted as they
// were there.
func autoCommand(n, helperArgs, s string) string {
	return `sh -c 'which virt-ssh-helper 1>/dev/null 2>&1; if test $? = 0; then     virt-ssh-helper ` + helperArgs +
		`; else    ` + netcatScript(n, s) + `; fi'`
}

func netcatScript(n, s string) string {
	return `if ` + n + ` -q 2>&1 | grep "requires an argument" >/dev/null 2>&1; then ARG=-q0;else ARG=;fi;` + n + ` $ARG -U ` + s
}

func netcatCommand(n, s string) string { return `sh -c '` + netcatScript(n, s) + `'` }

func nativeCommand(helperArgs string) string { return `sh -c 'virt-ssh-helper ` + helperArgs + `'` }

// Those of other clients, and of older libvirt.
const (
	oldestCommand = `nc -U ` + system
	evalCommand   = `nc -q 2>&1 | grep -q "requires an argument";if [ $? -eq 0 ] ; then CMD="nc -q 0 -U ` + system +
		`";else CMD="nc -U ` + system + `";fi;eval "$CMD"`
	terraformCommand = `sh -c 'which virt-ssh-helper 1>/dev/null 2>&1; if test $? = 0; then virt-ssh-helper "qemu:///system"; ` +
		`else if "nc" -q 2>&1 | grep "requires an argument" >/dev/null 2>&1; then ARG=-q0; else ARG=; fi; "nc" $ARG -U ` + system + `; fi'`
)

var clientCommands = []struct {
	name, command string
	account       Account
	want          opened // Socket empty: none is opened
	stderr        string
	status        int
}{
	{
		name:    "auto with the helper",
		command: autoCommand(`'nc'`, `'qemu:///system'`, system),
		want:    opened{system, Login{Via: ViaHelper, URI: "qemu:///system"}},
	}, {
		name:    "auto with the helper, read-only",
		command: autoCommand(`'nc'`, `-r 'qemu:///system'`, systemReadOnly),
		want:    opened{systemReadOnly, Login{Via: ViaHelper, URI: "qemu:///system", ReadOnly: true}},
	}, {
		name:    "auto without the helper",
		command: autoCommand(`'nc'`, `'qemu:///system'`, system),
		account: Account{NoHelper: true},
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "auto without the helper, read-only",
		command: autoCommand(`'nc'`, `-r 'test:///default'`, systemReadOnly),
		account: Account{NoHelper: true},
		want:    opened{systemReadOnly, Login{Via: ViaNetcat}},
	}, {
		name:    "auto with a socket, without the helper",
		command: autoCommand(`'nc'`, `'qemu:///system'`, "/s"),
		account: Account{NoHelper: true, NetcatLacksQ: true},
		want:    opened{"/s", Login{Via: ViaNetcat}},
	}, {
		name:    "auto with neither",
		command: autoCommand(`'nc'`, `'qemu:///system'`, system),
		account: Account{NoHelper: true, NoNetcat: true},
		stderr:  "sh: 1: nc: not found\n",
		status:  127,
	}, {
		name:    "auto for no URI",
		command: autoCommand(`'nc'`, `'''\'''\''''`, system),
		stderr:  "virt-ssh-helper: cannot parse URI transport '': invalid argument: missing scheme for URI\n",
		status:  1,
	}, {
		name:    "netcat",
		command: netcatCommand(`'nc'`, system),
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "netcat without -q",
		command: netcatCommand(`'nc'`, system),
		account: Account{NetcatLacksQ: true},
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "netcat without -U",
		command: netcatCommand(`'nc'`, system),
		account: Account{NetcatLacksU: true},
		stderr:  "nc: invalid option -- 'U'\nnc -h for help\n",
		status:  1,
	}, {
		name:    "no netcat",
		command: netcatCommand(`'nc'`, system),
		account: Account{NoNetcat: true},
		stderr:  "sh: 1: nc: not found\n",
		status:  127,
	}, {
		name:    "netcat at a path of its own",
		command: netcatCommand(`'/opt/nc'`, system),
		account: Account{NoNetcat: true, NetcatPaths: []string{"/opt/nc"}},
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "netcat at a path that is quoted twice",
		command: netcatCommand(`'''\''/opt/my nc'\''''`, system),
		account: Account{NetcatPaths: []string{"/opt/my nc"}},
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "netcat at a path with a dollar sign",
		command: netcatCommand(`'''\''/opt/$HOME'\''''`, system),
		account: Account{NetcatPaths: []string{"/opt/$HOME"}},
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "netcat at a path with a quote",
		command: netcatCommand(`'''\''/o'\''\'\'''\''x'\''''`, system),
		account: Account{NetcatPaths: []string{"/o'x"}},
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "netcat at a wrong path",
		command: netcatCommand(`'/opt/nc'`, system),
		stderr:  "sh: 1: /opt/nc: not found\n",
		status:  127,
	}, {
		name:    "socket with a blank, which is never quoted",
		command: netcatCommand(`'/usr/bin/nc'`, "/x y"),
		stderr:  "/usr/bin/nc: cannot use port with -U\n",
		status:  1,
	}, {
		name:    "socket that does not exist",
		command: netcatCommand(`'nc'`, "/nonexistent"),
		want:    opened{"/nonexistent", Login{Via: ViaNetcat}},
		stderr:  "nc: /nonexistent: No such file or directory\n",
		status:  1,
	}, {
		name:    "socket that may not be used",
		command: netcatCommand(`'nc'`, "/forbidden"),
		want:    opened{"/forbidden", Login{Via: ViaNetcat}},
		stderr:  "nc: /forbidden: Permission denied\n",
		status:  1,
	}, {
		name:    "native",
		command: nativeCommand(`'qemu:///system'`),
		want:    opened{system, Login{Via: ViaHelper, URI: "qemu:///system"}},
	}, {
		name:    "native, read-only",
		command: nativeCommand(`-r 'test:///default'`),
		want:    opened{systemReadOnly, Login{Via: ViaHelper, URI: "test:///default", ReadOnly: true}},
	}, {
		name:    "native with a URI that is quoted twice",
		command: nativeCommand(`'''\''qemu:///system?foo=bar'\''''`),
		want:    opened{system, Login{Via: ViaHelper, URI: "qemu:///system?foo=bar"}},
	}, {
		name:    "native with a blank in the URI",
		command: nativeCommand(`'''\''qemu:///my sys'\''''`),
		stderr:  "virt-ssh-helper: cannot parse 'qemu:///my sys': internal error: Unable to parse URI qemu:///my sys\n",
		status:  1,
	}, {
		name:    "native for no URI",
		command: nativeCommand(`'''\'''\''''`),
		stderr:  "virt-ssh-helper: cannot parse URI transport '': invalid argument: missing scheme for URI\n",
		status:  1,
	}, {
		name:    "native without the helper",
		command: nativeCommand(`'qemu:///system'`),
		account: Account{NoHelper: true},
		stderr:  "sh: 1: virt-ssh-helper: not found\n",
		status:  127,
	}, {
		name:    "native to a socket that does not exist",
		command: nativeCommand(`'qemu:///system'`),
		account: Account{Sockets: func(string, bool) (string, error) { return "/nonexistent", nil }},
		want:    opened{"/nonexistent", Login{Via: ViaHelper, URI: "qemu:///system"}},
		stderr:  "virt-ssh-helper: cannot connect to '/nonexistent': Failed to connect socket to '/nonexistent': No such file or directory\n",
		status:  1,
	}, {
		name:    "native with a socket of the node's choice",
		command: nativeCommand(`'qemu:///session'`),
		account: Account{Sockets: func(uri string, readOnly bool) (string, error) {
			return fmt.Sprint("/run/user/0/", strings.TrimPrefix(uri, "qemu:///"), readOnly), nil
		}},
		want: opened{"/run/user/0/sessionfalse", Login{Via: ViaHelper, URI: "qemu:///session"}},
	}, {
		name:    "before 2011",
		command: oldestCommand,
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "before 2011 without netcat",
		command: oldestCommand,
		account: Account{NoNetcat: true},
		stderr:  "bash: line 1: nc: command not found\n",
		status:  127,
	}, {
		name:    "documentation's netcat",
		command: "netcat -U " + system,
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "0.9.x with eval",
		command: evalCommand,
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "0.9.x with eval, netcat without -q",
		command: evalCommand,
		account: Account{NetcatLacksQ: true},
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "Terraform provider",
		command: terraformCommand,
		want:    opened{system, Login{Via: ViaHelper, URI: "qemu:///system"}},
	}, {
		name:    "Terraform provider without the helper",
		command: terraformCommand,
		account: Account{NoHelper: true},
		want:    opened{system, Login{Via: ViaNetcat}},
	}, {
		name:    "login shell sh",
		command: oldestCommand,
		account: Account{NoNetcat: true, Shell: "/bin/sh"},
		stderr:  "sh: 1: nc: not found\n",
		status:  127,
	}, {
		name:    "noise of the start-up files",
		command: oldestCommand,
		account: Account{Noise: "stty: standard input: Inappropriate ioctl for device\n"},
		want:    opened{system, Login{Via: ViaNetcat}},
		stderr:  "stty: standard input: Inappropriate ioctl for device\n",
	},
}

// TestClientCommands sends what clients send and looks at which way it led to
// which socket, and at what the client saw.
func TestClientCommands(t *testing.T) {
	for _, tt := range clientCommands {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := startNode(t, Config{Account: tt.account})
			got := run(t, n.dial(t), tt.command, "one\nbye\n")
			want := ran{"", tt.stderr, tt.status}
			if tt.status == 0 {
				want.Stdout = "one\nbye\n"
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the client saw, for %s (-want +got):\n%s", tt.command, diff)
			}
			var wantOpened []opened
			if tt.want.Socket != "" {
				tt.want.User, tt.want.Command = "root", tt.command
				wantOpened = []opened{tt.want}
			}
			ignore := cmpopts.IgnoreFields(Login{}, "KeyFingerprint", "Remote", "Local", "ClientVersion", "Conn", "Words", "Env")
			if diff := cmp.Diff(wantOpened, n.opened(), ignore); diff != "" {
				t.Errorf("Open was asked (-want +got):\n%s", diff)
			}
		})
	}
}
