package fakeserver

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/auth"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
)

// AuthMethod is how the clients of a socket prove who they are, in libvirtd.conf's
// words.
type AuthMethod string

// The methods of authentication. Empty means none.
const (
	AuthNone   AuthMethod = "none"
	AuthSASL   AuthMethod = "sasl"
	AuthPolkit AuthMethod = "polkit" // on unix sockets alone
)

// Auth is how the node's daemons have clients prove who they are: the settings of
// libvirtd.conf, which these fields are named after, and what the real ones look up
// elsewhere. The zero value asks nobody. (A real libvirtd's own defaults are sasl on
// tcp, none on tls, and polkit on the unix sockets of the system's daemon.)
//
// Until a client has, everything but the calls of authentication fails with
// "authentication required". The in-memory transport asks nobody ever.
type Auth struct {
	// TCP is auth_tcp: none or sasl.
	TCP AuthMethod `yaml:"tcp,omitempty"`
	// TLS is auth_tls, beside the client's certificate: none or sasl.
	TLS AuthMethod `yaml:"tls,omitempty"`
	// UnixRW is auth_unix_rw: for libvirt-sock, and for what reaches it through SSH or
	// a client's command.
	UnixRW AuthMethod `yaml:"unix_rw,omitempty"`
	// UnixRO is auth_unix_ro: the same for libvirt-sock-ro.
	UnixRO AuthMethod `yaml:"unix_ro,omitempty"`

	// Users are those who may log in by SASL.
	Users []AuthUser `yaml:"users,omitempty"`
	// Mechanisms are those of SASL that are offered, mech_list of sasl2/libvirt.conf:
	// GSSAPI, SCRAM-SHA-256, SCRAM-SHA-1, DIGEST-MD5, PLAIN and ANONYMOUS, in any case,
	// and in the order in which they are offered. Without a list it is all but ANONYMOUS,
	// in this order, with GSSAPI if there is Kerberos. On plain tcp, only GSSAPI and
	// DIGEST-MD5 are strong enough to be offered at all: they encrypt what follows.
	Mechanisms []string `yaml:"mechanisms,omitempty"`
	// AllowedUsernames are patterns, with * and ?, of the SASL users that may come in
	// (sasl_allowed_username_list). Without a list, whoever has logged in may; with an
	// empty one, which is not nil, nobody.
	AllowedUsernames []string `yaml:"allowed_usernames,omitempty"`
	// Realm is what DIGEST-MD5 calls the node; empty means its host name.
	Realm string `yaml:"realm,omitempty"`
	// Kerberos is what GSSAPI needs.
	Kerberos Kerberos `yaml:"kerberos,omitempty"`

	// Polkit is what polkit says.
	Polkit Polkit `yaml:"polkit,omitempty"`
}

// AuthUser is a user of SASL. Printed, it shows no secrets.
type AuthUser struct {
	// Name is what the user logs in as.
	Name string `yaml:"name"`
	// Password may be missing where there are Verifiers; DIGEST-MD5 then refuses
	// the user, since it needs the password.
	Password string `yaml:"password,omitempty" secret:"true"`
	// Verifiers are salted, in the form of RFC 5803:
	// SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY, with base64 in the last three.
	Verifiers []string `yaml:"verifiers,omitempty" secret:"true"`
}

// String masks the secrets.
func (u AuthUser) String() string {
	return fmt.Sprintf("{%s, password *** and %d verifiers}", u.Name, len(u.Verifiers))
}

// Format masks the secrets, whatever the verb.
func (u AuthUser) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.String()) }

// MarshalJSON masks the secrets.
func (u AuthUser) MarshalJSON() ([]byte, error) { return json.Marshal(u.String()) }

// PolkitAnswer is what polkit says about a client.
type PolkitAnswer string

// The answers of polkit. Empty means allowed.
const (
	PolkitAllowed PolkitAnswer = "allowed"
	// PolkitDenied fails with "authentication failed: access denied by policy".
	PolkitDenied PolkitAnswer = "denied"
	// PolkitNoAgent fails with "authentication unavailable: no polkit agent available
	// to authenticate action 'org.libvirt.unix.manage'", or '….monitor' on the socket
	// for readers: polkit would ask for a password, and there is nobody to ask.
	PolkitNoAgent PolkitAnswer = "no_agent"
)

// Polkit is what polkit says about clients of sockets that ask for polkit. As at the
// real daemon, root passes without it, unless UIDs says otherwise of 0: that is for
// tests that run as root.
type Polkit struct {
	// UIDs are the answers for users by number: the unix peer's, or that of the SSH
	// login's account.
	UIDs map[uint32]PolkitAnswer `yaml:"uids,omitempty"`
	// Others is the answer for all other users.
	Others PolkitAnswer `yaml:"others,omitempty"`
}

// WithAuth has clients prove who they are. The session's daemon of
// [WithSessionDaemon] asks for nothing, as a user's own daemon does.
func WithAuth(a Auth) Option { return func(c *config) { c.auth = a } }

// checkAuth finds mistakes in what WithAuth was given, and makes the daemons' rules
// of it.
func (c *config) checkAuth() error {
	a := &c.auth
	for _, s := range a.sockets() {
		want := "none or sasl"
		if s.unix {
			want = "none, sasl or polkit"
		}
		switch {
		case !slices.Contains([]AuthMethod{"", AuthNone, AuthSASL, AuthPolkit}, *s.method):
			return fmt.Errorf("WithAuth: %s is %q: want %s", s.name, *s.method, want)
		case *s.method == AuthPolkit && !s.unix:
			return fmt.Errorf("WithAuth: %s is polkit, which works on unix sockets alone: want %s", s.name, want)
		}
	}
	answers := []PolkitAnswer{a.Polkit.Others}
	for _, answer := range a.Polkit.UIDs {
		answers = append(answers, answer)
	}
	for _, answer := range answers {
		if !slices.Contains([]PolkitAnswer{"", PolkitAllowed, PolkitDenied, PolkitNoAgent}, answer) {
			return fmt.Errorf("WithAuth: polkit answers %q: want allowed, denied or no_agent", answer)
		}
	}
	sasl := auth.Config{Mechanisms: a.Mechanisms, Allowed: a.AllowedUsernames, Realm: a.Realm}
	if sasl.Realm == "" {
		sasl.Realm = c.hostname
	}
	for _, u := range a.Users {
		sasl.Users = append(sasl.Users, auth.User{Name: u.Name, Password: u.Password, Verifiers: u.Verifiers})
	}
	if !a.asks() && len(a.Users) == 0 && a.Realm == "" && a.Mechanisms == nil && !a.Kerberos.wanted() {
		return nil
	}
	var err error
	if sasl.Kerberos, err = c.makeKerberos(); err != nil {
		return fmt.Errorf("WithAuth: %w", err)
	}
	server, err := auth.NewServer(sasl)
	if err != nil {
		return fmt.Errorf("WithAuth: %w", err)
	}
	c.authRules = &remote.Auth{Rule: c.authRule, SASL: server, Polkit: c.askPolkit}
	return nil
}

// asks reports whether any socket asks who comes.
func (a *Auth) asks() bool {
	return slices.ContainsFunc(a.sockets(), func(s authSocket) bool { return wireAuth(*s.method) != remote.AuthNone })
}

// authSocket is one of the settings about sockets.
type authSocket struct {
	name   string
	method *AuthMethod
	unix   bool
}

func (a *Auth) sockets() []authSocket {
	return []authSocket{
		{"auth_tcp", &a.TCP, false}, {"auth_tls", &a.TLS, false},
		{"auth_unix_rw", &a.UnixRW, true}, {"auth_unix_ro", &a.UnixRO, true},
	}
}
