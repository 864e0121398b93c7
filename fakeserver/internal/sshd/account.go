package sshd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path"
	"strconv"
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

	// Programs are more programs, by name or by absolute path; those that are
	// named are found on the usual PATH, and take the place of the account's own.
	Programs map[string]Program

	// UID decides which daemon's socket virt-ssh-helper takes, and where the
	// session's is: 0 for root and 1000 for others, if it is 0.
	UID int
	// Home is the home directory: /root, or /home/USER, if empty.
	Home string
	// Path is the PATH, that of Debian's sshd if empty.
	Path string

	// NoHelper removes virt-ssh-helper, which libvirt has since 6.8.
	NoHelper bool
	// LibvirtVersion is what virt-ssh-helper --version tells, 9.0.0 if empty.
	LibvirtVersion string
	// Sockets finds the socket for the URI that virt-ssh-helper was given,
	// which has been checked to be one that the real helper accepts. An error is
	// printed after "virt-ssh-helper: ". Without it the socket is the one that the
	// real helper takes where no modular daemons run; see daemonSocket.
	Sockets func(uri string, readOnly bool) (socket string, err error)
	// Exists tells whether something is at the path of a socket, whoever may
	// connect to it: by that virt-ssh-helper finds out whether modular daemons run.
	// Without it there are none.
	Exists func(path, user string) bool

	// Banner is what sshd shows before the login.
	Banner string
	// Noise is what the start-up files of the shell write to standard error,
	// before each command.
	Noise string

	// StreamLocal says what becomes of direct-streamlocal channels.
	StreamLocal StreamLocal
}

// Program is a program that always does the same.
type Program struct {
	Stdout, Stderr string
	Status         int
}

func (p Program) run(_ context.Context, proc *shell.Process) int {
	io.WriteString(proc.Stdout, p.Stdout)
	io.WriteString(proc.Stderr, p.Stderr)
	return p.Status
}

// StreamLocal is an answer to a request for a direct-streamlocal channel.
type StreamLocal int

const (
	// StreamLocalAllowed opens the socket.
	StreamLocalAllowed StreamLocal = iota
	// StreamLocalFailed is AllowStreamLocalForwarding no, or AllowTcpForwarding
	// no, which rules these channels too. OpenSSH words it like a socket that does
	// not exist: connect failed, "open failed".
	StreamLocalFailed
	// StreamLocalProhibited is the refusal of other servers: administratively
	// prohibited, "open failed".
	StreamLocalProhibited
)

// Check returns what is wrong with the account.
func (a *Account) Check() error {
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
	for name, p := range a.Programs {
		if name == "" || strings.Contains(name, "/") && !path.IsAbs(name) {
			return fmt.Errorf("program %q: want a name or an absolute path", name)
		}
		if p.Status < 0 || p.Status > 255 {
			return fmt.Errorf("program %q: status %d is not within 0 to 255", name, p.Status)
		}
	}
	if a.Home != "" && !path.IsAbs(a.Home) {
		return fmt.Errorf("home is not absolute: %q", a.Home)
	}
	if a.UID < 0 {
		return fmt.Errorf("uid is %d: want 0 or more", a.UID)
	}
	return nil
}

func (a *Account) home(user string) string {
	switch {
	case a.Home != "":
		return path.Clean(a.Home)
	case user == "root":
		return "/root"
	}
	return "/home/" + strings.ReplaceAll(user, "/", "_")
}

// uid returns the user's number: Debian gives its first user 1000.
func (a *Account) uid(user string) int {
	if a.UID == 0 && user != "root" {
		return 1000
	}
	return a.UID
}

// runtimeDir is where pam_systemd has a user's sockets.
func (a *Account) runtimeDir(user string) string {
	return "/run/user/" + strconv.Itoa(a.uid(user))
}

// SessionSockets returns the paths of the session daemon's socket for a user: the
// one under XDG_RUNTIME_DIR, and the one that programs take without that variable.
func (a *Account) SessionSockets(user string) []string {
	return []string{
		a.runtimeDir(user) + "/libvirt/libvirt-sock",
		a.home(user) + "/.cache/libvirt/libvirt-sock",
	}
}

// searchPath is the PATH that Debian's sshd gives, or the configured one.
func (a *Account) searchPath(user string) string {
	if a.Path != "" {
		return a.Path
	}
	if user == "root" {
		return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	}
	return "/usr/local/bin:/usr/bin:/bin:/usr/games"
}

// machine returns what a session's shell can run.
func (a *Account) machine(s *session) *shell.Machine {
	m := shell.NewMachine(a.home(s.user()))
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
	for name, p := range a.Programs {
		if path.IsAbs(name) {
			m.Install(p.run, name)
		} else {
			install(p.run, name)
		}
	}
	return m
}

// login runs a command as sshd does, by the login shell with -c.
func (s *session) login(command string) int {
	a := s.account
	shellPath := cmp.Or(a.Shell, "/bin/bash")
	name := path.Base(shellPath)
	if name == "nologin" {
		return s.turnAway()
	}
	s.makeNoise()
	dialect := shell.Dash
	if name == "bash" {
		dialect = shell.Bash
	}
	return shell.Run(s.ctx, command, shell.Config{
		Dialect: dialect,
		Name:    name,
		Machine: a.machine(s),
		Env:     s.environ(shellPath),
		Dir:     a.home(s.user()),
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
	if path.Base(s.account.Shell) == "nologin" {
		return s.turnAway()
	}
	io.WriteString(s.stderr, "This is a fake libvirt node: it runs commands (ssh NODE COMMAND), but no interactive shell.\n")
	return 1
}

// environ returns the variables that sshd gives a login shell.
func (s *session) environ(shellPath string) []string {
	a, user := s.account, s.user()
	remoteHost, remotePort := hostPort(s.conn.remote())
	localHost, localPort := hostPort(s.conn.local())
	return append([]string{
		"USER=" + user,
		"LOGNAME=" + user,
		"HOME=" + a.home(user),
		"PATH=" + a.searchPath(user),
		"MAIL=/var/mail/" + user,
		"SHELL=" + shellPath,
		"XDG_RUNTIME_DIR=" + a.runtimeDir(user),
		"SSH_CLIENT=" + remoteHost + " " + remotePort + " " + localPort,
		"SSH_CONNECTION=" + remoteHost + " " + remotePort + " " + localHost + " " + localPort,
	}, s.base.Env...)
}
