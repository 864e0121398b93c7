package call

import (
	"context"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Call is one call of a client. It is made for the call and may be kept.
type Call struct {
	Procedure *rpc.Info
	Peer      *Peer
	Serial    uint32
	// Args points to the procedure's argument type, such as
	// *libvirt.DomainLookupByNameArgs. Whoever sees a call must not change it:
	// others hold the same pointer.
	Args any

	session  any
	blocking func()
	seq      uint64
}

// New makes the call that a server has read. session is the server's own, given
// back by Session; blocking is what Blocking does.
func New(p *rpc.Info, peer *Peer, serial uint32, args, session any, blocking func()) *Call {
	return &Call{Procedure: p, Peer: peer, Serial: serial, Args: args, session: session, blocking: blocking}
}

// Session returns what the server gave New: the connection's state.
func (c *Call) Session() any { return c.session }

// Seq returns the call's number in the journal, 0 if it is in none.
func (c *Call) Seq() uint64 { return c.seq }

// Blocking tells the server that this call may take long, before it does:
// another goroutine takes over the reading of the connection. Calls that do not
// say so are answered one after the other, at the least cost. Only the first
// call of Blocking counts; it must come from the goroutine that handles the
// call.
func (c *Call) Blocking() {
	if f := c.blocking; f != nil {
		c.blocking = nil
		f()
	}
}

// Handler answers a call: with the procedure's result (a pointer to its result
// type) or an error, never both.
type Handler func(ctx context.Context, c *Call) (any, error)

// Interceptor stands between the connection and the handler. It calls next, or
// answers in its place. The context ends with the connection;
// where max_client_requests calls are in flight, nobody reads, and it is noticed
// only once one of them ends.
type Interceptor func(ctx context.Context, c *Call, next Handler) (any, error)

// Chain puts interceptors before a handler; the first one sees a call first.
func Chain(h Handler, interceptors ...Interceptor) Handler {
	for i := len(interceptors) - 1; i >= 0; i-- {
		intercept, next := interceptors[i], h
		h = func(ctx context.Context, c *Call) (any, error) { return intercept(ctx, c, next) }
	}
	return h
}
