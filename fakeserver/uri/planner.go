package uri

import (
	"math"
	"path"
	"strconv"
	"strings"
)

// planner holds what doRemoteOpen of libvirt's remote driver collects.
type planner struct {
	u    *URI // nil for no URI
	env  Environment
	plan *Plan

	params            map[string]string // libvirt's own, by their names
	noVerify, noTTY   bool
	noSanity          bool
	mode, proxy       string
	session, autostrt bool
}

func planC(u *URI, e Environment) (*Plan, error) {
	p := &planner{u: u, env: e, plan: &Plan{}, params: map[string]string{}}
	if u != nil {
		if u.Driver == "" && !u.HasSuffix {
			return nil, u.errorf(codeNoConnect, fromNone, "it has no driver", "begin with a driver and a colon, such as qemu:///system; a word alone must be an alias of libvirt.conf",
				"no connection driver available for URI '%s' does not include a driver name", u.Text)
		}
		if err := u.missingSlash(); err != nil {
			return nil, err
		}
		if in, err := u.inClient(); err != nil {
			return nil, err
		} else if in {
			return u.planInClient(), nil
		}
	}
	for _, step := range []func() error{p.transport, p.flags, p.readParams, p.name, p.modeAndProxy, p.socket, p.connect} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	p.uses()
	return p.plan, nil
}

func (u *URI) planInClient() *Plan {
	plan := &Plan{Transport: InProcess, Name: u.Text}
	if u.HasHost {
		plan.Host, plan.User = u.Host, u.User
		if u.Port != 0 {
			plan.Port = strconv.Itoa(u.Port)
		}
	}
	for _, p := range u.Params {
		plan.Params = append(plan.Params, ParamUse{p, WithoutEffect})
	}
	return plan
}

// transport is remoteConnectOpen's choice, with host, port and user.
func (p *planner) transport() error {
	p.plan.Transport = Unix
	if p.u == nil {
		return nil
	}
	t, ok := p.u.Transport()
	if !ok {
		help := "write one of unix, tcp, tls, ssh, libssh, libssh2, ext"
		if near := nearest(strings.ToLower(p.u.Suffix), transportNames()); near != "" {
			help = "did you mean " + p.u.Driver + "+" + near + "?"
		}
		return p.u.errorf(codeInvalidArg, fromRemote, "there is no transport "+quoted(p.u.Suffix), help,
			"invalid argument: remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)")
	}
	p.plan.Transport = t
	if t == Unix && p.u.HasHost {
		return p.u.errorf(codeInvalidArg, fromRemote, "a unix socket is on the client's own machine", "leave the host out ("+p.u.Driver+"+unix:///…), or use ssh, tls or tcp",
			"invalid argument: using unix socket and remote server '%s' is not supported.", p.u.Host)
	}
	if t == Unix || t == Ext {
		return nil
	}
	p.plan.Host = "localhost"
	if p.u.HasHost {
		p.plan.Host = p.u.Host
	}
	switch {
	case p.u.Port != 0:
		p.plan.Port = strconv.Itoa(p.u.Port)
	case t == TLS:
		p.plan.Port = strconv.Itoa(TLSPort)
	case t == TCP:
		p.plan.Port = strconv.Itoa(TCPPort)
	case t == LibSSH, t == LibSSH2:
		p.plan.Port = strconv.Itoa(SSHPort)
	}
	if t == SSH || t == LibSSH || t == LibSSH2 {
		p.plan.User = p.u.User
		if t != SSH && !p.u.HasUser {
			p.plan.User = "root"
		}
	}
	return nil
}

// flags decides between the daemon of the system and that of the session.
func (p *planner) flags() error {
	if p.env.ReadOnly {
		p.plan.Flags |= FlagReadOnly
	}
	if p.env.UID == 0 {
		return nil
	}
	host := false
	if p.u != nil {
		// The path exactly, and the driver test only in lower case and with a
		// transport written.
		if p.u.Path != "/session" && !(p.u.Driver == "test" && p.u.HasSuffix) {
			return nil
		}
		host = p.u.HasHost
	}
	p.session, p.plan.Session = true, true
	p.plan.Flags |= FlagSession
	if !host && p.plan.Transport == Unix && p.env.env("LIBVIRT_AUTOSTART") != "0" {
		p.autostrt = true
		p.plan.Flags |= FlagAutostart
	}
	return nil
}

// readParams collects libvirt's own parameters. Numbers are checked one by one,
// also those that a later one overrides.
func (p *planner) readParams() error {
	if p.u == nil {
		return nil
	}
	for _, v := range p.u.Params {
		info, ok := parameterInfo(v.Name)
		if !ok {
			continue
		}
		p.params[info.Name] = v.Value
		if info.Kind != Bool {
			continue
		}
		n, ok := parseLong(v.Value)
		if !ok {
			return p.u.errorf(codeInvalidArg, fromRemote, quoted(v.Value)+" is no number", "write "+v.Name+"=1 or "+v.Name+"=0",
				"invalid argument: Failed to parse value of URI component %s", v.Name)
		}
		switch info.Name {
		case "no_verify":
			p.noVerify = n != 0
		case "no_tty":
			p.noTTY = n != 0
		case "no_sanity":
			p.noSanity = n != 0
		}
	}
	p.plan.Auth, p.plan.AuthFile = p.params["auth"], p.params["authfile"]
	return nil
}

// parseLong is virStrToLong_i with base 10: strtol, then nothing may follow.
func parseLong(s string) (int, bool) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	if s == "" || s[len(s)-1] < '0' || s[len(s)-1] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return int(n), err == nil && n >= math.MinInt32 && n <= math.MaxInt32
}

// name forms the name in CONNECT_OPEN.
func (p *planner) name() error {
	if p.u == nil {
		return nil
	}
	if name, ok := p.params["name"]; ok {
		p.plan.Name = name
		return nil
	}
	if p.u.Driver == "remote" {
		return nil
	}
	var fragment *string
	if p.u.HasFragment {
		fragment = &p.u.Fragment
	}
	var rest []Param
	for _, v := range p.u.Params {
		if _, ok := parameterInfo(v.Name); !ok {
			rest = append(rest, v)
		}
	}
	p.plan.Name = format(p.u.Driver, p.u.Path, formatParams(rest), fragment)
	return nil
}

func (p *planner) modeAndProxy() error {
	mode, ok := p.params["mode"]
	if !ok {
		mode, ok = p.env.Config.Mode, p.env.Config.Mode != ""
	}
	switch {
	case !ok:
		mode = "auto"
	case mode != "auto" && mode != "legacy" && mode != "direct":
		return p.errorf(codeInvalidArg, fromRemote, quoted(mode)+" is no mode, whatever the transport", "write mode=auto, legacy or direct, in lower case",
			"invalid argument: Unknown remote mode '%s'", mode)
	}
	p.mode = mode
	proxy, ok := p.params["proxy"]
	if !ok {
		proxy, ok = p.env.Config.Proxy, p.env.Config.Proxy != ""
	}
	_, hasSocket := p.params["socket"]
	_, hasNetcat := p.params["netcat"]
	switch {
	case ok && proxy != "auto" && proxy != "netcat" && proxy != "native":
		return p.errorf(codeInvalidArg, fromRemote, quoted(proxy)+" is no kind of proxy, whatever the transport", "write proxy=auto, netcat or native, in lower case",
			"invalid argument: Unnkown proxy type '%s'", proxy) // sic
	case ok:
	case hasSocket:
		proxy = "netcat"
	case p.session:
		// Only virt-ssh-helper can find the socket of a session on the node.
		proxy = "native"
	default:
		proxy = "auto"
	}
	if proxy == "auto" && hasNetcat {
		proxy = "netcat"
	}
	p.proxy = proxy
	return nil
}

// socket is remoteGetUNIXSocket: the path, and the daemon behind it.
func (p *planner) socket() error {
	t := p.plan.Transport
	if t == TCP || t == TLS || t == Ext {
		return nil
	}
	if s, ok := p.params["socket"]; ok {
		p.plan.Socket = s
		if t == Unix {
			p.plan.Mode = p.mode
		}
		return nil
	}
	dir, suffix := p.env.runDir(), ""
	if p.session {
		dir = p.env.sessionDir()
	} else if p.env.ReadOnly {
		suffix = "-ro"
	}
	legacy, direct := path.Join(dir, "libvirt-sock"+suffix), ""
	if p.u != nil {
		direct = path.Join(dir, "virt"+p.u.Driver+"d-sock"+suffix)
	}
	mode := p.mode
	if mode == "auto" {
		switch {
		case t != Unix, p.u == nil:
			mode = "legacy"
		case p.env.exists(direct):
			mode = "direct"
		case p.env.exists(legacy), p.env.DefaultMode == "":
			mode = "legacy"
		default:
			mode = p.env.DefaultMode
		}
	}
	p.plan.Mode, p.plan.Socket = mode, legacy
	daemon := "libvirtd"
	if mode == "direct" {
		if t != Unix {
			return p.errorf(codeUnsupportedOp, fromRemote, "which daemon to use is decided on the node", "leave mode= out, or name the daemon's socket: socket=/var/run/libvirt/virtqemud-sock",
				"Operation not supported: Cannot use direct socket mode for %s transport", t)
		}
		if p.u == nil {
			return p.errorf(codeUnsupportedOp, fromRemote, "without a URI no driver is known", "give a URI, or set remote_mode to auto",
				"Operation not supported: Cannot use direct socket mode if no URI is set")
		}
		p.plan.Socket, daemon = direct, "virt"+p.u.Driver+"d"
	}
	if p.autostrt {
		p.plan.Autostart = daemon
	}
	return nil
}

func (p *planner) errorf(code, domain int, why, help, message string, args ...any) error {
	u := p.u
	if u == nil {
		u = &URI{}
	}
	return u.errorf(code, domain, why, help, message, args...)
}

// connect adds what the transport itself needs.
func (p *planner) connect() error {
	switch p.plan.Transport {
	case TLS:
		p.plan.TLS = p.tls()
	case SSH, LibSSH, LibSSH2:
		return p.ssh()
	case Ext:
		command, ok := p.params["command"]
		if !ok {
			return p.errorf(codeInvalidArg, fromRemote, "ext has no program of its own", "add command=PROGRAM",
				"invalid argument: remote_open: for 'ext' transport, command is required")
		}
		if command == "" {
			return p.emptyCommand()
		}
		p.plan.Command = []string{command}
	}
	return nil
}

func (p *planner) emptyCommand() error {
	return p.errorf(codeSystem, fromNone, "command= is empty", "name a program: found by PATH, or with its full path",
		"Cannot find '' in path: No such file or directory")
}

// uses says what became of each parameter.
func (p *planner) uses() {
	if p.u == nil {
		return
	}
	_, named := p.params["name"]
	for i, v := range p.u.Params {
		use := PassedOn
		info, own := parameterInfo(v.Name)
		switch {
		case !own && (named || p.u.Driver == "remote"):
			use = Dropped
		case !own:
		case laterOne(p.u.Params[i+1:], v.Name):
			use = Overridden
		case !info.on(p.plan.Transport), !p.effective(info.Name):
			use = WithoutEffect
		default:
			use = Used
		}
		p.plan.Params = append(p.plan.Params, ParamUse{v, use})
	}
}

func laterOne(params []Param, name string) bool {
	for _, v := range params {
		if strings.EqualFold(v.Name, name) {
			return true
		}
	}
	return false
}

// effective says whether a parameter that its transport has counts in this URI.
func (p *planner) effective(name string) bool {
	switch name {
	case "socket":
		return p.plan.Proxy != "native"
	case "mode":
		_, socket := p.params["socket"]
		return !socket
	}
	return true
}
