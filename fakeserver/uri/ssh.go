package uri

import (
	"path"
	"slices"
	"strings"
)

// ssh is virNetClientNewSSH and its two siblings.
func (p *planner) ssh() error {
	netcat, ok := p.params["netcat"]
	if ok && p.proxy == "native" {
		return p.errorf(codeInvalidArg, fromRPC, "the native proxy is virt-ssh-helper, which needs no netcat", "leave one of the two out, or write proxy=netcat (a session's URI has the native proxy by default)",
			"invalid argument: netcat path not valid with native proxy mode")
	}
	if !ok {
		netcat = "nc"
	}
	p.plan.Proxy, p.plan.KeyFile = p.proxy, p.params["keyfile"]
	p.plan.Remote = RemoteCommand(p.proxy, netcat, p.plan.Socket, p.plan.Name, p.env.ReadOnly)
	if p.plan.Transport != SSH {
		return p.libssh()
	}
	command, ok := p.params["command"]
	if !ok {
		command = "ssh"
	}
	if command == "" {
		return p.emptyCommand()
	}
	argv := []string{command}
	if p.plan.Port != "" {
		argv = append(argv, "-p", p.plan.Port)
	}
	if p.u.HasUser {
		argv = append(argv, "-l", p.plan.User)
	}
	if key, ok := p.params["keyfile"]; ok {
		argv = append(argv, "-i", key)
	}
	argv = append(argv, "-T", "-e", "none")
	if p.noTTY {
		argv = append(argv, "-o", "BatchMode=yes")
	}
	if p.noVerify {
		argv = append(argv, "-o", "StrictHostKeyChecking=no")
	}
	p.plan.Command = append(argv, "--", p.plan.Host, p.plan.Remote)
	return nil
}

// sshMethods are the values of sshauth.
var sshMethods = []string{"agent", "privkey", "password", "keyboard-interactive"}

// libssh adds what the SSH libraries need: they read no configuration of ssh.
func (p *planner) libssh() error {
	verify, ok := p.params["known_hosts_verify"]
	if !ok {
		verify = "normal"
	}
	if !slices.Contains([]string{"normal", "auto", "ignore"}, strings.ToLower(verify)) {
		return p.errorf(codeInvalidArg, fromRPC, quoted(verify)+" is no way to verify", "write known_hosts_verify=normal, auto or ignore",
			"invalid argument: Invalid host key verification method: '%s'", verify)
	}
	p.plan.KnownHostsVerify = strings.ToLower(verify)
	if p.plan.KnownHosts, ok = p.params["known_hosts"]; !ok {
		p.plan.KnownHosts = path.Join(p.env.configDir(), "known_hosts")
	}
	if p.plan.KeyFile == "" {
		p.plan.KeyFile = p.env.defaultKey()
	}
	given, ok := p.params["sshauth"]
	if !ok {
		for _, m := range sshMethods {
			if m != "privkey" || p.plan.KeyFile != "" {
				p.plan.SSHAuth = append(p.plan.SSHAuth, m)
			}
		}
		return nil
	}
	for m := range strings.SplitSeq(given, ",") {
		method := strings.ToLower(m)
		switch {
		case given == "":
		case !slices.Contains(sshMethods, method):
			help := "write a list of agent, privkey, password, keyboard-interactive, separated by commas"
			if near := nearest(method, sshMethods); near != "" {
				help = "did you mean " + near + "?"
			}
			return p.errorf(codeInvalidArg, fromRPC, quoted(m)+" is no method", help, "invalid argument: Invalid authentication method: '%s'", m)
		case method == "privkey" && p.plan.KeyFile == "":
			return p.noKey()
		default:
			p.plan.SSHAuth = append(p.plan.SSHAuth, method)
		}
	}
	return nil
}

// noKey refuses privkey where no key is given nor found.
func (p *planner) noKey() error {
	message, code, domain := "libssh transport error: Key file path must be provided for private key authentication", codeLibSSH, fromLibSSH
	if p.plan.Transport == LibSSH2 {
		message, code, domain = "SSH transport error: Username and key file path must be provided for private key authentication", codeSSH, fromSSH
	}
	return p.errorf(code, domain, "there is no private key in ~/.ssh", "add keyfile=PATH, or leave privkey out", "%s", message)
}

// defaultKey is virNetClientFindDefaultSshKey.
func (e Environment) defaultKey() string {
	for _, name := range []string{"identity", "id_dsa", "id_ecdsa", "id_ed25519", "id_rsa"} {
		if key := path.Join(e.Home, ".ssh", name); e.exists(key) {
			return key
		}
	}
	return ""
}

// RemoteCommand returns what libvirt's client has the account's shell run on the
// node, as virNetClientSSHHelperCommand puts it together: proxy is auto, netcat or
// native, netcat the program, socket the path of the daemon's socket, and name
// the name of CONNECT_OPEN.
//
// The inner quotes end the outer ones: the shell of the account sees sh, -c and
// one script. That is why netcat and name are quoted twice where a shell would
// stumble over them. The socket never is.
func RemoteCommand(proxy, netcat, socket, name string, readOnly bool) string {
	nc, u := shellQuote(shellQuote(netcat)), shellQuote(shellQuote(name))
	helper := "virt-ssh-helper "
	if readOnly {
		helper += "-r "
	}
	helper += "'" + u + "'"
	byNetcat := "if '" + nc + `' -q 2>&1 | grep "requires an argument" >/dev/null 2>&1; then ARG=-q0;else ARG=;fi;'` + nc + "' $ARG -U " + socket
	switch proxy {
	case "native":
		return "sh -c '" + helper + "'"
	case "netcat":
		return "sh -c '" + byNetcat + "'"
	}
	return "sh -c 'which virt-ssh-helper 1>/dev/null 2>&1; if test $? = 0; then     " + helper + "; else    " + byNetcat + "; fi'"
}

// shellQuote is virBufferEscapeShell.
func shellQuote(s string) string {
	if s != "" && !strings.ContainsAny(s, "\r\t\n !\"#$&'()*;<>?[\\]^`{|}~") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// CommandEnvironment lists the variables that libvirt's client hands to ssh, where
// they are set. It drops all others, and adds LC_ALL=C.
func CommandEnvironment() []string {
	return []string{
		"DISPLAY", "GPG_TTY", "HOME", "KRB5CCNAME", "LD_LIBRARY_PATH", "LD_PRELOAD", "LOGNAME", "OPENSSL_CONF", "PATH",
		"SSH_ASKPASS", "SSH_AUTH_SOCK", "TERM", "TMPDIR", "USER", "XAUTHORITY", "XDG_RUNTIME_DIR",
	}
}
