package fakeserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/transport"
)

// node is what a Server knows of its listeners and of who came through them.
type node struct {
	changing sync.Mutex // one change of postures at a time

	mu      sync.Mutex
	moved   chan struct{} // closed and replaced when anything below changes
	doors   []*door
	waiting bool // nobody is accepted before the node is all that it should be
	stopped bool
	epoch   uint64              // counts the stops: what waits to enter ends with one
	refusal map[*refusal]bool   // in force
	hold    map[*hold]bool      // in force
	guests  map[*guest]struct{} // who may speak, or shakes hands
	// limit is by a fault, set for now, each if it is not 0, and of the options.
	limit struct{ fault, set, of int }
}

// refusal and hold are calls of Refuse and of StopAccepting.
type (
	refusal struct{ on map[call.Transport]bool }
	hold    struct {
		on      map[call.Transport]bool
		backlog int
	}
)

func (n *node) begin(limit int) {
	n.moved = make(chan struct{})
	n.refusal = make(map[*refusal]bool)
	n.hold = make(map[*hold]bool)
	n.guests = make(map[*guest]struct{})
	n.limit.of = limit
	n.waiting = true
}

// stops returns how often the daemon has been stopped.
func (n *node) stops() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.epoch
}

// welcome lets the first clients in.
func (n *node) welcome() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting = false
	n.movedLocked()
}

// stance is what a door does about new connections.
type stance int

const (
	accepting stance = iota
	holding          // listens, and nobody accepts
	refusing         // as if nobody listened
	gone             // as if the daemon had ended
	stuck            // could not be turned; the next change tries again
)

// posture is a stance with what belongs to it.
type posture struct {
	stance  stance
	backlog int // where it listens
}

// door is a listener, and the goroutine that accepts.
type door struct {
	transport.Door
	transport call.Transport

	// What follows is guarded by the node's lock.
	now      posture
	changing bool // now is about to be replaced
	parked   bool // the goroutine is not in Accept, and waits or has ended
}

// ofSSHD reports whether the door is the SSH server's. That is no part of the
// daemon: it outlives the daemon's end, and does not count its clients.
func (d *door) ofSSHD() bool { return d.transport == call.SSH }

// wantLocked returns what the door should do.
func (n *node) wantLocked(d *door) posture {
	if n.stopped && !d.ofSSHD() {
		return posture{stance: gone}
	}
	for r := range n.refusal {
		if r.on[d.transport] {
			return posture{stance: refusing}
		}
	}
	want := posture{accepting, transport.Backlog}
	for h := range n.hold {
		if h.on[d.transport] {
			want.stance, want.backlog = holding, min(want.backlog, h.backlog)
		}
	}
	return want
}

// movedLocked tells those who wait that something has changed.
func (n *node) movedLocked() {
	close(n.moved)
	n.moved = make(chan struct{})
}

// waitLocked waits for the next change. It reports false once ctx has ended.
func (n *node) waitLocked(ctx context.Context) bool {
	moved := n.moved
	n.mu.Unlock()
	defer n.mu.Lock()
	select {
	case <-moved:
		return true
	case <-ctx.Done():
		return false
	}
}

// change changes what doors do. It returns once each of them does what set asks
// for, or has failed to.
func (n *node) change(ctx context.Context, set func()) error {
	n.changing.Lock()
	defer n.changing.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	if ctx.Err() != nil {
		return errClosed
	}
	set()
	n.movedLocked()
	var errs []error
	for _, d := range n.doors {
		if want := n.wantLocked(d); d.now != want {
			errs = append(errs, n.turnLocked(ctx, d, want))
		}
	}
	return errors.Join(errs...)
}

// turnLocked turns one door, once its goroutine is out of the way.
func (n *node) turnLocked(ctx context.Context, d *door, want posture) error {
	d.changing = true
	d.Interrupt()
	for !d.parked {
		if !n.waitLocked(ctx) {
			return errClosed
		}
	}
	var err error
	switch want.stance {
	case accepting, holding:
		err = d.Open(want.backlog)
	default:
		err = d.Shut(want.stance == gone)
	}
	d.changing = false
	d.now = want
	if err != nil {
		d.now = posture{stance: stuck}
	}
	n.movedLocked()
	if errors.Is(err, net.ErrClosed) {
		return errClosed
	}
	return err
}

// attend serves each connection that comes to a listener in a goroutine of its
// own.
func (s *Server) attend(l transport.Door, t call.Transport, serve func(*arrival)) {
	if !s.own(l, "listener "+l.Addr().String()) {
		return
	}
	n := &s.listener.node
	d := &door{Door: l, transport: t, now: posture{accepting, transport.Backlog}}
	n.mu.Lock()
	n.doors = append(n.doors, d)
	n.mu.Unlock()
	s.spawn(func() {
		defer s.disown(l)
		defer n.end(d)
		defer l.Close()
		for {
			epoch, ok := n.ready(s.ctx, d)
			if !ok || !s.acceptOne(d, epoch, serve) {
				return
			}
		}
	})
}

func (n *node) end(d *door) {
	n.mu.Lock()
	defer n.mu.Unlock()
	d.parked = true
	n.movedLocked()
}

// ready waits until the door's goroutine may accept. It reports false once ctx
// has ended.
func (n *node) ready(ctx context.Context, d *door) (epoch uint64, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for !n.openLocked(d) || !d.ofSSHD() && n.fullLocked() {
		if !n.parkLocked(ctx, d) {
			return 0, false
		}
	}
	return n.epoch, true
}

func (n *node) openLocked(d *door) bool {
	return !n.waiting && !d.changing && d.now.stance == accepting && n.wantLocked(d).stance == accepting
}

// parkLocked waits for a change while the door may be turned.
func (n *node) parkLocked(ctx context.Context, d *door) bool {
	d.parked = true
	if d.changing {
		n.movedLocked() // who turns the door waits for this
	}
	for wait := true; wait; wait = d.changing {
		if !n.waitLocked(ctx) {
			return false
		}
	}
	d.parked = false
	return true
}

// acceptOne accepts a connection and has it served. It reports false once there
// will be none.
func (s *Server) acceptOne(d *door, epoch uint64, serve func(*arrival)) bool {
	nc, err := d.Accept()
	var failure net.Error
	switch {
	case err == nil:
	case errors.Is(err, net.ErrClosed):
		return false
	case errors.As(err, &failure) && failure.Timeout():
		return true // interrupted
	default:
		// Out of descriptors, most likely: others may close theirs.
		s.log.Warn("accept failed", "address", d.Addr().String(), "reason", err)
		select {
		case <-time.After(10 * time.Millisecond):
			return true
		case <-s.ctx.Done():
			return false
		}
	}
	a := s.arrive(nc, d.transport)
	if !s.admit(d, a, epoch, serve) {
		s.leave(a)
	}
	return s.ctx.Err() == nil
}

// admit has an arrival served once it may enter. It reports false if it may not.
func (s *Server) admit(d *door, a *arrival, epoch uint64, serve func(*arrival)) bool {
	name := fmt.Sprintf("connection from %s to %s", a.peer.Remote, d.Addr())
	if !s.own(closeNow{a.conn}, name) {
		return false
	}
	exit := func() {}
	if !d.ofSSHD() {
		g := s.listener.node.enterDoor(s.ctx, d, epoch, a.conn, name)
		if g == nil {
			return false
		}
		exit = func() { s.listener.node.leave(g) }
	}
	spawned := s.spawn(func() {
		defer exit()
		defer s.leave(a)
		serve(a)
	})
	if !spawned {
		exit()
	}
	return spawned
}
