package conformance

import (
	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// sshPassword lets root in to the node's SSH server.
const sshPassword = "sesame-of-ssh"

// sshDoor lets root in by these methods, and prepares the client.
func sshDoor(root fakeserver.SSHUser, methods []string, prepare ...func(*Env) error) func(*Cell) {
	return setup(func(s *Setup) error {
		s.Node(fakeserver.WithSSHAuth(fakeserver.SSHAuth{Methods: methods, Users: map[string]fakeserver.SSHUser{"root": root}}))
		for _, p := range prepare {
			s.Client(p)
		}
		return nil
	})
}

// sshAuthFile is a file of passwords for libssh and libssh2.
func sshAuthFile(password string) func(*Env) error {
	return authFile("auth.conf", "[credentials-node]", "username=root", "password="+password, "[auth-ssh-default]", "credentials=node")
}

// sshLoginRows are about the ways in to the node's SSH server.
func sshLoginRows() []*Cell {
	var rows []*Cell
	for _, t := range sshFamily() {
		rows = append(rows,
			row(string(t)+"/user/unknown", "a user whom the node does not have is refused", parameterSection("user"), link(t).at("alice@{ssh}"), refuse(Connection), sshDoor(fakeserver.SSHUser{}, nil)),
			row(string(t)+"/user/turned-away", "a user whom the node turns away is refused", parameterSection("user"), link(t), refuse(Connection), sshDoor(fakeserver.SSHUser{Refused: true}, nil)),
		)
	}
	for _, t := range libsshs() {
		rows = append(rows, libsshLoginRows(t)...)
	}
	return append(rows, sshProgramLoginRows()...)
}

func libsshLoginRows(t call.Transport) []*Cell {
	id, section := string(t)+"/sshauth/", parameterSection("sshauth")
	root := fakeserver.SSHUser{Password: sshPassword}
	by := func(methods string) *parts { return link(t, "sshauth="+methods) }
	file := func(methods string) *parts { return by(methods).with("authfile={dir}/auth.conf") }
	good, wrong := sshAuthFile(sshPassword), sshAuthFile("wrong")
	typed := func(e *Env) error { e.Input(sshPassword + "\n"); return nil }
	in, out := reach(testName), refuse(Connection)
	password, questions := []string{"password"}, []string{"keyboard-interactive"}
	rows := []*Cell{
		row(id+"password", "password logs in with the password of authfile", section, file("password"), in, sshDoor(root, password, good)),
		row(id+"password-typed", "without authfile the client asks for the password", section, by("password"), in, needs(Input), sshDoor(root, password, typed)),
		row(id+"keyboard-interactive-typed", "keyboard-interactive has the client ask what the node asks", section, by("keyboard-interactive"), in, needs(Input), sshDoor(root, questions, typed)),
		row(id+"privkey-not-offered", "privkey does not let anybody in where the node wants a password", section, by("privkey"), out, sshDoor(root, password)),
		row(id+"agent-refused", "a key of the agent's that the node does not know is refused", section, by("agent").with("-keyfile"), out, needs(Environment), sshDoor(fakeserver.SSHUser{Keys: []string{}}, nil, (*Env).agent)),
		row(id+"privkey-and-password", "a node that wants a key and a password too is not satisfied", section, file("privkey,password"), out, sshDoor(root, []string{"publickey,password"}, good), quirk),
		row(id+"password-default", "the password may be in the file that LIBVIRT_AUTH_FILE names", section, by("password"), in, needs(Environment), sshDoor(root, password, good, func(e *Env) error { return e.Setenv("LIBVIRT_AUTH_FILE", "{dir}/auth.conf") })),
	}
	if t == call.LibSSH2 { // over libssh libvirt's client does not get over the end of the connection
		rows = append(rows, row(id+"password-wrong", "a wrong password is refused", section, file("password"), out, sshDoor(root, password, wrong)))
	}
	return rows
}

// sshProgramLoginRows are about the stock ssh, which asks a program for passwords.
func sshProgramLoginRows() []*Cell {
	const (
		t  = call.SSH
		id = "ssh/login/"
	)
	root := fakeserver.SSHUser{Password: sshPassword}
	in, out := reach(testName), refuse(Connection)
	asking := func(password string) []func(*Env) error {
		return []func(*Env) error{
			func(e *Env) error { return e.sshFiles(certs.SSHClient{}) },
			func(e *Env) error {
				program, err := e.File("askpass", "#!/bin/sh\necho '"+password+"'\n", 0o755)
				e.vars["SSH_ASKPASS"], e.vars["SSH_ASKPASS_REQUIRE"], e.vars["DISPLAY"] = program, "force", ":none"
				return err
			},
		}
	}
	agent := []func(*Env) error{func(e *Env) error { return e.sshFiles(certs.SSHClient{Agent: true}) }, (*Env).agent}
	one := func(what, title string, uri *parts, want Want, door func(*Cell)) *Cell {
		return row(id+what, title, transportSection(t), uri, want, needs(SSHProgram, Environment), door)
	}
	uri := ownFiles(t)
	return []*Cell{
		one("password", "ssh asks for the password that the node wants", uri, in, sshDoor(root, []string{"password"}, asking(sshPassword)...)),
		one("password-wrong", "a wrong password is refused", uri, out, sshDoor(root, []string{"password"}, asking("wrong")...)),
		one("password-no_tty", "with no_tty=1 ssh does not ask for the password", uri.with("no_tty=1"), out, sshDoor(root, []string{"password"}, asking(sshPassword)...)),
		one("keyboard-interactive", "ssh answers the node's questions", uri, in, sshDoor(root, []string{"keyboard-interactive"}, asking(sshPassword)...)),
		one("key-and-password", "a node may want a key and then a password", uri, in, sshDoor(root, []string{"publickey,password"}, asking(sshPassword)...)),
		one("agent", "ssh logs in with a key of the agent's", uri.with("-keyfile"), in, sshDoor(root, nil, agent...)),
		one("agent-refused", "a key of the agent's that the node does not know is refused", uri.with("-keyfile"), out, sshDoor(fakeserver.SSHUser{Keys: []string{}}, nil, agent...)),
	}
}
