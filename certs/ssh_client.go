package certs

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
)

// SSHFiles are the paths of what [SSH.WriteClient] has written, all absolute.
type SSHFiles struct {
	Key        string // private key of the user: keyfile= in a URI, ssh -i
	PublicKey  string // its public half
	KnownHosts string // known_hosts= in a URI of libssh and libssh2
	Config     string // ssh -F
	Command    string // wrapper around the stock ssh client: command= in a URI
}

// The names of the client's files in their directory. The key's own name depends on
// its kind.
const (
	knownHostsName    = "known_hosts"
	configName        = "ssh_config"
	keylessConfigName = "ssh_config.without_key"
	commandName       = "ssh"
)

// WriteClient writes into dir, which it makes if it is missing, all that SSH clients
// need to reach the server at the addresses in c, and nothing of what they read or
// write lies elsewhere: neither ~/.ssh nor an agent.
//
// The stock ssh client is run through the wrapper that Command names
// (`command=` in a URI, or a directory for the PATH), or with `ssh -F Config`.
// Through the wrapper host keys are verified whatever the command line says, as in
// ssh the first value of an option wins, and no_verify=1 in a URI only adds a later
// `-o StrictHostKeyChecking=no`. Another -l, -p or -o counts as ever; a key given with
// -i (keyfile=) is the only one offered. The wrapper is a POSIX shell script.
//
// The clients built into libvirt and go-libvirt read no configuration: they take
// keyfile= and, for libssh and libssh2, known_hosts=.
//
// Batch mode is left to the client (no_tty=1), so that a test can see a prompt.
func (s *SSH) WriteClient(dir string, c SSHClient) (SSHFiles, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return SSHFiles{}, fmt.Errorf("certs: %w", err)
	}
	user, name, err := s.userFiles()
	if err != nil {
		return SSHFiles{}, err
	}
	known, err := s.KnownHosts(c)
	if err != nil {
		return SSHFiles{}, err
	}
	files := SSHFiles{
		Key:        filepath.Join(dir, name),
		PublicKey:  filepath.Join(dir, name+".pub"),
		KnownHosts: filepath.Join(dir, knownHostsName),
		Config:     filepath.Join(dir, configName),
		Command:    filepath.Join(dir, commandName),
	}
	key := files.Key
	if c.Agent {
		key = ""
	}
	config, err := clientConfig(files.KnownHosts, key, c)
	if err != nil {
		return SSHFiles{}, err
	}
	keyless, err := clientConfig(files.KnownHosts, "", SSHClient{User: c.User, LogLevel: c.LogLevel})
	if err != nil {
		return SSHFiles{}, err
	}
	return files, writeFiles(dir, append(user,
		file{knownHostsName, known, modePublic},
		file{configName, config, modePublic},
		file{keylessConfigName, keyless, modePublic},
		file{commandName, wrapper(dir), modeExecutable}))
}

// clientConfig returns an ssh_config. Given with -F it takes the place of both
// ~/.ssh/config and /etc/ssh/ssh_config. What is set to a default of today was not
// the default of every OpenSSH in use.
func clientConfig(knownHosts, key string, c SSHClient) ([]byte, error) {
	known, err := configPath(knownHosts)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("# For the stock ssh client, written by fakelibvirtd: ssh -F THIS_FILE ...\n" +
		"# The first value of an option wins, so the command line overrides what is here.\n" +
		"Host *\n")
	if strings.ContainsFunc(c.LogLevel, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) {
		return nil, fmt.Errorf("certs: %q is not a LogLevel of ssh_config", c.LogLevel)
	}
	set := func(option, value string) { fmt.Fprintf(&b, "\t%s %s\n", option, value) }
	if user := c.User; user != "" {
		if strings.ContainsAny(user, "\"\\\r\n") {
			return nil, fmt.Errorf("certs: the user name %q cannot stand in an ssh_config", user)
		}
		set("User", `"`+user+`"`)
	}
	if key != "" {
		path, err := configPath(key)
		if err != nil {
			return nil, err
		}
		set("IdentityFile", path)
	}
	if c.Agent {
		b.WriteString("\n\t# The keys of the agent, and none from a file.\n")
		set("IdentityFile", "none")
		set("IdentityAgent", "SSH_AUTH_SOCK")
	} else {
		b.WriteString("\n\t# No key but ours, or the one given with -i: none from an agent or a token.\n")
		set("IdentitiesOnly", "yes")
		set("IdentityAgent", "none")
	}
	set("AddKeysToAgent", "no")
	b.WriteString("\n\t# The host is known from our file alone, and nothing is ever added to it.\n")
	set("UserKnownHostsFile", known)
	set("GlobalKnownHostsFile", "/dev/null")
	set("StrictHostKeyChecking", "yes")
	set("UpdateHostKeys", "no")
	set("CheckHostIP", "no")
	set("VerifyHostKeyDNS", "no")
	b.WriteString("\n\t# Each connection is its own, and says nothing unless it fails.\n")
	set("ControlMaster", "no")
	set("ControlPath", "none")
	set("LogLevel", cmp.Or(c.LogLevel, "ERROR"))
	return b.Bytes(), nil
}

// configPath quotes a path for ssh_config, where a percent sign starts a token.
func configPath(path string) (string, error) {
	path = filepath.ToSlash(path)
	// A variable is expanded even within quotes, and there is no escape for it.
	if strings.ContainsAny(path, "\r\n") || strings.Contains(path, "${") {
		return "", fmt.Errorf("certs: the path %q cannot stand in an ssh_config", path)
	}
	return `"` + strings.NewReplacer(`%`, `%%`, `\`, `\\`, `"`, `\"`).Replace(path) + `"`, nil
}
