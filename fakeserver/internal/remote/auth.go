package remote

import (
	"errors"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/auth"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerAuth(t *Table) {
	handle(t, rpc.AuthList, authList)
	handle(t, rpc.AuthSaslInit, authSASLInit)
	handle(t, rpc.AuthSaslStart, authSASLStart)
	handle(t, rpc.AuthSaslStep, authSASLStep)
	handle(t, rpc.AuthPolkit, authPolkit)
}

// The ways to authenticate, as AUTH_LIST names them (REMOTE_AUTH_NONE and so on).
const (
	AuthNone   libvirt.AuthType = 0
	AuthSASL   libvirt.AuthType = 1
	AuthPolkit libvirt.AuthType = 2
)

// Auth is how the daemon has its clients prove who they are.
type Auth struct {
	// Rule returns what the socket that a client came through asks for.
	Rule func(*call.Peer) libvirt.AuthType
	// SASL must be there if Rule ever asks for it; so must Polkit.
	SASL   *auth.Server
	Polkit func(*call.Peer) Polkit
}

// Polkit is what polkit says about a client.
type Polkit int

// PolkitRoot is a client whom the daemon does not ask polkit about.
const (
	PolkitDenied Polkit = iota
	PolkitAllowed
	PolkitNoAgent
	PolkitRoot
)

// identity is what is known of who the client is. Calls of one connection may run
// at the same time, so the session's lock guards it.
type identity struct {
	rule libvirt.AuthType // what is still asked for
	// sasl is set from INIT to success or failure, and its exchange from START on.
	sasl  bool
	talk  *auth.Exchange
	layer auth.Layer // that the connection has still to put on
}

// rule returns what a host asks of a peer.
func (h *Host) rule(peer *call.Peer) libvirt.AuthType {
	if h.Auth == nil {
		return AuthNone
	}
	return h.Auth.Rule(peer)
}

// TakeLayer returns the security layer that is to be put on the connection behind
// the reply that ended SASL, once; nil if there is none.
func (s *Session) TakeLayer() auth.Layer {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.identity.layer
	s.identity.layer = nil
	return l
}

// passLocked lets the client in.
func (s *Session) passLocked() {
	s.identity.rule = AuthNone
	s.identity.sasl, s.identity.talk = false, nil
	s.authenticated.Store(true)
}

// authList names the one way to authenticate, and no more once it is done. A root
// whom polkit would let pass in any case is let in by asking.
func authList(s *Session, _ *rpc.None) (*libvirt.AuthListRet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.identity.rule == AuthPolkit && s.host.Auth.Polkit(s.peer) == PolkitRoot {
		s.passLocked()
		s.polkitLocked(nil)
	}
	return &libvirt.AuthListRet{Types: []libvirt.AuthType{s.identity.rule}}, nil
}

// authPolkit asks polkit. Where the socket is not for that, the daemon fails
// without saying why, and so without a text of its own.
func authPolkit(s *Session, _ *rpc.None) (*libvirt.AuthPolkitRet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.identity.rule != AuthPolkit {
		return nil, &hypervisor.Error{
			Code: libvirt.ErrInternalError, Domain: hypervisor.FromRPC,
			Message: "Library function returned error but did not set virError",
		}
	}
	switch s.host.Auth.Polkit(s.peer) {
	case PolkitAllowed, PolkitRoot:
		s.passLocked()
		s.polkitLocked(nil)
		return &libvirt.AuthPolkitRet{Complete: 1}, nil
	case PolkitNoAgent:
		return nil, s.polkitLocked(hypervisor.Errorf(hypervisor.FromPolkit, libvirt.ErrAuthUnavailable,
			"no polkit agent available to authenticate action '%s'", s.polkitAction()))
	}
	return nil, s.polkitLocked(hypervisor.Errorf(hypervisor.FromPolkit, libvirt.ErrAuthFailed, "access denied by policy"))
}

// polkitAction is what polkit is asked about.
func (s *Session) polkitAction() string {
	if s.peer.ReadOnly {
		return "org.libvirt.unix.monitor"
	}
	return "org.libvirt.unix.manage"
}

// polkitLocked tells of what polkit has said, and returns it.
func (s *Session) polkitLocked(refused error) error {
	l := call.LoginRecord{Kind: call.PolkitLogin, Method: s.polkitAction(), Accepted: refused == nil}
	if refused != nil {
		l.Reason = refused.Error()
	}
	s.client.Login(l)
	return refused
}

// authSASLInit lists the mechanisms. An exchange that has begun goes on if there is
// one, but INIT fails.
func authSASLInit(s *Session, _ *rpc.None) (*libvirt.AuthSaslInitRet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.identity.rule != AuthSASL || s.identity.sasl {
		return nil, s.refused(errOrder)
	}
	names := s.host.Auth.SASL.Offered(s.secure())
	if len(names) == 0 {
		return nil, s.refused(errWeak)
	}
	s.identity.sasl = true
	return &libvirt.AuthSaslInitRet{Mechlist: strings.Join(names, ",")}, nil
}

// secure reports whether the transport keeps what passes secret, so that SASL need
// not.
func (s *Session) secure() bool { return s.peer.Transport != call.TCP }

func authSASLStart(s *Session, args *libvirt.AuthSaslStartArgs) (*libvirt.AuthSaslStartRet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.identity.rule != AuthSASL || !s.identity.sasl {
		return nil, s.failLocked(errOrder)
	}
	if args.Nil != 0 && len(args.Data) > 0 {
		return nil, s.failLocked(errNilData)
	}
	talk, err := s.host.Auth.SASL.Start(s.secure(), args.Mech, saslData(args.Nil, args.Data))
	s.identity.talk = talk
	if err != nil {
		return nil, s.failLocked(err)
	}
	complete, isNil, data := s.answerLocked()
	return &libvirt.AuthSaslStartRet{Complete: complete, Nil: isNil, Data: data}, nil
}

// authSASLStep goes on with the exchange. Without a START before it, the real
// daemon crashes; this one refuses.
func authSASLStep(s *Session, args *libvirt.AuthSaslStepArgs) (*libvirt.AuthSaslStepRet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	talk := s.identity.talk
	if s.identity.rule != AuthSASL || talk == nil {
		return nil, s.failLocked(errOrder)
	}
	if args.Nil != 0 && len(args.Data) > 0 {
		return nil, s.failLocked(errNilData)
	}
	if err := talk.Step(saslData(args.Nil, args.Data)); err != nil {
		return nil, s.failLocked(err)
	}
	complete, isNil, data := s.answerLocked()
	return &libvirt.AuthSaslStepRet{Complete: complete, Nil: isNil, Data: data}, nil
}

// answerLocked puts the exchange's reply into the form of the wire, and lets the
// client in if it is the last.
func (s *Session) answerLocked() (complete, isNil int32, data []int8) {
	talk := s.identity.talk
	r := talk.Reply()
	if r.Data == nil {
		isNil = 1
	}
	for _, b := range r.Data {
		data = append(data, int8(b))
	}
	if r.Done {
		complete = 1
		s.identity.layer = talk.Layer()
		user := talk.User()
		s.user.Store(&user)
		s.passLocked()
		s.client.Login(call.LoginRecord{Kind: call.SASLLogin, User: user, Method: talk.Mechanism(), SSF: talk.SSF(), Accepted: true})
	}
	return complete, isNil, data
}

// failLocked ends an exchange, so that INIT is needed again, and returns the one
// error for every cause.
func (s *Session) failLocked(reason error) error {
	err := s.refused(reason)
	s.identity.sasl, s.identity.talk = false, nil
	return err
}

func (s *Session) refused(reason error) error {
	l := call.LoginRecord{Kind: call.SASLLogin, Reason: strings.TrimSuffix(reason.Error(), ": "+auth.ErrRefused.Error())}
	if talk := s.identity.talk; talk != nil {
		l.Method, l.User = talk.Mechanism(), talk.Tried()
	}
	s.client.Login(l)
	return hypervisor.Errorf(hypervisor.FromRPC, libvirt.ErrAuthFailed, "authentication failed")
}

// leaveLocked notes that the client has left before SASL was over: it may not like
// what it was offered, or the server's own proof.
func (s *Session) leaveLocked() {
	if s.identity.sasl {
		_ = s.failLocked(errLeft)
	}
}

// Reasons for the log.
var (
	errOrder   = errors.New("a step of SASL that is not due")
	errWeak    = errors.New("none of the SASL mechanisms may be used on this transport")
	errNilData = errors.New("a message of SASL that is there and is not")
	errLeft    = errors.New("the client left in the middle")
)

// saslData returns the bytes of a message; nil if there is none.
func saslData(isNil int32, list []int8) []byte {
	if isNil != 0 {
		return nil
	}
	data := make([]byte, len(list))
	for i, b := range list {
		data[i] = byte(b)
	}
	return data
}
