package fakeserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
)

// RestartOptions says how a node restarts.
type RestartOptions struct {
	// LoseState has every driver begin anew, as the options of Start made it.
	// Without it the node is a libvirtd that is restarted under running guests;
	// StartAgain tells what that keeps.
	LoseState bool
	// Down is how long the node stays stopped, by its clock.
	Down time.Duration
}

var (
	errClosed  = errors.New("the node is closed")
	errStopped = errors.New("the node is stopped already")
)

// Stop ends the daemon, as SIGTERM ends libvirtd, and leaves its node behind.
// Every connection ends, without a message, events or an error before; those that
// nobody had accepted are reset. New ones find what clients of a stopped libvirtd
// find: on tcp and tls the connection is refused, in memory it is
// (syscall.ECONNREFUSED), and the unix sockets are removed (ENOENT). The SSH
// server is another program and stays: clients log in, and what should take them
// to the socket finds none. On Linux the TCP ports stay the node's; elsewhere
// another process may take them meanwhile.
//
// Stop returns once nothing listens and what served the connections has ended; if
// something still runs after 5 s, it returns an error that names it, and the node
// is stopped all the same. It must not be called from an interceptor, whose call
// it would wait for. On a node that is stopped it does nothing.
func (s *Server) Stop() error {
	_, err := s.stop()
	return err
}

// stop reports whether it was this call that stopped the node.
func (s *Server) stop() (stopped bool, err error) {
	n := &s.listener.node
	err = n.change(s.ctx, func() {
		stopped = !n.stopped
		if stopped {
			n.stopped = true
			n.epoch++
		}
	})
	if !stopped {
		return false, err
	}
	s.log.Info("stopped")
	return true, errors.Join(err, s.sendAway())
}

// StartAgain starts the daemon after Stop: it listens on the same addresses.
// Connection numbers and the journal go on.
//
// Unless loseState is set, the drivers keep what outlives the process of a real
// libvirtd: in qemu everything, running domains with their ids among it. What
// belonged to connections, such as registrations for events, went with them. The
// test driver's objects live in the daemon alone, so test:///default begins anew,
// as it does whenever nobody has it open; a Driver from before shows what it was.
// With loseState every driver begins anew as the options of Start made it.
//
// An error says which address it could not have again; the node is then still
// stopped. On a node that is not stopped it does nothing.
func (s *Server) StartAgain(loseState bool) error {
	n := &s.listener.node
	started := false
	err := n.change(s.ctx, func() {
		if n.stopped {
			n.stopped, started = false, true
			s.beginAnew(loseState)
		}
	})
	switch {
	case !started:
		return err
	case err != nil:
		stay := n.change(s.ctx, func() { n.stopped = true })
		return fmt.Errorf("starting the node again: %w", errors.Join(err, stay))
	}
	s.log.Info("started again")
	return nil
}

// beginAnew gives up the state that ends with the daemon.
func (s *Server) beginAnew(all bool) {
	for _, n := range []*driver.Node{s.drivers, s.userDrivers} {
		if n == nil {
			continue
		}
		renewed := n.Restart(all)
		s.mu.Lock()
		for _, name := range renewed {
			if view, ok := s.goView[viewed{n, name}]; ok {
				view.Close()
				delete(s.goView, viewed{n, name})
			}
		}
		s.mu.Unlock()
	}
}

// Restart is Stop, a time of silence, and StartAgain. If ctx ends meanwhile, the
// node starts at once, and the error is ctx's. On a node that is stopped it is an
// error.
func (s *Server) Restart(ctx context.Context, o RestartOptions) error {
	stopped, err := s.stop()
	switch {
	case s.ctx.Err() != nil:
		return errClosed
	case !stopped && err == nil:
		return errStopped
	case !stopped:
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.ctx, func() { cancel(errClosed) })()
	slept := clock.Sleep(ctx, s.cfg.clock, o.Down)
	if s.ctx.Err() != nil {
		return errClosed
	}
	return errors.Join(err, slept, s.StartAgain(o.LoseState))
}

// Stopped reports whether the node is stopped.
func (s *Server) Stopped() bool {
	n := &s.listener.node
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stopped
}

// Refuse refuses new connections on these transports, or on all that the node has
// if none is given, until undo is called: as a machine does on which nothing
// listens. The error is ECONNREFUSED everywhere; unix sockets stay where they are,
// as after a daemon that was killed. On ssh it is the SSH server that refuses, and
// a new channel of a connection from before finds a refusing socket. Connections
// that are there stay; those that nobody had accepted are reset.
//
// Several may be in force; each undo ends its own, once. Its error is about an
// address that could not be had again.
func (s *Server) Refuse(transports ...call.Transport) (undo func() error, err error) {
	on, err := s.transports(transports)
	if err != nil {
		return nil, err
	}
	n := &s.listener.node
	r := &refusal{on}
	return s.during(func() { n.refusal[r] = true }, func() { delete(n.refusal, r) })
}

// StopAccepting takes up no connection on these transports, or on all that the
// node has if none is given, until undo is called; then those who waited are
// served. As with a daemon that hangs, backlog connections are taken up by the
// system in its stead: they succeed, and hear nothing. The next ones wait for
// their connection itself: on tcp, tls and ssh the SYN goes unanswered, and is
// sent again, after 1 s at first, so that who waited may come that much later; on
// unix, connect blocks, or fails with EAGAIN on a socket that does not (as those
// of Go are); in memory DialContext waits.
//
// A socket's backlog is at least 1: 0 means that too. In memory it is exact. Every
// address and every unix socket have a backlog each, and only on Linux does it
// change: elsewhere it stays what the system gives, and the connections that find
// room in it are all that is seen. Of several calls the smallest backlog counts.
//
// On ssh it is the SSH server that does not answer, and new channels of
// connections from before wait.
func (s *Server) StopAccepting(backlog int, transports ...call.Transport) (undo func() error, err error) {
	if backlog < 0 {
		return nil, fmt.Errorf("a backlog of %d: want 0 or more", backlog)
	}
	on, err := s.transports(transports)
	if err != nil {
		return nil, err
	}
	n := &s.listener.node
	h := &hold{on, backlog}
	return s.during(func() { n.hold[h] = true }, func() { delete(n.hold, h) })
}

// during begins something and returns what ends it.
func (s *Server) during(begin, end func()) (undo func() error, err error) {
	n := &s.listener.node
	if err := n.change(s.ctx, begin); err != nil {
		return nil, errors.Join(err, n.change(s.ctx, end))
	}
	return sync.OnceValue(func() error { return n.change(s.ctx, end) }), nil
}

// transports makes a set of those that were named.
func (s *Server) transports(named []call.Transport) (map[call.Transport]bool, error) {
	present := []call.Transport{call.Memory}
	for t := range s.listener.addrs {
		present = append(present, t)
	}
	if len(named) == 0 {
		named = present
	}
	set := make(map[call.Transport]bool)
	for _, t := range named {
		if !slices.Contains(present, t) {
			return nil, errNotListening(t)
		}
		set[t] = true
	}
	return set, nil
}

// DialContext is Dial for as long as ctx lasts: while the node does not accept,
// it waits for room in the backlog. A node that is stopped or refuses gives
// syscall.ECONNREFUSED.
func (s *Server) DialContext(ctx context.Context) (net.Conn, error) {
	return s.listener.memory.DialContext(ctx)
}
