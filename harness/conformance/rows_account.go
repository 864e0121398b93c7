package conformance

import (
	"fmt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// account gives everybody on the node an account of its own kind.
func account(a fakeserver.SSHAccount) func(*Cell) {
	return setup(func(s *Setup) error { s.Node(fakeserver.WithSSHAccount(a)); return nil })
}

// Paths on the node that no client takes by itself.
const (
	otherSocket = "/srv/other/libvirt-sock"
	farNetcat   = "/opt/netcat/bin/nc"
)

// otherAccount has them, beside the usual ones.
func otherAccount() fakeserver.SSHAccount {
	return fakeserver.SSHAccount{
		NetcatPaths: []string{farNetcat},
		Sockets:     map[string]fakeserver.SSHSocket{otherSocket: fakeserver.SSHSocketNode},
	}
}

// sshAccountRows are about what a client finds on the node once it has logged in. A row
// that a client without programs on the node passes by its own means says so by not
// needing the ssh program.
func sshAccountRows() []*Cell {
	var rows []*Cell
	for _, t := range sshFamily() {
		rows = append(rows, accountRows(t)...)
	}
	return rows
}

func accountRows(t call.Transport) []*Cell {
	id, section := string(t)+"/account/", transportSection(t)
	nc := string(t) + "/netcat/"
	const name = "qemu:///system"
	const far = farNetcat
	system := func(params ...string) *parts {
		return link(t, append([]string{"-socket"}, params...)...).local("qemu", "/system")
	}
	at := func(s fakeserver.SSHSocket) func(*Cell) {
		return account(fakeserver.SSHAccount{Sockets: map[string]fakeserver.SSHSocket{systemSocket: s}})
	}
	program := needs(SSHProgram)
	plain := link(t, "socket="+systemSocket)
	return []*Cell{
		row(nc+"full-path", "netcat may be a full path", parameterSection("netcat"), link(t, "netcat="+far), reach(testName, via(byNetcat), command(far)), program,
			account(fakeserver.SSHAccount{NoNetcat: true, NetcatPaths: []string{far}})),
		row(nc+"blank", "a blank in netcat is part of its path", parameterSection("netcat"), link(t, "netcat=/opt/my%20nc"), reach(testName, via(byNetcat)), program,
			account(fakeserver.SSHAccount{NoNetcat: true, NetcatPaths: []string{"/opt/my nc"}})),
		row(nc+"not-nc", "netcat counts, even where nc is there as well", parameterSection("netcat"), link(t, "netcat="+far), refuseAt(Login), program),

		row(id+"no-helper", "without virt-ssh-helper on the node, netcat is taken", section, system(), reach(name, via(byNetcat, byChannel), socketAt(systemSocket)), account(fakeserver.SSHAccount{NoHelper: true})),
		row(id+"no-netcat", "without netcat on the node, virt-ssh-helper is taken", section, system(), reach(name, via(byHelper, byChannel)), account(fakeserver.SSHAccount{NoNetcat: true})),
		row(id+"no-netcat-with-socket", "without netcat on the node a socket cannot be reached", section, plain, refuseAt(Login), program, account(fakeserver.SSHAccount{NoNetcat: true})),
		row(id+"neither", "with neither on the node, it is refused", section, system(), refuseAt(Login), program, account(fakeserver.SSHAccount{NoNetcat: true, NoHelper: true})),
		row(id+"native-no-helper", "proxy=native without virt-ssh-helper on the node is refused", section, system("proxy=native"), refuseAt(Login), program, account(fakeserver.SSHAccount{NoHelper: true})),
		row(id+"netcat-without-q", "a netcat without -q is called without it", section, plain, reach(testName, via(byNetcat, byChannel)), account(fakeserver.SSHAccount{NetcatLacksQ: true})),
		row(id+"netcat-without-u", "a netcat without -U cannot reach the socket", section, plain, refuseAt(Login), program, account(fakeserver.SSHAccount{NetcatLacksU: true})),
		row(id+"socket-forbidden", "a socket that the user may not open is refused", section, plain, refuseAt(Login), at(fakeserver.SSHSocketForbidden)),
		row(id+"socket-dead", "a socket that a dead daemon has left is refused", section, plain, refuseAt(Login), at(fakeserver.SSHSocketRefused)),
		row(id+"socket-missing", "a node without libvirt's socket is refused", section, plain, refuseAt(Login), at(fakeserver.SSHSocketMissing)),
		row(id+"dash", "another login shell is as good", section, system(), reach(name), account(fakeserver.SSHAccount{Shell: "/bin/dash"})),
		row(id+"nologin", "an account without a shell is refused", section, system(), refuseAt(Login), program, account(fakeserver.SSHAccount{Shell: "/usr/sbin/nologin"})),
		row(id+"banner", "a banner before the login, and noise on standard error, do no harm", section, system(), reach(name), account(fakeserver.SSHAccount{Banner: "Authorized users only.\n", Noise: "stty: 'standard input': Inappropriate ioctl for device\n"})),
		row(id+"streamlocal-failed", "a node that forwards no sockets is reached by its programs", section, plain, reach(testName, via(byNetcat)), account(fakeserver.SSHAccount{StreamLocal: fakeserver.SSHStreamLocalFailed})),
		row(id+"streamlocal-prohibited", "a node that prohibits forwarding is reached by its programs", section, plain, reach(testName, via(byNetcat)), account(fakeserver.SSHAccount{StreamLocal: fakeserver.SSHStreamLocalProhibited})),
	}
}

// plainNetcatRow is the remote command as libvirt's documentation prints it, which old
// clients send.
func plainNetcatRow() *Cell {
	return row("ext/command/documented-ssh", "the documented ssh -p PORT -l USER HOST nc -U SOCKET leads to the daemon", sectionGuide, link(call.Ext, "command={dir}/documented"),
		reach(testName, via(byNetcat), socketAt(systemSocket), func(r *Reach) { r.Transport, r.Command, r.User = call.SSH, []string{"nc -U " + systemSocket}, "fred" }),
		setup(func(s *Setup) error {
			s.Node(fakeserver.WithTransports(call.Unix, call.SSH))
			s.Client(func(e *Env) error {
				if err := e.plainSSH(sshSettings{}); err != nil {
					return err
				}
				words, err := e.Expand("{ssh-plain} -p {ssh.port} -l fred {ssh.host} nc -U " + systemSocket)
				if err != nil {
					return err
				}
				_, err = e.File("documented", fmt.Sprintf("#!/bin/sh\nexec %s\n", words), 0o755)
				return err
			})
			return nil
		}))
}
