package sshd

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// The methods of authentication, by the names that RFC 4252 and RFC 4256 give them.
const (
	MethodNone      = "none"
	MethodPublicKey = "publickey"
	MethodPassword  = "password"
	MethodKeyboard  = "keyboard-interactive"
)

// Auth says how clients log in. The zero value is by a key that
// [Config.AuthorizedKey] knows.
type Auth struct {
	// Methods are lists of methods, one of which a client must go through from its
	// beginning to its end: AuthenticationMethods of sshd_config(5). A key does not
	// count twice. "none" must be alone in its list. Without any it is
	// {{"publickey"}}.
	Methods [][]string

	// None tells who is let in by the method "none".
	None func(user string) bool
	// Password tells whether it is the user's.
	Password func(user, password string) bool
	// Dialog is what a user is asked by keyboard-interactive, and whether the user
	// can get in by it. Without it nobody can.
	Dialog func(user string) (rounds []Round, known bool)

	// Authority tells whether a key may sign certificates of users:
	// TrustedUserCAKeys. Principals are the names of which a certificate of the user
	// must have one, by default the user's own: AuthorizedPrincipalsFile.
	Authority  func(gossh.PublicKey) bool
	Principals func(user string) []string
}

// A Round is what a client is asked at once.
type Round struct {
	Name, Instruction string
	Prompts           []Prompt
}

// A Prompt is one question and its answer.
type Prompt struct {
	Text   string
	Echo   bool // whether what is typed may be seen
	Answer string
}

func (a *Auth) check() error {
	if len(a.Methods) == 0 {
		a.Methods = [][]string{{MethodPublicKey}}
	}
	for _, list := range a.Methods {
		if len(list) == 0 {
			return errors.New("sshd: a list of methods is empty")
		}
		for _, method := range list {
			switch method {
			case MethodPublicKey, MethodPassword, MethodKeyboard:
			case MethodNone:
				if len(list) > 1 {
					return fmt.Errorf("sshd: methods %s: none must be alone", strings.Join(list, ","))
				}
			default:
				return fmt.Errorf("sshd: there is no method %q: want %s, %s, %s or %s", method,
					MethodPublicKey, MethodPassword, MethodKeyboard, MethodNone)
			}
		}
	}
	if a.None == nil {
		a.None = func(string) bool { return false }
	}
	if a.Password == nil {
		a.Password = func(string, string) bool { return false }
	}
	if a.Dialog == nil {
		a.Dialog = func(string) ([]Round, bool) { return nil, false }
	}
	if a.Principals == nil {
		a.Principals = func(user string) []string { return []string{user} }
	}
	return nil
}

// callbacks returns what is open to a client next: the first methods of what is
// left of the lists.
func (c *connection) callbacks() gossh.ServerAuthCallbacks {
	var cb gossh.ServerAuthCallbacks
	for _, list := range c.left {
		switch list[0] {
		case MethodPublicKey:
			cb.PublicKeyCallback = c.publicKey
		case MethodPassword:
			cb.PasswordCallback = c.password
		case MethodKeyboard:
			cb.KeyboardInteractiveCallback = c.keyboard
		}
	}
	return cb
}

// passed takes a method off the lists. It returns nil if one of them is done with,
// else what x/crypto/ssh takes for success in part.
func (c *connection) passed(method string) error {
	left := slices.Clone(c.left)
	for i, list := range left {
		if list[0] != method {
			continue
		}
		if len(list) == 1 {
			return nil
		}
		left[i] = list[1:]
	}
	c.left = left
	return &gossh.PartialSuccessError{Next: c.callbacks()}
}

// open tells whether a method comes first in one of the lists.
func (c *connection) open(method string) bool {
	return slices.ContainsFunc(c.left, func(list []string) bool { return list[0] == method })
}

func (c *connection) none(meta gossh.ConnMetadata) (*gossh.Permissions, error) {
	if !c.open(MethodNone) || !c.srv.cfg.Auth.None(meta.User()) {
		return nil, errDenied
	}
	return nil, nil
}

func (c *connection) password(meta gossh.ConnMetadata, password []byte) (*gossh.Permissions, error) {
	if !c.srv.cfg.Auth.Password(meta.User(), string(password)) {
		return nil, errDenied
	}
	return nil, c.passed(MethodPassword)
}

// keyboard asks all questions, whatever is answered to the first of them, and asks
// users that it does not know as well: a client learns but that it failed.
func (c *connection) keyboard(meta gossh.ConnMetadata, ask gossh.KeyboardInteractiveChallenge) (*gossh.Permissions, error) {
	rounds, right := c.srv.cfg.Auth.Dialog(meta.User())
	for _, round := range rounds {
		questions := make([]string, len(round.Prompts))
		echos := make([]bool, len(round.Prompts))
		for i, p := range round.Prompts {
			questions[i], echos[i] = p.Text, p.Echo
		}
		answers, err := ask(round.Name, round.Instruction, questions, echos)
		if err != nil {
			// Not the error itself, which is that of a parser of answers.
			return nil, errNoAnswer
		}
		for i, p := range round.Prompts {
			right = SameSecret(answers[i], p.Answer) && right
		}
	}
	if !right || len(rounds) == 0 {
		return nil, errDenied
	}
	return nil, c.passed(MethodKeyboard)
}

var errNoAnswer = errors.New("the client does not answer")

// SameSecret compares in a time that tells nothing of where the two differ.
func SameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
