package uri

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// goRefuse is an error of go-libvirt's or net/url's: no code, no domain.
func goRefuse(text, message, why, help string) error {
	return &Error{URI: text, Message: message, Why: why, Help: help}
}

// planGo says what go-libvirt's ConnectToURI does with a URI that url.Parse has
// read: dialerForURI and RemoteURI of its connect_uri.go.
func planGo(text string, e Environment) (*Plan, error) {
	plan, err := dialerForURI(text, e)
	if err != nil {
		return nil, err
	}
	return plan, nil
}

func dialerForURI(text string, e Environment) (*Plan, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, goRefuse(text, err.Error(), "net/url cannot read it", "write it as RFC 3986 has it")
	}
	driver, transport, written := strings.Cut(u.Scheme, "+")
	plan := &Plan{Client: GoLibvirt, Name: goName(u, driver), Params: goParams(u)}
	switch {
	case written:
		plan.Transport = Transport(transport)
	case u.Host != "":
		plan.Transport = TLS
	default:
		plan.Transport = Unix
	}
	q := u.Query()
	switch plan.Transport {
	case Unix:
		plan.Socket, plan.Mode = goSocket(q), "legacy"
		return plan, goMode(text, q)
	case TCP:
		plan.Host, plan.Port = u.Hostname(), or(u.Port(), strconv.Itoa(TCPPort))
		return plan, nil
	case TLS:
		plan.Host, plan.Port = u.Hostname(), or(u.Port(), strconv.Itoa(TLSPort))
		plan.TLS, err = goTLS(text, plan.Host, q, e)
		return plan, err
	case SSH, LibSSH, LibSSH2:
		return plan, plan.goSSH(text, u, e)
	}
	help := "write one of unix, tcp, tls, ssh, libssh, libssh2"
	if plan.Transport == Ext {
		help = "use NewWithDialer with a dialer of your own"
	}
	return nil, goRefuse(text, "unsupported libvirt transport "+transport, "go-libvirt has no such transport", help)
}

// goName is RemoteURI: every parameter is dropped.
func goName(u *url.URL, driver string) string {
	if name := u.Query().Get("name"); name != "" {
		return name
	}
	return (&url.URL{Scheme: driver, Path: u.Path}).String()
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func goSocket(q url.Values) string { return or(q.Get("socket"), "/var/run/libvirt/libvirt-sock") }

func goMode(text string, q url.Values) error {
	switch strings.ToLower(q.Get("mode")) {
	case "", "legacy", "auto":
		return nil
	case "direct":
		return goRefuse(text, "cannot connect in direct mode", "go-libvirt does not look for modular daemons", "name the daemon's socket: socket=/var/run/libvirt/virtqemud-sock")
	}
	return goRefuse(text, "invalid ssh mode "+q.Get("mode"), quoted(q.Get("mode"))+" is no mode", "write mode=auto or legacy")
}

func goNoVerify(text string, q url.Values) (bool, error) {
	v := q.Get("no_verify")
	if v == "" {
		return false, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return false, goRefuse(text, "invalid value for no_verify: "+err.Error(), quoted(v)+" is no number", "write no_verify=1 or no_verify=0")
	}
	return n != 0, nil
}

func goTLS(text, host string, q url.Values, e Environment) (*TLSPlan, error) {
	skip, err := goNoVerify(text, q)
	plan := &TLSPlan{Verify: !skip, ServerName: host}
	if dir := q.Get("pkipath"); dir != "" {
		plan.in(path.Clean(dir) + "/")
	} else {
		if e.UID != 0 {
			plan.in(path.Join(e.Home, ".pki/libvirt") + "/")
		}
		plan.CA = append(plan.CA, "/etc/pki/CA/cacert.pem")
		plan.Certificate = append(plan.Certificate, "/etc/pki/libvirt/clientcert.pem")
		plan.Key = append(plan.Key, "/etc/pki/libvirt/private/clientkey.pem")
	}
	plan.CRL = nil
	return plan, err
}

// goSSH is processCommonSSHOptions and what the three transports add.
func (p *Plan) goSSH(text string, u *url.URL, e Environment) error {
	q := u.Query()
	p.Host, p.Port, p.User, p.Proxy = u.Hostname(), or(u.Port(), strconv.Itoa(SSHPort)), or(u.User.Username(), e.UserName), "streamlocal"
	p.Password, _ = u.User.Password()
	p.Socket, p.KeyFile = goSocket(q), or(q.Get("keyfile"), e.defaultKey())
	p.KnownHostsVerify, p.SSHAuth = "normal", slices.Clone(sshMethods)
	if err := goMode(text, q); err != nil {
		return err
	}
	if p.Transport == SSH {
		p.KnownHosts = path.Join(e.Home, ".ssh/known_hosts")
		skip, err := goNoVerify(text, q)
		if err != nil {
			return err
		}
		if skip {
			p.KnownHostsVerify = "ignore"
		}
		var refused []string
		for _, name := range []string{"known_hosts", "known_hosts_verify", "sshauth"} {
			if q.Get(name) != "" {
				refused = append(refused, name+" option invalid with ssh transport, use libssh transport instead")
			}
		}
		if refused != nil {
			return goRefuse(text, strings.Join(refused, "\n"), "go-libvirt has these for libssh and libssh2 alone", "write +libssh, or leave them out")
		}
		return nil
	}
	p.KnownHosts = or(q.Get("known_hosts"), path.Join(e.configDir(), "known_hosts"))
	switch v := q.Get("known_hosts_verify"); v {
	case "", "normal":
	case "auto", "ignore":
		p.KnownHostsVerify = v
	default:
		return goRefuse(text, "invalid ssh known hosts verify method "+v, quoted(v)+" is no way to verify", "write normal, auto or ignore, in lower case")
	}
	if auth := q.Get("sshauth"); auth != "" {
		p.SSHAuth = nil
		for a := range strings.SplitSeq(auth, ",") {
			if !slices.Contains(sshMethods, strings.ToLower(a)) {
				return goRefuse(text, "invalid ssh auth method "+a, quoted(a)+" is no method", "write some of "+strings.Join(sshMethods, ","))
			}
			p.SSHAuth = append(p.SSHAuth, strings.ToLower(a))
		}
	}
	if q.Get("no_verify") != "" {
		return goRefuse(text, `"no_verify" option invalid with `+string(p.Transport)+` transport, use known_hosts_verify=ignore instead`,
			"libvirt's client ignores it there, go-libvirt refuses it", "write known_hosts_verify=ignore")
	}
	return nil
}

// goParams says what becomes of each parameter: names are compared exactly, the
// first of several counts, and what is not used reaches nobody.
func goParams(u *url.URL) []ParamUse {
	_, transport, _ := strings.Cut(u.Scheme, "+")
	t := Transport(transport)
	if t == "" {
		t = Unix
		if u.Host != "" {
			t = TLS
		}
	}
	all := []Transport{Unix, TCP, TLS, SSH, LibSSH, LibSSH2}
	uses := map[string][]Transport{
		"name": all, "socket": {Unix, SSH, LibSSH, LibSSH2}, "mode": {Unix, SSH, LibSSH, LibSSH2},
		"keyfile": sshTransports(), "no_verify": {TLS, SSH}, "pkipath": {TLS},
		"known_hosts": {LibSSH, LibSSH2}, "known_hosts_verify": {LibSSH, LibSSH2}, "sshauth": {LibSSH, LibSSH2},
	}
	var out []ParamUse
	seen := map[string]bool{}
	for _, p := range parseQuery(u.RawQuery) {
		use := Dropped
		switch {
		case !slices.Contains(uses[p.Name], t):
		case seen[p.Name]:
			use = Overridden
		case p.Value == "":
			use = WithoutEffect
		default:
			use = Used
		}
		seen[p.Name] = true
		out = append(out, ParamUse{p, use})
	}
	return out
}
