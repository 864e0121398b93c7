package fakeserver

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd"
)

// SSHAuth says who may log in to the node's SSH server, and how. The zero value lets
// in every user who has the node's own key, which is that of its URIs.
type SSHAuth struct {
	// Methods are the ways in: "publickey", "password", "keyboard-interactive",
	// "none", or several with commas between them, all of which are needed in their
	// order ("publickey,password"): AuthenticationMethods of sshd_config(5). Without
	// any it is publickey.
	Methods []string `yaml:"methods,omitempty"`
	// Users are those who may log in, by name. Without any, every user may who has
	// the node's own key.
	Users map[string]SSHUser `yaml:"users,omitempty"`
	// MaxTries is how many failures end a connection, 6 if it is 0: MaxAuthTries.
	// As in sshd, a key that is asked about and refused is one, and the first "none"
	// is not.
	MaxTries int `yaml:"max_tries,omitempty"`
	// TrustedUserCAKeys are the authorities that sign certificates of users, each a
	// line of authorized_keys; see certs.SSHCA.Line.
	TrustedUserCAKeys []string `yaml:"trusted_user_ca_keys,omitempty" secret:"true"`
}

// SSHUser is a user who may log in.
type SSHUser struct {
	// Password is for the method password, and for keyboard-interactive if there are
	// no Prompts. A user without one cannot log in by it.
	Password SSHSecret `yaml:"password,omitempty" secret:"true"`
	// Keys are those that let the user in, each a line of authorized_keys (without
	// options), or "node" for the node's own. Without a list it is the node's own; an
	// empty one, which is not nil, lets nobody in by a key.
	Keys []string `yaml:"keys,omitempty" secret:"true"`
	// Principals are the names of which a certificate must have one, the user's own
	// if there are none.
	Principals []string `yaml:"principals,omitempty"`
	// Prompts are what keyboard-interactive asks, in their order. Without any it is
	// "Password: ", if there is a Password.
	Prompts []SSHPrompt `yaml:"prompts,omitempty"`
	// Refused turns the user away whatever is right: DenyUsers.
	Refused bool `yaml:"refused,omitempty"`
}

// SSHPrompt is one question of keyboard-interactive.
type SSHPrompt struct {
	// Text is the question, such as "Code: ".
	Text string `yaml:"text"`
	// Answer is the only one that is right.
	Answer SSHSecret `yaml:"answer" secret:"true"`
	// Echo lets what is typed be seen.
	Echo bool `yaml:"echo,omitempty"`
	// Next asks the question, and those that follow, once those before are answered;
	// otherwise it is asked at once with them.
	Next bool `yaml:"next,omitempty"`
	// Name is shown before the questions that are asked at once: that of the first.
	Name string `yaml:"name,omitempty"`
	// Instruction is shown below Name.
	Instruction string `yaml:"instruction,omitempty"`
}

// parameter returns the words of a URI's sshauth for the way in that asks for the
// least: a key alone, if that is one.
func (a SSHAuth) parameter() string {
	if len(a.Methods) == 0 || slices.Contains(a.Methods, "publickey") {
		return ""
	}
	var words []string
	for method := range strings.SplitSeq(a.Methods[0], ",") {
		switch method {
		case "publickey":
			words = append(words, "privkey")
		case "password", "keyboard-interactive":
			words = append(words, method)
		}
	}
	return strings.Join(words, ",")
}

// SSHSecret is text that is not shown by fmt, log/slog and encoding/json.
type SSHSecret string

const hiddenSecret = "[secret]"

// Format writes a mark in place of the secret, whatever the verb.
func (SSHSecret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hiddenSecret)) }

// LogValue returns a mark in place of the secret.
func (SSHSecret) LogValue() slog.Value { return slog.StringValue(hiddenSecret) }

// MarshalJSON writes a mark in place of the secret.
func (SSHSecret) MarshalJSON() ([]byte, error) { return []byte(`"` + hiddenSecret + `"`), nil }

// WithSSHAuth sets who may log in to the SSH server, and how.
func WithSSHAuth(auth SSHAuth) Option {
	auth.Methods = slices.Clone(auth.Methods)
	auth.Users = maps.Clone(auth.Users)
	auth.TrustedUserCAKeys = slices.Clone(auth.TrustedUserCAKeys)
	return func(c *config) { c.sshAuth = auth }
}

// errSecretKey is for lines of keys, which are not quoted: somebody may have put a
// private key there.
var errSecretKey = errors.New("is not a line of authorized_keys without options")

func parseKeyLine(line string) (gossh.PublicKey, error) {
	key, _, options, rest, err := gossh.ParseAuthorizedKey([]byte(line))
	if err != nil || len(options) > 0 || strings.TrimSpace(string(rest)) != "" {
		return nil, errSecretKey
	}
	return key, nil
}

// sshLogins is an SSHAuth that has been read.
type sshLogins struct {
	auth        SSHAuth
	own         *certs.SSH
	keys        map[string]map[string]bool // by user, those beside the node's own
	authorities map[string]bool
}

// nodeKey is the word for the node's own key.
const nodeKey = "node"

func (a SSHAuth) read(own *certs.SSH) (*sshLogins, error) {
	l := &sshLogins{auth: a, own: own, keys: make(map[string]map[string]bool), authorities: make(map[string]bool)}
	for _, user := range slices.Sorted(maps.Keys(a.Users)) {
		l.keys[user] = make(map[string]bool)
		for i, line := range a.Users[user].Keys {
			if line == nodeKey {
				continue
			}
			key, err := parseKeyLine(line)
			if err != nil {
				return nil, fmt.Errorf("WithSSHAuth: user %s: key %d %w", user, i+1, err)
			}
			l.keys[user][string(key.Marshal())] = true
		}
	}
	for i, line := range a.TrustedUserCAKeys {
		key, err := parseKeyLine(line)
		if err != nil {
			return nil, fmt.Errorf("WithSSHAuth: trusted_user_ca_keys: key %d %w", i+1, err)
		}
		l.authorities[string(key.Marshal())] = true
	}
	if a.MaxTries < 0 {
		return nil, fmt.Errorf("WithSSHAuth: max_tries is %d: want 0 or more", a.MaxTries)
	}
	return l, nil
}

func (c *config) checkSSHAuth() error {
	if err := sshd.Check("", sshd.Algorithms{}, c.sshAuth.methods()); err != nil {
		return fmt.Errorf("WithSSHAuth: %w", err)
	}
	_, err := c.sshAuth.read(nil)
	return err
}

// methods are the lists of Methods.
func (a SSHAuth) methods() [][]string {
	var lists [][]string
	for _, m := range a.Methods {
		lists = append(lists, strings.Split(m, ","))
	}
	return lists
}

// user returns a user, unless that may not come in.
func (l *sshLogins) user(name string) (SSHUser, bool) {
	if len(l.auth.Users) == 0 {
		return SSHUser{}, true
	}
	u, ok := l.auth.Users[name]
	return u, ok && !u.Refused
}

// authorized tells whether a key lets a user in.
func (l *sshLogins) authorized(name string, key gossh.PublicKey) bool {
	u, ok := l.user(name)
	if !ok {
		return false
	}
	if u.Keys == nil || slices.Contains(u.Keys, nodeKey) {
		if l.own.Authorized(key) {
			return true
		}
	}
	return l.keys[name][string(key.Marshal())]
}

// password compares even if there is nothing to compare with, so that the time does
// not tell who there is.
func (l *sshLogins) password(name, password string) bool {
	u, ok := l.user(name)
	return sshd.SameSecret(password, string(u.Password)) && ok && u.Password != ""
}

// dialog returns what keyboard-interactive asks; unknown users are asked as well.
func (l *sshLogins) dialog(name string) (rounds []sshd.Round, ok bool) {
	u, ok := l.user(name)
	if len(u.Prompts) == 0 {
		return []sshd.Round{{Prompts: []sshd.Prompt{{Text: "Password: ", Answer: string(u.Password)}}}}, ok && u.Password != ""
	}
	for i, p := range u.Prompts {
		if i == 0 || p.Next {
			rounds = append(rounds, sshd.Round{Name: p.Name, Instruction: p.Instruction})
		}
		last := &rounds[len(rounds)-1]
		last.Prompts = append(last.Prompts, sshd.Prompt{Text: p.Text, Echo: p.Echo, Answer: string(p.Answer)})
	}
	return rounds, ok
}

func (l *sshLogins) principals(name string) []string {
	u, ok := l.user(name)
	switch {
	case !ok:
		return nil
	case len(u.Principals) > 0:
		return u.Principals
	}
	return []string{name}
}

// inner returns the logins as the SSH server takes them.
func (l *sshLogins) inner() sshd.Auth {
	return sshd.Auth{
		Methods: l.auth.methods(),
		None: func(user string) bool {
			_, ok := l.user(user)
			return ok
		},
		Password:   l.password,
		Dialog:     l.dialog,
		Authority:  func(key gossh.PublicKey) bool { return l.authorities[string(key.Marshal())] },
		Principals: l.principals,
	}
}
