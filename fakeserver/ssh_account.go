package fakeserver

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd"
)

// SSHAccount is what a user of the node finds behind an SSH login: the login shell,
// its programs, and the sockets. The zero value is that of a Debian 12 machine with
// libvirt-daemon and netcat-openbsd: whatever clients of libvirt try, works.
//
// A client of libvirt's own library runs virt-ssh-helper there, or if there is none,
// netcat; proxy=, netcat= and socket= in its URI decide which. go-libvirt has the
// SSH server open the socket (StreamLocal), and uses no program.
type SSHAccount struct {
	// Shell is the login shell: /bin/bash if empty, /bin/sh, /bin/dash, or
	// /usr/sbin/nologin, which turns every command away.
	Shell string `yaml:"shell,omitempty"`
	// Home is the home directory; empty means /root for root and /home/USER for
	// others.
	Home string `yaml:"home,omitempty"`
	// UID is the user's number. 0 means 0 for root, and 1000 for others. To a user
	// that is not root, virt-ssh-helper gives the session's socket for
	// qemu:///session.
	UID int `yaml:"uid,omitempty"`
	// Path is the PATH, if not the one that Debian's sshd gives. Programs are in
	// /usr/bin and /bin.
	Path string `yaml:"path,omitempty"`

	// NoNetcat removes nc and netcat, though not those of NetcatPaths.
	NoNetcat bool `yaml:"no_netcat,omitempty"`
	// NetcatPaths are more paths at which netcat is found, for netcat=PATH in a
	// URI. They must be absolute.
	NetcatPaths []string `yaml:"netcat_paths,omitempty"`
	// NetcatLacksQ is a netcat without -q, as on the BSDs and old Red Hats. Clients
	// then call it without.
	NetcatLacksQ bool `yaml:"netcat_lacks_q,omitempty"`
	// NetcatLacksU is a netcat without -U, netcat-traditional: it cannot reach a
	// unix socket.
	NetcatLacksU bool `yaml:"netcat_lacks_u,omitempty"`
	// NoHelper removes virt-ssh-helper, which libvirt has since 6.8.
	NoHelper bool `yaml:"no_helper,omitempty"`
	// Programs are more programs, by name or by absolute path: each always prints
	// the same and ends. One named nc takes the place of the netcat.
	Programs map[string]SSHProgram `yaml:"programs,omitempty"`

	// Banner is what the server shows before the login.
	Banner string `yaml:"banner,omitempty"`
	// Noise is what the start-up files of the shell write to standard error before
	// each command.
	Noise string `yaml:"noise,omitempty"`

	// StreamLocal says what becomes of go-libvirt's channels to a socket.
	StreamLocal SSHStreamLocal `yaml:"stream_local,omitempty"`

	// Sockets says what is at a path, which must be absolute. /var/run and /run are
	// the same there. Without an entry, the node's sockets are where libvirt's
	// clients look for them:
	//
	//	/run/libvirt/libvirt-sock and libvirt-sock-ro
	//	/run/user/UID/libvirt/libvirt-sock       the session's, for XDG_RUNTIME_DIR
	//	HOME/.cache/libvirt/libvirt-sock         the same, without that variable
	//
	// and at the paths of the real ones, if the node listens on unix. Those of
	// WithModularDaemons are beside them, virtqemud-sock and so on; virt-ssh-helper
	// takes the one for its URI if it is there. The session's lead to the daemon of
	// WithSessionDaemon, if there is one, and else to the node's own.
	Sockets map[string]SSHSocket `yaml:"sockets,omitempty"`
}

// SSHProgram is a program that always does the same.
type SSHProgram struct {
	// Stdout is what it prints.
	Stdout string `yaml:"stdout,omitempty"`
	// Stderr is what it prints on standard error.
	Stderr string `yaml:"stderr,omitempty"`
	// Status is what it ends with, 0 to 255.
	Status int `yaml:"status,omitempty"`
}

// SSHSocket is what an account finds at the path of a socket.
type SSHSocket string

const (
	// SSHSocketNode is the node's libvirt-sock, SSHSocketReadOnly its
	// libvirt-sock-ro; at a path that ends like a modular daemon's socket, they are
	// that daemon's.
	SSHSocketNode     SSHSocket = "node"
	SSHSocketReadOnly SSHSocket = "read-only"
	// SSHSocketMissing is "No such file or directory", SSHSocketForbidden
	// "Permission denied", and SSHSocketRefused "Connection refused", which is
	// a socket that a dead daemon has left.
	SSHSocketMissing   SSHSocket = "missing"
	SSHSocketForbidden SSHSocket = "forbidden"
	SSHSocketRefused   SSHSocket = "refused"
)

// SSHStreamLocal is the SSH server's answer to direct-streamlocal@openssh.com
// channels.
type SSHStreamLocal string

const (
	// SSHStreamLocalAllowed opens the socket.
	SSHStreamLocalAllowed SSHStreamLocal = ""
	// SSHStreamLocalFailed is OpenSSH's AllowStreamLocalForwarding no, or its
	// AllowTcpForwarding no, which rules these channels too: connect failed ("open
	// failed"), as if the socket did not exist.
	SSHStreamLocalFailed SSHStreamLocal = "failed"
	// SSHStreamLocalProhibited is how other servers refuse: administratively
	// prohibited ("open failed").
	SSHStreamLocalProhibited SSHStreamLocal = "prohibited"
)

// WithSSHAccount sets what these users find behind an SSH login; without users, what
// all users find that have no account of their own. The URIs of [Server.URI] are for
// the user root.
func WithSSHAccount(account SSHAccount, users ...string) Option {
	return func(c *config) {
		if c.sshAccounts == nil {
			c.sshAccounts = make(map[string]SSHAccount)
		}
		if len(users) == 0 {
			users = []string{""}
		}
		account.Sockets = maps.Clone(account.Sockets)
		for _, user := range users {
			c.sshAccounts[user] = account
		}
	}
}

// checkSSHAccounts finds mistakes in what the SSH server does not look at.
func (c *config) checkSSHAccounts() error {
	for _, user := range slices.Sorted(maps.Keys(c.sshAccounts)) {
		if err := c.sshAccounts[user].check(); err != nil {
			if user != "" {
				err = fmt.Errorf("user %s: %w", user, err)
			}
			return fmt.Errorf("WithSSHAccount: %w", err)
		}
	}
	return nil
}

func (a SSHAccount) check() error {
	if _, err := a.streamLocal(); err != nil {
		return err
	}
	known := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(a.Sockets)) {
		if !path.IsAbs(name) {
			return fmt.Errorf("socket %q: want an absolute path", name)
		}
		if known[socketPath(name)] {
			return fmt.Errorf("socket %s is there twice, by another spelling", name)
		}
		known[socketPath(name)] = true
		switch s := a.Sockets[name]; s {
		case SSHSocketNode, SSHSocketReadOnly, SSHSocketMissing, SSHSocketForbidden, SSHSocketRefused:
		default:
			return fmt.Errorf("socket %s is %q: want %q, %q, %q, %q or %q", name, s,
				SSHSocketNode, SSHSocketReadOnly, SSHSocketMissing, SSHSocketForbidden, SSHSocketRefused)
		}
	}
	inner := a.inner("")
	return inner.Check()
}

func (a SSHAccount) streamLocal() (sshd.StreamLocal, error) {
	switch a.StreamLocal {
	case SSHStreamLocalAllowed:
		return sshd.StreamLocalAllowed, nil
	case SSHStreamLocalFailed:
		return sshd.StreamLocalFailed, nil
	case SSHStreamLocalProhibited:
		return sshd.StreamLocalProhibited, nil
	}
	return 0, fmt.Errorf("stream_local is %q: want %q, %q or nothing", a.StreamLocal, SSHStreamLocalFailed, SSHStreamLocalProhibited)
}

// inner returns the account as the SSH server takes it.
func (a SSHAccount) inner(version string) sshd.Account {
	streamLocal, _ := a.streamLocal() // checked
	programs := make(map[string]sshd.Program, len(a.Programs))
	for name, p := range a.Programs {
		programs[name] = sshd.Program(p)
	}
	return sshd.Account{
		Shell: a.Shell, Home: a.Home, UID: a.UID, Path: a.Path,
		NoNetcat: a.NoNetcat, NetcatPaths: slices.Clone(a.NetcatPaths),
		NetcatLacksQ: a.NetcatLacksQ, NetcatLacksU: a.NetcatLacksU,
		NoHelper: a.NoHelper, LibvirtVersion: version, Programs: programs,
		Banner: a.Banner, Noise: a.Noise, StreamLocal: streamLocal,
	}
}

// sshAccount returns the account of a user.
func (c *config) sshAccount(user string) SSHAccount {
	if a, ok := c.sshAccounts[user]; ok && user != "" {
		return a
	}
	return c.sshAccounts[""]
}

// socketPath returns the one spelling of a socket's path by which it is known:
// /var/run is a link to /run, on whatever has libvirt today.
func socketPath(name string) string {
	name = path.Clean(name)
	if rest, ok := strings.CutPrefix(name, "/var/run/"); ok {
		return "/run/" + rest
	}
	return name
}
