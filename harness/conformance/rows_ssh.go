package conformance

import (
	"errors"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Ways to the socket on a node.
const (
	byNetcat  = "nc"
	byHelper  = "virt-ssh-helper"
	byChannel = "direct-streamlocal@openssh.com"
)

func via(ways ...string) func(*Reach) { return func(r *Reach) { r.Via = ways } }

func loginAs(user string) func(*Reach) { return func(r *Reach) { r.User = user } }

func socketAt(path string) func(*Reach) { return func(r *Reach) { r.Socket = path } }

func command(texts ...string) func(*Reach) { return func(r *Reach) { r.Command = texts } }

func arguments(runs ...string) func(*Reach) { return func(r *Reach) { r.Args = runs } }

func noArguments(runs ...string) func(*Reach) { return func(r *Reach) { r.NoArgs = runs } }

// sshRows are about the parameters that all of the SSH family have.
func sshRows() []*Cell {
	var rows []*Cell
	for _, t := range sshFamily() {
		rows = append(rows, sshSocketRows(t)...)
		rows = append(rows, sshKeyRows(t)...)
		rows = append(rows, sshProxyRows(t)...)
	}
	return rows
}

func sshSocketRows(t call.Transport) []*Cell {
	id, section := string(t)+"/socket/", parameterSection("socket")
	qemu := func(params ...string) *parts { return link(t, params...).local("qemu", "/system") }
	return []*Cell{
		row(id+"set", "the socket on the node is handed to netcat there", section, link(t), reach(testName, via(byNetcat, byChannel), socketAt("{socket}"))),
		row(id+"default", "without socket it is the system's", section, qemu("-socket"), reach("qemu:///system", socketAt(systemSocket))),
		row(id+"documented", "the socket of libvirt's directories may be given", section, link(t, "socket="+systemSocket), reach(testName, via(byNetcat, byChannel), socketAt(systemSocket))),
		row(id+"escaped", "escapes in socket are resolved", section, link(t, "socket=%2Fsrv%2F%6Fther%2Flibvirt-sock"), reach(testName, socketAt(otherSocket)), account(otherAccount())),
		row(id+"read-only", "the socket for reading may be given", section, link(t, "socket="+systemSocket+"-ro"), reach(testName, socketAt(systemSocket+"-ro"), func(r *Reach) { r.ReadOnly = true })),
		row(id+"missing", "a socket that is not on the node is refused", section, link(t, "socket=/nowhere"), refuseAt(Login)),
	}
}

func sshKeyRows(t call.Transport) []*Cell {
	id, section := string(t)+"/keyfile/", parameterSection("keyfile")
	own := link(t)
	if t == call.SSH {
		own = link(t, "command={ssh-plain}")
	}
	withoutKey := func(more ...func(*Env) error) func(*Cell) {
		return client(func(e *Env) error {
			for _, f := range more {
				if err := f(e); err != nil {
					return err
				}
			}
			return e.plainSSH(sshSettings{noKey: true})
		})
	}
	// A client that drops keyfile takes the good key of its home. The ssh program finds
	// that of the system's user in its place, and takes it for a keyfile that is not
	// there.
	good := withoutKey
	if t != call.SSH {
		good = func(more ...func(*Env) error) func(*Cell) {
			return withoutKey(append(more, (*Env).homeSSH)...)
		}
	}
	rows := []*Cell{
		row(id+"set", "the key in keyfile is the one to log in with", section, own, reach(testName), withoutKey()),
		row(id+"escaped", "escapes in keyfile are resolved", section, own.with("keyfile={dir}/my%20keys/key"), reach(testName), withoutKey(func(e *Env) error {
			return e.CopyFile("{key}", "my keys/key", 0o600)
		})),
		row(id+"missing", "a key file that is not there does not let anybody in", section, own.with("keyfile={dir}/nowhere"), refuse(Connection), good()),
		row(id+"foreign", "a key that the node does not know is refused", section, own.with("keyfile={foreign-key}"), refuse(Connection), good((*Env).foreignKey)),
	}
	if t == call.SSH {
		return append(rows,
			row(id+"foreign-default-good", "a key that the node does not know is refused, although the one in ~/.ssh is good", section, link(t, "-command", "-no_verify", "keyfile={foreign-key}"), refuseAt(Connection),
				needs(SSHProgram, Environment, Namespace), client(func(e *Env) error { return errors.Join(e.foreignKey(), e.homeSSH()) })),
			row(id+"argument", "keyfile is handed to ssh as -i", section, link(t, "command={ssh-recorder}"), reach(testName, arguments("-i {key}")), needs(SSHProgram),
				client(func(e *Env) error { return e.recordSSH("{ssh-command}", "") })),
			row(id+"default", "without keyfile it is ssh's own choice", section, link(t, "-keyfile", "command={ssh-recorder}"), reach(testName, noArguments("-i")), needs(SSHProgram),
				client(func(e *Env) error { return e.recordSSH("{ssh-command}", "") })),
		)
	}
	return append(rows, row(id+"default", "without keyfile it is ~/.ssh/id_ed25519", section, link(t, "-keyfile"), reach(testName), needs(Environment), client((*Env).homeSSH)))
}

func sshProxyRows(t call.Transport) []*Cell {
	id, section := string(t)+"/proxy/", parameterSection("proxy")
	nc := parameterSection("netcat")
	program := needs(SSHProgram)
	qemu := func(params ...string) *parts {
		return link(t, append([]string{"-socket"}, params...)...).local("qemu", "/system")
	}
	const name = "qemu:///system"
	return []*Cell{
		row(id+"auto", "proxy=auto takes virt-ssh-helper where it is", section, qemu("proxy=auto"), reach(name, via(byHelper)), program),
		row(id+"netcat", "proxy=netcat takes netcat", section, qemu("proxy=netcat"), reach(name, via(byNetcat), socketAt(systemSocket)), program),
		row(id+"native", "proxy=native takes virt-ssh-helper", section, qemu("proxy=native"), reach(name, via(byHelper)), program),
		row(id+"auto-with-socket", "proxy=auto with a socket still takes virt-ssh-helper where it is", section, link(t, "proxy=auto"), reach(testName, via(byHelper)), program, quirk),
		row(id+"default-session", "for the session of a user who is not root, virt-ssh-helper is taken, and finds its socket", section, qemu().local("qemu", "/session").at("fred@{ssh}"),
			reach("qemu:///session", via(byHelper), loginAs("fred")), needs(SSHProgram, Environment, Namespace), sessionOf(func(e *Env) error { e.AsUser(); return nil }), quirk),
		row(id+"native-with-netcat", "proxy=native and netcat do not go together", section, qemu("proxy=native", "netcat=nc"), refuse(Nothing), program),

		row(string(t)+"/netcat/set", "netcat names the program on the node, instead of nc", nc, link(t, "netcat=netcat"), reach(testName, via(byNetcat), command("netcat"), func(r *Reach) { r.NoCommand = []string{"'nc'"} }), program),
		row(string(t)+"/netcat/default", "without netcat it is nc", nc, link(t), reach(testName, via(byNetcat), command("nc", "-U {socket}")), program),
		row(string(t)+"/netcat/missing", "a netcat that is not on the node is refused", nc, link(t, "netcat=/nowhere/nc"), refuseAt(Login), program),
		row(string(t)+"/netcat/escaped", "escapes in netcat are resolved", nc, link(t, "netcat=%6Eetcat"), reach(testName, via(byNetcat), command("netcat")), program),
		row(string(t)+"/netcat/with-socket", "netcat gets the socket that is given", nc, link(t, "netcat="+farNetcat, "socket="+otherSocket), reach(testName, via(byNetcat), socketAt(otherSocket), command(farNetcat, "-U "+otherSocket)), program, account(otherAccount())),
		row(string(t)+"/mode/direct", "mode=direct is refused", parameterSection("mode"), qemu("mode=direct"), refuse(Nothing)),
		row(string(t)+"/mode/legacy", "mode=legacy is taken", parameterSection("mode"), qemu("mode=legacy"), reach(name)),
		row(string(t)+"/mode/auto", "mode=auto is taken", parameterSection("mode"), qemu("mode=auto"), reach(name)),
	}
}

// sshHostKeyRows are about ssh and the host's key: no_verify, and no_tty.
func sshHostKeyRows() []*Cell {
	const t = call.SSH
	verify, tty := parameterSection("no_verify"), parameterSection("no_tty")
	unknown := sshSettings{known: "/dev/null", strict: "ask"}
	plain := func(params ...string) *parts {
		return link(t, append([]string{"command={ssh-plain}", "-no_verify"}, params...)...)
	}
	of := func(s sshSettings, more ...func(*Env) error) func(*Cell) {
		return client(func(e *Env) error {
			for _, f := range more {
				if err := f(e); err != nil {
					return err
				}
			}
			return e.plainSSH(s)
		})
	}
	changed := (*Env).changedHostKey
	asked := func(r *Reach) { r.Asked = true }
	recorder := func(e *Env) error {
		if err := e.plainSSH(sshSettings{}); err != nil {
			return err
		}
		return e.recordSSH("{ssh-plain}", "")
	}
	argued := func(params ...string) *parts { return plain(params...).with("command={ssh-recorder}") }
	terminal := needs(SSHProgram, PTY)
	yes := func(e *Env) error { e.Answer("yes"); return nil }
	const id = "ssh/no_tty/"
	return []*Cell{
		row("ssh/no_verify/unset", "without no_verify an unknown host key is refused", verify, plain(), refuse(Connection), of(unknown)),
		row("ssh/no_verify/zero", "no_verify=0 refuses an unknown host key", verify, plain("no_verify=0"), refuse(Connection), of(unknown)),
		row("ssh/no_verify/set", "no_verify=1 takes an unknown host key", verify, plain("no_verify=1"), reach(testName), of(unknown)),
		row("ssh/no_verify/other-number", "any number but 0 counts as set", verify, plain("no_verify=7"), reach(testName), of(unknown)),
		row("ssh/no_verify/changed", "without no_verify a changed host key is refused", verify, plain(), refuse(Connection), of(sshSettings{known: "{changed}"}, changed)),
		row("ssh/no_verify/argument", "no_verify=1 is handed to ssh as StrictHostKeyChecking=no", verify, argued("no_verify=1"), reach(testName, arguments("-o StrictHostKeyChecking=no")), needs(SSHProgram), client(recorder)),
		row("ssh/no_verify/zero-argument", "no_verify=0 is not", verify, argued("no_verify=0"), reach(testName, noArguments("-o StrictHostKeyChecking=no")), needs(SSHProgram), client(recorder)),
		row("ssh/host-key/known", "a host key that is known is taken", transportSection(t), plain(), reach(testName), needs(SSHProgram), of(sshSettings{})),
		row("ssh/host-key/home", "host keys and keys are found in ~/.ssh", transportSection(t), link(t, "-command", "-keyfile", "-no_verify"), reach(testName), needs(Environment, Namespace), client((*Env).homeSSH)),

		row(id+"set", "no_tty=1 is handed to ssh as BatchMode=yes", tty, argued("no_tty=1"), reach(testName, arguments("-o BatchMode=yes")), needs(SSHProgram), client(recorder)),
		row(id+"other-number", "any number but 0 counts as set", tty, argued("no_tty=2"), reach(testName, arguments("-o BatchMode=yes")), needs(SSHProgram), client(recorder)),
		row(id+"zero", "no_tty=0 is not", tty, argued("no_tty=0"), reach(testName, noArguments("-o BatchMode=yes")), needs(SSHProgram), client(recorder)),
		row(id+"unset", "without no_tty ssh is free to ask", tty, argued(), reach(testName, noArguments("-o BatchMode=yes")), needs(SSHProgram), client(recorder)),
		row(id+"terminal-unset", "without no_tty ssh asks on the terminal", tty, plain(), reach(testName, asked), terminal, of(unknown, yes)),
		row(id+"terminal-zero", "no_tty=0 has ssh ask on the terminal", tty, plain("no_tty=0"), reach(testName, asked), terminal, of(unknown, yes)),
		row(id+"terminal-set", "no_tty=1 keeps ssh from asking on the terminal", tty, plain("no_tty=1"), Want{Refuse: &Refuse{Saw: Connection, NotAsked: true}}, terminal, of(unknown, yes)),
		row(id+"no-terminal-unset", "without no_tty and without a terminal ssh fails where it would ask", tty, plain(), refuse(Connection), of(unknown)),
		row(id+"no-terminal-set", "no_tty=1 without a terminal fails where ssh would ask", tty, plain("no_tty=1"), refuse(Connection), of(unknown)),
	}
}

// sshCommandRows are about command.
func sshCommandRows() []*Cell {
	const t = call.SSH
	section := parameterSection("command")
	program := needs(SSHProgram)
	named := func(name string) func(*Cell) {
		return client(func(e *Env) error {
			if err := e.plainSSH(sshSettings{}); err != nil {
				return err
			}
			return e.recordSSH("{ssh-plain}", name)
		})
	}
	return []*Cell{
		row("ssh/command/path", "command may be a full path", section, link(t, "command={ssh-recorder}"), reach(testName, arguments("--")), program, named("")),
		row("ssh/command/in-path", "command is found by PATH", section, link(t, "command=my-ssh"), reach(testName, arguments("--")), program, needs(Environment), named("my-ssh")),
		row("ssh/command/default", "without command it is ssh, found by PATH", section, link(t, "-command"), reach(testName, arguments("--")), program, needs(Environment), named("ssh")),
		row("ssh/command/escaped", "escapes in command are resolved", section, link(t, "command={dir}/bin/my%20ssh"), reach(testName, arguments("--")), program, named("my ssh")),
		row("ssh/command/missing", "a command that is not there is refused", section, link(t, "command=/nowhere/ssh"), refuse(Nothing), program),
		row("ssh/command/missing-in-path", "a command that is not in PATH is refused", section, link(t, "command=no-such-ssh"), refuse(Nothing), program),
		row("ssh/command/empty", "an empty command is refused", section, link(t, "command="), refuse(Nothing), program, quirk),
		row("ssh/command/port", "the port is handed to it as -p", section, link(t, "command={ssh-recorder}"), reach(testName, arguments("-p {ssh.port}")), program, named("")),
		row("ssh/command/no-port", "without a port there is no -p", section, link(t, "command={ssh-recorder}"), reach(testName, noArguments("-p")), program, setup(func(s *Setup) error {
			withDefaultPorts(s)
			s.Client(func(e *Env) error { return e.recordSSH("{ssh-command}", "") })
			return nil
		})),
		row("ssh/command/user", "the user is handed to it as -l", section, link(t, "command={ssh-recorder}").at("fred@{ssh}"), reach(testName, arguments("-l fred"), loginAs("fred")), program, named("")),
		row("ssh/command/no-user", "without a user there is no -l", section, link(t, "command={ssh-recorder}").at("{ssh}"), reach(testName, noArguments("-l")), program, named("")),
		row("ssh/command/host", "the host is the last word before the remote command", section, link(t, "command={ssh-recorder}"), reach(testName, arguments("-- {ssh.host} sh -c")), program, named("")),
		row("ssh/command/documented", "the remote command leads to netcat -U SOCKET", section, link(t, "command={ssh-recorder}", "socket="+systemSocket), reach(testName, command("-U "+systemSocket), socketAt(systemSocket)), program, named("")),
	}
}
