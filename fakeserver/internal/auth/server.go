package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Config is what a Server is made of.
type Config struct {
	Users []User
	// Mechanisms are the names of those to be offered, in letters of any case, in that
	// order: nil for all but ANONYMOUS, and GSSAPI if there is no Kerberos.
	Mechanisms []string
	// Allowed are patterns of the users that may come in, with * and ? as in
	// libvirtd's sasl_allowed_username_list; nil lets all in, a list without
	// patterns nobody.
	Allowed []string
	// Realm is what DIGEST-MD5 calls the node, and what may follow an "@" in a
	// user's name. Cyrus SASL takes the host name.
	Realm string
	// Kerberos is needed for GSSAPI.
	Kerberos *Kerberos
}

// Server is the SASL of one node. It may be used by many connections at a time.
type Server struct {
	mechanisms []mechanism
	users      map[string]*account
	allowed    []string // nil for everybody
	realm      string
	kerberos   *acceptor
}

// NewServer returns a Server, or says which of the users or mechanisms makes no
// sense. No secret is in its errors.
func NewServer(c Config) (*Server, error) {
	s := &Server{users: make(map[string]*account), allowed: c.Allowed, realm: c.Realm}
	if s.realm == "" || strings.ContainsAny(s.realm, "\"\\\x00") {
		return nil, fmt.Errorf("SASL realm %q: want a host name", c.Realm)
	}
	for _, u := range c.Users {
		a, err := newAccount(u)
		if err != nil {
			return nil, fmt.Errorf("SASL user %q: %w", u.Name, err)
		}
		if s.users[u.Name] != nil {
			return nil, fmt.Errorf("SASL user %q is there twice", u.Name)
		}
		s.users[u.Name] = a
	}
	if c.Kerberos != nil {
		var err error
		if s.kerberos, err = newAcceptor(c.Kerberos); err != nil {
			return nil, fmt.Errorf("Kerberos: %w", err)
		}
	}
	if err := s.choose(c.Mechanisms); err != nil {
		return nil, err
	}
	return s, nil
}

// choose sets the mechanisms that the server has.
func (s *Server) choose(names []string) error {
	all := mechanisms()
	if names == nil {
		s.mechanisms = slices.DeleteFunc(all, func(m mechanism) bool { return m.anonymous || m.kerberos && s.kerberos == nil })
		return nil
	}
	for _, name := range names {
		canonical := Canonical(name)
		if canonical == "" {
			return fmt.Errorf("no SASL mechanism %q: there are %v", name, Names())
		}
		m := all[slices.IndexFunc(all, func(m mechanism) bool { return m.name == canonical })]
		if m.kerberos && s.kerberos == nil {
			return fmt.Errorf("SASL mechanism %s: there are no settings of Kerberos", m.name)
		}
		if !slices.ContainsFunc(s.mechanisms, func(known mechanism) bool { return known.name == m.name }) {
			s.mechanisms = append(s.mechanisms, m)
		}
	}
	return nil
}

// Offered returns the names of the mechanisms that clients may use on a connection, in
// their order. secure says that the connection itself keeps what passes
// secret: TLS and unix sockets do.
func (s *Server) Offered(secure bool) []string {
	var names []string
	for _, m := range s.mechanisms {
		if m.fits(secure) {
			names = append(names, m.name)
		}
	}
	return names
}

// ErrRefused is what every failure wraps. What it is wrapped in is for the server's
// log: a client is told nothing more.
var ErrRefused = errors.New("refused")

func refuse(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, ErrRefused)...)
}

// Reply is what the server answers. Data is nil where it sends none, which for SASL
// is not the same as a message without bytes.
type Reply struct {
	Data []byte
	Done bool
}

// result is what a conversation that is done has found out.
type result struct {
	user  string
	layer Layer
	// tried is who the client says it is; it is set before anything is checked.
	tried string
	// ssf is the strength of the layer, in bits.
	ssf int
}

// Exchange is one attempt of a client to log in. It may be used by one goroutine at
// a time.
type Exchange struct {
	server    *Server
	mechanism string
	talk      conversation
	found     result
	reply     Reply
	over      bool
}

// Start begins an exchange with the mechanism that the client chose and whatever it
// sent along. Like Cyrus SASL it makes no difference between nothing and a message
// without bytes. Where it fails, the exchange tells what was tried; it is nil if the
// mechanism may not be used.
func (s *Server) Start(secure bool, name string, data []byte) (*Exchange, error) {
	for _, m := range s.mechanisms {
		if !strings.EqualFold(m.name, name) {
			continue
		}
		if !m.fits(secure) {
			return nil, refuse("mechanism %s is too weak here", m.name)
		}
		x := &Exchange{server: s, mechanism: m.name}
		x.talk = m.begin(s, secure, &x.found)
		return x, x.take(x.talk.start(data))
	}
	return nil, refuse("mechanism is not offered")
}

// Step goes on with what the client answered.
func (x *Exchange) Step(data []byte) error {
	if x.over {
		return refuse("the exchange is over")
	}
	return x.take(x.talk.step(data))
}

func (x *Exchange) take(r Reply, err error) error {
	if err == nil && r.Done && !x.server.allows(x.found.user) {
		err = refuse("user %q is not among those allowed", x.found.user)
	}
	if err != nil {
		x.reply, x.found = Reply{}, result{tried: x.found.tried}
		x.over = true
		return err
	}
	x.reply, x.over = r, r.Done
	return nil
}

// Reply returns what is to be sent to the client now.
func (x *Exchange) Reply() Reply { return x.reply }

// Mechanism returns the name of the mechanism.
func (x *Exchange) Mechanism() string { return x.mechanism }

// User returns who has logged in, once the exchange is done.
func (x *Exchange) User() string {
	if !x.reply.Done {
		return ""
	}
	return x.found.user
}

// Tried returns who the client says it is, as soon as it has said so; whether that is
// true is another matter. For mechanisms that tell of nobody, it is empty.
func (x *Exchange) Tried() string { return x.found.tried }

// SSF returns the strength of the layer, in bits; 0 if there is none.
func (x *Exchange) SSF() int {
	if !x.reply.Done {
		return 0
	}
	return x.found.ssf
}

// Layer returns what everything after the last reply is wrapped in, once the
// exchange is done; nil if nothing is.
func (x *Exchange) Layer() Layer {
	if !x.reply.Done {
		return nil
	}
	return x.found.layer
}
