package remote

import (
	"sync"
	"sync/atomic"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Drivers opens what clients name: a driver.Node, whole or as one of its modular
// daemons has it.
type Drivers interface {
	Open(name string) (*driver.Connection, error)
	OpenReadOnly(name string) (*driver.Connection, error)
}

// Host is what a session needs of the node that it talks to.
type Host struct {
	Drivers Drivers
	// Version is the libvirt version that the node speaks as.
	Version rpc.Version
	// Auth is nil if nobody has to prove who they are.
	Auth *Auth
	// Access is nil if everybody may do everything.
	Access Access
}

// Client is what a session needs of the connection that it serves.
type Client interface {
	// SendEvent sends an event message. It does not block.
	SendEvent(info *rpc.Info, msg any)
	// StartKeepAlive begins to ping the client.
	StartKeepAlive()
	// Login tells the log and the journal who came in, and why somebody did not:
	// clients are not told. What the record says of the connection is not set.
	Login(call.LoginRecord)
}

// Session is what one connection has opened: nothing until CONNECT_OPEN, then a
// driver's state. Calls of one connection may run at the same time.
type Session struct {
	host   *Host
	peer   *call.Peer
	client Client

	// Read on the path of every call, and so without the lock.
	opened        atomic.Pointer[opened]
	closed        atomic.Bool
	authenticated atomic.Bool
	user          atomic.Pointer[string] // by SASL, once logged in

	mu        sync.Mutex // guards what follows, and CONNECT_OPEN as a whole
	ended     bool
	callbacks []*callback
	identity  identity
}

// opened is what CONNECT_OPEN made.
type opened struct {
	*driver.Connection
	readOnly bool
}

// NewSession begins the session of a connection.
func NewSession(host *Host, peer *call.Peer, client Client) *Session {
	s := &Session{host: host, peer: peer, client: client}
	s.identity.rule = host.rule(peer)
	s.authenticated.Store(s.identity.rule == AuthNone)
	return s
}

// Closed reports whether the client has asked to close the connection, which
// the server does once the reply is out.
func (s *Session) Closed() bool { return s.closed.Load() }

// Opened returns the connection to a driver that CONNECT_OPEN made, or nil.
func (s *Session) Opened() *driver.Connection {
	if o := s.opened.Load(); o != nil {
		return o.Connection
	}
	return nil
}

// Authenticated reports whether calls other than those of authentication are
// let through.
func (s *Session) Authenticated() bool { return s.authenticated.Load() }

// End gives back what the session holds. The server calls it when the
// connection has ended, however it did.
func (s *Session) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.leaveLocked()
	o := s.opened.Swap(nil)
	if o == nil {
		return
	}
	for _, cb := range s.callbacks {
		cb.state.Unsubscribe(cb.class, cb.id)
	}
	s.callbacks = nil
	o.Close()
}

// hypervisor returns the state for a call on the hypervisor or a domain, or the
// error that the daemon gives before CONNECT_OPEN.
func (s *Session) hypervisor() (*hypervisor.State, error) {
	if o := s.opened.Load(); o != nil {
		return o.State, nil
	}
	return nil, rpcError("hypervisor connection not open")
}

// objects returns the state for a call on a network, interface, pool, node
// device, filter or secret, for which the daemon words the same error
// differently.
func (s *Session) objects() (*hypervisor.State, error) {
	if o := s.opened.Load(); o != nil {
		return o.Objects, nil
	}
	return nil, rpcError("connection not open")
}

// connection returns what CONNECT_OPEN made, or the error of hypervisor.
func (s *Session) connection() (*opened, error) {
	if o := s.opened.Load(); o != nil {
		return o, nil
	}
	return nil, rpcError("hypervisor connection not open")
}

// rpcError is an internal error that the daemon itself raises.
func rpcError(format string, args ...any) error {
	return hypervisor.Errorf(hypervisor.FromRPC, libvirt.ErrInternalError, format, args...)
}
