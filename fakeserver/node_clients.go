package fakeserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"syscall"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// WithMaxClients sets how many clients may be connected at a time: max_clients of
// libvirtd.conf, 5000 by default. A client beyond that is neither refused nor
// told: as with the real daemon, the node just accepts no connection while it is
// full, on any transport, so that the client's connects, waits in the backlog,
// and is served once another leaves.
//
// A connection counts from its acceptance, during a TLS handshake too. The SSH
// server is no part of the daemon, as on a real node: who comes over SSH logs in
// nevertheless, and counts once a program there connects to the daemon's socket.
// max_anonymous_clients counts the connections that have still to authenticate,
// of which there are none where no authentication is asked for.
func WithMaxClients(n int) Option { return func(c *config) { c.maxClients = n } }

// SetMaxClients changes how many clients may be connected at a time; 0 or less
// goes back to what WithMaxClients said. Clients that are connected stay, even if
// there are more. A fault's limit counts before either.
func (s *Server) SetMaxClients(n int) {
	l := &s.listener.node
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit.set = max(n, 0)
	l.movedLocked()
}

// limitByFault has a rule's limit count before all others; 0 takes it back.
func (n *node) limitByFault(limit int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.limit.fault = limit
	n.movedLocked()
}

// Clients returns how many clients are connected, as max_clients counts them.
func (s *Server) Clients() int {
	l := &s.listener.node
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.guests)
}

// guest is a client of the daemon, from its acceptance on.
type guest struct {
	nc   io.Closer
	name string
	left chan struct{}
}

func (n *node) fullLocked() bool { return len(n.guests) >= n.mostLocked() }

// mostLocked is how many clients there may be.
func (n *node) mostLocked() int {
	switch {
	case n.limit.fault > 0:
		return n.limit.fault
	case n.limit.set > 0:
		return n.limit.set
	}
	return n.limit.of
}

// enterDoor lets a connection in that the door's goroutine has accepted. While
// the node is full, or the door was turned meanwhile, it waits in the goroutine's
// hands. It returns nil if the daemon stops or ctx ends before.
func (n *node) enterDoor(ctx context.Context, d *door, epoch uint64, nc io.Closer, name string) *guest {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ctx.Err() == nil && n.epoch == epoch {
		if n.openLocked(d) && !n.fullLocked() {
			return n.enterLocked(nc, name)
		}
		if !n.parkLocked(ctx, d) {
			break
		}
	}
	return nil
}

// socket tells what a program on the node gets that connects to the daemon's
// socket: an error, or the number of the daemon's run for enterChannel.
func (n *node) socket() (epoch uint64, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stopped {
		return 0, fs.ErrNotExist
	}
	for r := range n.refusal {
		if r.on[call.SSH] {
			return 0, syscall.ECONNREFUSED
		}
	}
	return n.epoch, nil
}

// enterChannel lets in what comes over SSH, once the daemon would accept it.
func (n *node) enterChannel(ctx context.Context, epoch uint64, nc io.Closer, name string) *guest {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ctx.Err() == nil && n.epoch == epoch {
		if !n.heldLocked(call.SSH) && !n.fullLocked() {
			return n.enterLocked(nc, name)
		}
		n.waitLocked(ctx)
	}
	return nil
}

func (n *node) heldLocked(t call.Transport) bool {
	for h := range n.hold {
		if h.on[t] {
			return true
		}
	}
	return false
}

func (n *node) enterLocked(nc io.Closer, name string) *guest {
	g := &guest{nc: nc, name: name, left: make(chan struct{})}
	n.guests[g] = struct{}{}
	return g
}

func (n *node) leave(g *guest) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.guests, g)
	close(g.left)
	n.movedLocked()
}

// errStop is why connections end with the daemon.
var errStop = errors.New("the node was stopped")

// sendAway ends the connections of all guests and waits until what served them
// has ended.
func (s *Server) sendAway() error {
	for _, c := range s.live() {
		// What a fault holds back above TLS or SSH ends with this; some wait for
		// their client.
		s.spawn(func() { c.close(errStop) })
	}
	n := &s.listener.node
	n.mu.Lock()
	guests := slices.Collect(maps.Keys(n.guests))
	n.mu.Unlock()
	for _, g := range guests {
		if c, ok := g.nc.(interface{ CloseNow() error }); ok {
			c.CloseNow()
			continue
		}
		g.nc.Close()
	}
	patience := s.cfg.closeTimeout
	timer := time.NewTimer(patience)
	defer timer.Stop()
	var held []string
	late := false
	for _, g := range guests {
		if late {
			select {
			case <-g.left:
			default:
				held = append(held, g.name)
			}
			continue
		}
		select {
		case <-g.left:
		case <-timer.C:
			late = true
			held = append(held, g.name)
		}
	}
	if len(held) == 0 {
		return nil
	}
	slices.Sort(held)
	return fmt.Errorf("fakeserver: still running %v after Stop: %v", patience, held)
}
