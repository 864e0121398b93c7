package conformance

import (
	"errors"
	"net"
	"os"
	"path/filepath"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// libsshRows are about what libssh and libssh2 have instead of an ssh_config.
func libsshRows() []*Cell {
	var rows []*Cell
	for _, t := range libsshs() {
		rows = append(rows, knownHostsRows(t)...)
		rows = append(rows, sshAuthRows(t)...)
	}
	return rows
}

func knownHostsRows(t call.Transport) []*Cell {
	known, verify := parameterSection("known_hosts"), parameterSection("known_hosts_verify")
	id, vid := string(t)+"/known_hosts/", string(t)+"/known_hosts_verify/"
	none := client(func(e *Env) error { _, err := e.File("none", "", 0o600); return err })
	changed := client((*Env).changedHostKey)
	with := func(file, how string) *parts { return link(t, "known_hosts="+file, "known_hosts_verify="+how) }
	const empty = "{dir}/none"
	return []*Cell{
		row(id+"set", "a host key in known_hosts is taken", known, link(t, "-known_hosts_verify"), reach(testName)),
		row(id+"escaped", "escapes in known_hosts are resolved", known, link(t, "known_hosts={dir}/my%20hosts"), reach(testName), client(func(e *Env) error { return e.CopyFile("{known_hosts}", "my hosts", 0o600) })),
		row(id+"unknown", "a host key that is not in known_hosts is refused, where nobody can be asked", known, link(t, "known_hosts="+empty, "-known_hosts_verify"), refuse(Connection), none),
		row(id+"missing-file", "a known_hosts that is not there knows no host", known, link(t, "known_hosts={dir}/nowhere"), refuse(Connection)),
		row(id+"changed", "another host key than the one in known_hosts is refused", known, link(t, "known_hosts={changed}", "-known_hosts_verify"), refuse(Connection), changed),
		row(id+"default", "without known_hosts it is ~/.config/libvirt/known_hosts", known, link(t, "-known_hosts"), reach(testName), needs(Environment), client(func(e *Env) error {
			return e.CopyFile("{known_hosts}", "home/.config/libvirt/known_hosts", 0o600)
		})),
		row(id+"default-xdg", "without known_hosts it is in XDG_CONFIG_HOME", known, link(t, "-known_hosts"), reach(testName), needs(Environment), client(func(e *Env) error {
			if err := e.Setenv("XDG_CONFIG_HOME", "{dir}/config"); err != nil {
				return err
			}
			return e.CopyFile("{known_hosts}", "config/libvirt/known_hosts", 0o600)
		})),

		row(vid+"normal", "normal takes a known host key", verify, link(t), reach(testName)),
		row(vid+"normal-unknown", "normal refuses an unknown host key, where nobody can be asked", verify, with(empty, "normal"), refuse(Connection), none),
		row(vid+"normal-changed", "normal refuses a changed host key", verify, with("{changed}", "normal"), refuse(Connection), changed),
		row(vid+"auto", "auto takes a known host key", verify, link(t, "known_hosts_verify=auto"), reach(testName)),
		row(vid+"auto-unknown", "auto takes an unknown host key", verify, with(empty, "auto"), reach(testName), none),
		row(vid+"auto-changed", "auto refuses a changed host key", verify, with("{changed}", "auto"), refuse(Connection), changed),
		row(vid+"ignore-unknown", "ignore takes an unknown host key", verify, with(empty, "ignore"), reach(testName), none),
		row(vid+"ignore-changed", "ignore takes a changed host key", verify, with("{changed}", "ignore"), reach(testName), changed),
		row(vid+"wrong", "a value that does not exist is refused", verify, link(t, "known_hosts_verify=sometimes"), refuse(Connection)),
		row(vid+"empty", "an empty value is refused", verify, link(t, "known_hosts_verify="), refuse(Connection), quirk),
		row(vid+"no_verify-idle", "no_verify=1 has no effect: an unknown host key is refused", verify, with(empty, "normal").with("no_verify=1"), refuse(Connection), none, quirk),
	}
}

func sshAuthRows(t call.Transport) []*Cell {
	id, section := string(t)+"/sshauth/", parameterSection("sshauth")
	return []*Cell{
		row(id+"privkey", "privkey logs in with the key", section, link(t), reach(testName)),
		row(id+"default", "without sshauth all methods are tried", section, link(t, "-sshauth"), reach(testName)),
		row(id+"list", "several methods are tried in their order", section, link(t, "sshauth=agent,privkey"), reach(testName)),
		row(id+"list-escaped", "escapes in sshauth are resolved", section, link(t, "sshauth=agent%2Cprivkey"), reach(testName)),
		row(id+"agent", "agent logs in with a key of the agent's", section, link(t, "sshauth=agent", "-keyfile"), reach(testName), needs(Environment), client((*Env).agent)),
		row(id+"agent-missing", "agent does not let anybody in without an agent", section, link(t, "sshauth=agent", "-keyfile"), refuse(Connection), needs(Environment)),
		row(id+"password-not-offered", "a method that the node does not offer does not let anybody in", section, link(t, "sshauth=password"), refuse(Connection)),
		row(id+"wrong", "a method that does not exist is refused", section, link(t, "sshauth=bogus"), refuse(Connection)),
		row(id+"empty", "an empty list lets nobody in", section, link(t, "sshauth="), refuse(Connection), quirk),
	}
}

// agent runs an SSH agent with the client's key.
func (e *Env) agent() error {
	path, err := e.Expand("{key}")
	if err != nil {
		return err
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	key, err := gossh.ParseRawPrivateKey(pem)
	if err != nil {
		return err
	}
	keys := agent.NewKeyring()
	if err := keys.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		return err
	}
	socket := filepath.Join(e.Dir, "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			} else if err != nil {
				continue
			}
			// One client at a time; it is gone when its program is.
			_ = agent.ServeAgent(keys, c)
			c.Close()
		}
	}()
	e.cleanups = append(e.cleanups, func() { l.Close(); <-done })
	return e.Setenv("SSH_AUTH_SOCK", socket)
}
