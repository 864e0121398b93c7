package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// authFlags say who may come in: what most tries need of the settings that a scenario
// has under auth, tls, certificates and ssh.
type authFlags struct {
	AuthTCP    string `name:"auth-tcp" placeholder:"METHOD" env:"FAKELIBVIRTD_AUTH_TCP" help:"How clients over tcp prove who they are: none or sasl."`
	AuthTLS    string `name:"auth-tls" placeholder:"METHOD" env:"FAKELIBVIRTD_AUTH_TLS" help:"The same over tls, beside the client's certificate."`
	AuthUnixRW string `name:"auth-unix-rw" placeholder:"METHOD" env:"FAKELIBVIRTD_AUTH_UNIX_RW" help:"The same on the unix socket, also through SSH: none, sasl or polkit."`
	AuthUnixRO string `name:"auth-unix-ro" placeholder:"METHOD" env:"FAKELIBVIRTD_AUTH_UNIX_RO" help:"The same on the socket for reading alone."`
	Polkit     string `name:"polkit" placeholder:"ANSWER" env:"FAKELIBVIRTD_POLKIT" help:"What polkit says of others than root: allowed (unless the scenario says otherwise), denied or no_agent."`

	SASLUsers      string   `name:"sasl-users" placeholder:"FILE" env:"FAKELIBVIRTD_SASL_USERS" help:"The users of SASL: a line NAME:PASSWORD for each. Those of the scenario stay, unless they have the same name."`
	SASLUser       []string `name:"sasl-user" placeholder:"NAME:PASSWORD" sep:"none" help:"One such user. May be repeated. Other users of this machine see the password in the list of processes."`
	SASLMechanisms []string `name:"sasl-mechanisms" placeholder:"NAME" env:"FAKELIBVIRTD_SASL_MECHANISMS" help:"The mechanisms of SASL that are offered, such as SCRAM-SHA-256,DIGEST-MD5. All but ANONYMOUS, or the scenario's."`
	Keytab         string   `name:"keytab" placeholder:"FILE" env:"FAKELIBVIRTD_KEYTAB" help:"The keys for SASL's mechanism GSSAPI."`
	KerberosRealm  string   `name:"kerberos-realm" placeholder:"REALM" env:"FAKELIBVIRTD_KERBEROS_REALM" help:"The realm of GSSAPI. Without --keytab, keys are made up for it."`

	Certificates           []string              `name:"certificates" placeholder:"NAME" env:"FAKELIBVIRTD_CERTIFICATES" help:"Bad certificates in the place of good ones, by the names of 'fakelibvirtd certs list', such as server-expired."`
	TLSNoVerifyCertificate bool                  `name:"tls-no-verify-certificate" env:"FAKELIBVIRTD_TLS_NO_VERIFY_CERTIFICATE" help:"Let clients in whatever their certificate, or without one."`
	TLSAllowedDN           []string              `name:"tls-allowed-dn" placeholder:"PATTERN" sep:"none" help:"A pattern of the names in certificates that may come in, such as 'O=fakelibvirtd,CN=*'. May be repeated."`
	TLSMin                 fakeserver.TLSVersion `name:"tls-min" placeholder:"VERSION" env:"FAKELIBVIRTD_TLS_MIN" help:"The oldest TLS that the node speaks, 1.0 to 1.3."`
	TLSMax                 fakeserver.TLSVersion `name:"tls-max" placeholder:"VERSION" env:"FAKELIBVIRTD_TLS_MAX" help:"The newest TLS that the node speaks."`

	SSHAuth  []string `name:"ssh-auth" placeholder:"METHODS" sep:"none" help:"How SSH logs in: publickey, password, keyboard-interactive or none; several with commas between them are all needed, in their order. May be repeated for another way in."`
	SSHUsers string   `name:"ssh-users" placeholder:"FILE" env:"FAKELIBVIRTD_SSH_USERS" help:"The users who may log in by SSH, with the node's key or a password: a line NAME:PASSWORD for each. Those of the scenario stay, and so does root."`
	SSHUser  []string `name:"ssh-user" placeholder:"NAME:PASSWORD" sep:"none" help:"One such user. May be repeated. Other users of this machine see the password."`
}

// authSetting is what a flag sets.
type authSetting struct {
	flag   string
	option fakeserver.Option
}

// goName is how errors of package fakeserver begin.
var goName = regexp.MustCompile(`^With\w+: (sshd: )?`)

// options adds what was asked for to a node's options, and so changes what these say.
func (f *authFlags) options(node []fakeserver.Option) ([]fakeserver.Option, error) {
	all := slices.Concat(f.sockets(), f.tls())
	for _, more := range []func() ([]authSetting, error){f.sasl, f.certificates, f.ssh} {
		settings, err := more()
		if err != nil {
			return nil, err
		}
		all = append(all, settings...)
	}
	before := fakeserver.Check(node...) // which is not these flags' fault
	for _, s := range all {
		node = append(node, s.option)
		if err := fakeserver.Check(node...); err != nil && before == nil {
			return nil, fmt.Errorf("--%s: %s", s.flag, goName.ReplaceAllString(err.Error(), ""))
		}
	}
	return node, nil
}

func (f *authFlags) sockets() []authSetting {
	var all []authSetting
	for _, s := range []struct {
		flag, method string
		set          func(*fakeserver.Auth, fakeserver.AuthMethod)
	}{
		{"auth-tcp", f.AuthTCP, func(a *fakeserver.Auth, m fakeserver.AuthMethod) { a.TCP = m }},
		{"auth-tls", f.AuthTLS, func(a *fakeserver.Auth, m fakeserver.AuthMethod) { a.TLS = m }},
		{"auth-unix-rw", f.AuthUnixRW, func(a *fakeserver.Auth, m fakeserver.AuthMethod) { a.UnixRW = m }},
		{"auth-unix-ro", f.AuthUnixRO, func(a *fakeserver.Auth, m fakeserver.AuthMethod) { a.UnixRO = m }},
		{"polkit", f.Polkit, func(a *fakeserver.Auth, m fakeserver.AuthMethod) { a.Polkit.Others = fakeserver.PolkitAnswer(m) }},
	} {
		if s.method != "" {
			all = append(all, authSetting{s.flag, fakeserver.EditAuth(func(a *fakeserver.Auth) { s.set(a, fakeserver.AuthMethod(s.method)) })})
		}
	}
	return all
}

func (f *authFlags) sasl() ([]authSetting, error) {
	users, err := readLogins("sasl-user", f.SASLUser, f.SASLUsers)
	if err != nil {
		return nil, err
	}
	var all []authSetting
	if len(users) > 0 {
		all = append(all, authSetting{"sasl-user", fakeserver.EditAuth(func(a *fakeserver.Auth) {
			a.Users = slices.DeleteFunc(slices.Clone(a.Users), func(u fakeserver.AuthUser) bool {
				return slices.ContainsFunc(users, func(l login) bool { return l.name == u.Name })
			})
			for _, l := range users {
				a.Users = append(a.Users, fakeserver.AuthUser{Name: l.name, Password: l.password})
			}
		})})
	}
	if f.KerberosRealm != "" {
		all = append(all, authSetting{"kerberos-realm", fakeserver.EditAuth(func(a *fakeserver.Auth) { a.Kerberos.Realm = f.KerberosRealm })})
	}
	if f.Keytab != "" {
		all = append(all, authSetting{"keytab", fakeserver.EditAuth(func(a *fakeserver.Auth) { a.Kerberos.Keytab = f.Keytab })})
	}
	// GSSAPI among them needs the keys.
	if f.SASLMechanisms != nil {
		all = append(all, authSetting{"sasl-mechanisms", fakeserver.EditAuth(func(a *fakeserver.Auth) { a.Mechanisms = f.SASLMechanisms })})
	}
	return all, nil
}

func (f *authFlags) tls() []authSetting {
	flag := "tls-max" // of those that can be wrong
	if f.TLSMax == 0 {
		flag = "tls-min"
	}
	if !f.TLSNoVerifyCertificate && f.TLSAllowedDN == nil && f.TLSMin == 0 && f.TLSMax == 0 {
		return nil
	}
	return []authSetting{{flag, fakeserver.EditTLS(func(t *fakeserver.TLSSettings) {
		t.NoVerifyCertificate = t.NoVerifyCertificate || f.TLSNoVerifyCertificate
		if f.TLSAllowedDN != nil {
			t.AllowedDN = f.TLSAllowedDN
		}
		if f.TLSMin != 0 {
			t.MinVersion = f.TLSMin
		}
		if f.TLSMax != 0 {
			t.MaxVersion = f.TLSMax
		}
	})}}
}

func (f *authFlags) certificates() ([]authSetting, error) {
	var variants []certs.Variant
	for _, name := range f.Certificates {
		if _, err := certs.Lookup(certs.Variant(name)); err != nil {
			return nil, fmt.Errorf("--certificates: there is no %q in the catalogue: see 'fakelibvirtd certs list'", name)
		}
		variants = append(variants, certs.Variant(name))
	}
	return []authSetting{{"certificates", fakeserver.WithCertificates(variants...)}}, nil
}

func (f *authFlags) ssh() ([]authSetting, error) {
	users, err := readLogins("ssh-user", f.SSHUser, f.SSHUsers)
	if err != nil {
		return nil, err
	}
	var all []authSetting
	if f.SSHAuth != nil {
		all = append(all, authSetting{"ssh-auth", fakeserver.EditSSHAuth(func(a *fakeserver.SSHAuth) { a.Methods = f.SSHAuth })})
	}
	if len(users) > 0 {
		all = append(all, authSetting{"ssh-user", fakeserver.EditSSHAuth(func(a *fakeserver.SSHAuth) { addSSHUsers(a, users) })})
	}
	return all, nil
}

// addSSHUsers adds users to those there are. A node without any lets everybody in who
// has its key; among them is root, for whom its URIs are.
func addSSHUsers(a *fakeserver.SSHAuth, users []login) {
	all := make(map[string]fakeserver.SSHUser)
	if len(a.Users) == 0 {
		all["root"] = fakeserver.SSHUser{}
	}
	for name, u := range a.Users {
		all[name] = u
	}
	for _, l := range users {
		u := all[l.name]
		u.Password = fakeserver.SSHSecret(l.password)
		all[l.name] = u
	}
	a.Users = all
	if len(a.Methods) == 0 {
		a.Methods = []string{"publickey", "password"}
	}
}

// login is a user with a password.
type login struct{ name, password string }

// maxLogins is how many bytes a file of logins may have.
const maxLogins = 10 << 20

// readUpTo reads a file that has at most so many bytes.
func readUpTo(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", file, limit)
	}
	return text, err
}

// readLogins reads NAME:PASSWORD, as arguments of a flag and as lines of the file that
// the flag with an s names. No error shows them.
func readLogins(flag string, given []string, file string) ([]login, error) {
	var all []login
	add := func(from, text string) error {
		name, password, found := strings.Cut(text, ":")
		if !found || name == "" || password == "" {
			return fmt.Errorf("%s: want NAME:PASSWORD", from)
		}
		all = append(all, login{name, password})
		return nil
	}
	if file != "" {
		text, err := readUpTo(file, maxLogins)
		if err != nil {
			return nil, fmt.Errorf("--%ss: %w", flag, err)
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			line = strings.TrimRight(line, "\r\n")
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if err := add(fmt.Sprintf("--%ss: %s:%d", flag, file, n), line); err != nil {
				return nil, err
			}
		}
	}
	for _, text := range given {
		if err := add("--"+flag, text); err != nil {
			return nil, err
		}
	}
	return all, nil
}
