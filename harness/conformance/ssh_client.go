package conformance

import (
	"fmt"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/certs"
)

// sshSettings are what differs in the configuration of a client's ssh.
type sshSettings struct {
	// user is the user of the configuration, "" for none.
	user string
	// strict is StrictHostKeyChecking; "yes" if it is empty.
	strict string
	// known is the file of known host keys, a template; {known_hosts} if it is empty.
	known string
	// noKey leaves out the key.
	noKey bool
}

// config returns an ssh_config that leads to no file of the user's.
func (s sshSettings) config(e *Env) (string, error) {
	known, strict := s.known, s.strict
	if known == "" {
		known = "{known_hosts}"
	}
	if strict == "" {
		strict = "yes"
	}
	lines := []string{
		"Host *",
		"UserKnownHostsFile " + known, "GlobalKnownHostsFile /dev/null", "StrictHostKeyChecking " + strict,
		"CheckHostIP no", "UpdateHostKeys no", "LogLevel ERROR",
		"IdentitiesOnly yes", "PreferredAuthentications publickey",
	}
	if s.user != "" {
		lines = append(lines, "User "+s.user)
	}
	if !s.noKey {
		lines = append(lines, "IdentityFile {key}")
	} else {
		lines = append(lines, "IdentityFile none")
	}
	return e.Expand(strings.Join(lines, "\n") + "\n")
}

// plainSSH makes a program that is the stock ssh with settings of its own, {ssh-plain},
// and {local-user}, the name of who runs the client.
func (e *Env) plainSSH(s sshSettings) error {
	program, err := exec.LookPath("ssh")
	if err != nil {
		return &unfit{"there is no ssh: " + err.Error()}
	}
	config, err := s.config(e)
	if err != nil {
		return err
	}
	configFile, err := e.File("ssh/config", config, 0o600)
	if err != nil {
		return err
	}
	path, err := e.File("ssh/plain", fmt.Sprintf("#!/bin/sh\nexec %s -F %s \"$@\"\n", quote(program), quote(configFile)), 0o755)
	if err != nil {
		return err
	}
	e.Set("ssh-plain", path)
	me, err := user.Current()
	if err != nil {
		return err
	}
	e.Set("local-user", me.Username)
	return nil
}

// recordSSH makes {ssh-recorder}, which keeps its arguments and is a template's program
// then, and a name for the PATH, if it is not "".
func (e *Env) recordSSH(program, name string) error {
	program, err := e.Expand(program)
	if err != nil {
		return err
	}
	if name == "" {
		name = "recorder"
	}
	path, err := e.Recorder("bin/"+name, program)
	if err != nil {
		return err
	}
	e.Set("ssh-recorder", path)
	e.Prepend(filepath.Dir(path))
	return nil
}

// homeSSH gives the client a ~/.ssh with the key and the node's host keys.
func (e *Env) homeSSH() error {
	if err := e.CopyFile("{key}", "home/.ssh/id_ed25519", 0o600); err != nil {
		return err
	}
	return e.CopyFile("{known_hosts}", "home/.ssh/known_hosts", 0o600)
}

// changedHostKey makes a known_hosts with another key than the node's, {changed}.
func (e *Env) changedHostKey() error {
	keys, err := certs.NewSSH()
	if err != nil {
		return err
	}
	address, err := e.Expand("{ssh}")
	if err != nil {
		return err
	}
	lines, err := keys.KnownHosts(certs.SSHClient{Addresses: []string{address}})
	if err != nil {
		return err
	}
	path, err := e.File("changed", string(lines), 0o600)
	e.Set("changed", path)
	return err
}

// foreignKey writes a private key that the node does not know, {foreign-key}.
func (e *Env) foreignKey() error {
	keys, err := certs.NewSSH()
	if err != nil {
		return err
	}
	files, err := keys.WriteClient(filepath.Join(e.Dir, "foreign"), certs.SSHClient{Addresses: []string{"127.0.0.1:22"}})
	e.Set("foreign-key", files.Key)
	return err
}
