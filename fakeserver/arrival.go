package fakeserver

import (
	"net"
	"sync"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
)

// arrival is a connection that was accepted, before any handshake.
type arrival struct {
	server *Server
	// conn is the socket, with whatever faults there are beneath TLS and SSH.
	conn *netfault.Conn
	// peer is what is known of the client so far: where it is, and the number of
	// its connection.
	peer call.Peer

	mu    sync.Mutex
	taken bool // the number, by the first channel of an SSH connection
}

// arrivalKey is the key under which an SSH connection's context has its arrival.
type arrivalKey struct{}

// arrive takes a connection up.
func (s *Server) arrive(nc net.Conn, t call.Transport) *arrival {
	a := &arrival{server: s, conn: netfault.Wrap(nc, s.cfg.clock)}
	a.peer = call.Peer{
		Connection: s.connections.Add(1),
		Transport:  t,
		Local:      nc.LocalAddr().String(),
		Remote:     nc.RemoteAddr().String(),
	}
	if t != call.SSH {
		a.peer.Daemon, a.peer.Session = s.mainDaemon().name, s.mainDaemon().session
	}
	if t == call.TLS || t == call.SSH {
		s.armConnection(&a.peer, func(fault.Layer) *netfault.Conn { return a.conn }, fault.Beneath)
	}
	return a
}

// closeNow closes a connection without waiting for its client, for Close of the
// node: one that a fault cut waits a while.
type closeNow struct{ *netfault.Conn }

func (c closeNow) Close() error { return c.CloseNow() }

// leave gives back what a connection held.
func (s *Server) leave(a *arrival) {
	a.conn.Close()
	s.disown(closeNow{a.conn})
	s.armed.forget(a.conn)
	s.faults.Forget(&a.peer)
}

// nextNumber numbers an SSH connection's channels to sockets: the first has the
// connection's own number.
func (a *arrival) nextNumber() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.taken {
		return a.server.connections.Add(1)
	}
	a.taken = true
	return a.peer.Connection
}

// serve speaks RPC on nc: the arrival's own connection, or what TLS or SSH made
// of it.
func (s *Server) serve(a *arrival, nc net.Conn, peer call.Peer) {
	above, same := nc.(*netfault.Conn)
	if sc := s.secured(nc, &peer); sc != nil {
		nc, same = sc, false
	}
	if !same {
		above = netfault.Wrap(nc, s.cfg.clock)
		above.OnReset(a.conn.Reset)
		if peer.Transport == call.TLS || peer.Transport == call.TCP {
			above.Over(a.conn)
		}
		defer s.armed.forget(above) // also when an interceptor ends the goroutine
	}
	s.newConn(above, a.conn, peer).serve()
}
