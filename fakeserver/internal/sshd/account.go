package sshd

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd/shell"
)

// An Account is what a client that has logged in finds on the node. The zero
// value is that of a Debian 12 machine with libvirt-daemon and netcat-openbsd.
type Account struct {
	// Shell is the login shell: /bin/bash if empty, /bin/sh, /bin/dash, or
	// /usr/sbin/nologin, which turns every command away.
	Shell string

	// NoNetcat removes nc and netcat, though not those of NetcatPaths.
	NoNetcat bool
	// NetcatLacksQ is a netcat without -q, as on the BSDs and old Red Hats.
	NetcatLacksQ bool
	// NetcatLacksU is a netcat without -U, netcat-traditional.
	NetcatLacksU bool
	// NetcatPaths are more paths at which netcat is found, for URIs with
	// netcat=PATH. They must be absolute.
	NetcatPaths []string

	// NoHelper removes virt-ssh-helper, which libvirt has since 6.8.
	NoHelper bool
	// LibvirtVersion is what virt-ssh-helper --version tells, 9.0.0 if empty.
	LibvirtVersion string
	// Sockets finds the socket for the URI that virt-ssh-helper was given,
	// which has been checked to be one that the real helper accepts. An error is
	// printed after "virt-ssh-helper: ". Without it the socket is that of the
	// system daemon, /var/run/libvirt/libvirt-sock or libvirt-sock-ro.
	Sockets func(uri string, readOnly bool) (socket string, err error)

	// Banner is what sshd shows before the login.
	Banner string
	// Noise is what the start-up files of the shell write to standard error,
	// before each command.
	Noise string

	// StreamLocal says what becomes of direct-streamlocal channels.
	StreamLocal StreamLocal
}

// StreamLocal is an answer to a request for a direct-streamlocal channel.
type StreamLocal int

const (
	// StreamLocalAllowed opens the socket.
	StreamLocalAllowed StreamLocal = iota
	// StreamLocalFailed is AllowStreamLocalForwarding no. OpenSSH words it like
	// a socket that does not exist: connect failed, "open failed".
	StreamLocalFailed
	// StreamLocalProhibited is the refusal of other servers: administratively
	// prohibited, "open failed".
	StreamLocalProhibited
)

func (a *Account) check() error {
	switch path.Base(cmp.Or(a.Shell, "bash")) {
	case "bash", "sh", "dash", "nologin":
	default:
		return fmt.Errorf("unknown login shell %q", a.Shell)
	}
	for _, name := range a.NetcatPaths {
		if !path.IsAbs(name) {
			return fmt.Errorf("path of netcat is not absolute: %q", name)
		}
	}
	return nil
}

func home(user string) string {
	if user == "root" {
		return "/root"
	}
	return "/home/" + strings.ReplaceAll(user, "/", "_")
}

// searchPath is the PATH that Debian's sshd gives.
func searchPath(user string) string {
	if user == "root" {
		return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	}
	return "/usr/local/bin:/usr/bin:/bin:/usr/games"
}

// machine returns what a session's shell can run.
func (a *Account) machine(s *session) *shell.Machine {
	m := shell.NewMachine(home(s.user()))
	install := func(p shell.Program, name string) {
		m.Install(p, "/usr/bin/"+name, "/bin/"+name)
	}
	install(shell.Interpreter(shell.Dash), "sh")
	install(shell.Interpreter(shell.Dash), "dash")
	install(shell.Interpreter(shell.Bash), "bash")
	install(which, "which")
	install(grep, "grep")
	install(cat, "cat")
	for _, name := range []string{"true", "false", "echo", "printf", "test", "["} {
		install(shell.Utility(name), name)
	}
	nc := s.netcat
	if !a.NoNetcat {
		install(nc, "nc")
		install(nc, "netcat")
	}
	m.Install(nc, a.NetcatPaths...)
	if !a.NoHelper {
		install(s.helper, "virt-ssh-helper")
	}
	return m
}

// login runs a command as sshd does, by the login shell with -c.
func (s *session) login(command string) int {
	a := &s.conn.srv.cfg.Account
	shellPath := cmp.Or(a.Shell, "/bin/bash")
	name := path.Base(shellPath)
	if name == "nologin" {
		return s.turnAway()
	}
	io.WriteString(s.stderr, a.Noise)
	dialect := shell.Dash
	if name == "bash" {
		dialect = shell.Bash
	}
	return shell.Run(s.ctx, command, shell.Config{
		Dialect: dialect,
		Name:    name,
		Machine: a.machine(s),
		Env:     s.environ(shellPath),
		Dir:     home(s.user()),
		Stdin:   s.stdin,
		Stdout:  s.stdout,
		Stderr:  s.stderr,
	})
}

// turnAway is nologin(8).
func (s *session) turnAway() int {
	io.WriteString(s.stdout, "This account is currently not available.\n")
	return 1
}

// interactive answers a client that wants a shell to type at. There is nothing
// behind it that a person could look at, so it says what this is and ends.
func (s *session) interactive() int {
	if path.Base(s.conn.srv.cfg.Account.Shell) == "nologin" {
		return s.turnAway()
	}
	io.WriteString(s.stderr, "This is a fake libvirt node: it runs commands (ssh NODE COMMAND), but no interactive shell.\n")
	return 1
}

// environ returns the variables that sshd gives a login shell.
func (s *session) environ(shellPath string) []string {
	user := s.user()
	remoteHost, remotePort := hostPort(s.conn.remote())
	localHost, localPort := hostPort(s.conn.local())
	return append([]string{
		"USER=" + user,
		"LOGNAME=" + user,
		"HOME=" + home(user),
		"PATH=" + searchPath(user),
		"MAIL=/var/mail/" + user,
		"SHELL=" + shellPath,
		"SSH_CLIENT=" + remoteHost + " " + remotePort + " " + localPort,
		"SSH_CONNECTION=" + remoteHost + " " + remotePort + " " + localHost + " " + localPort,
	}, s.base.Env...)
}
