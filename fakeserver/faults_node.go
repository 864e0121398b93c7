package fakeserver

import (
	"strings"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// begin does what a rule does at its injection: all, if it waits for no call.
func (s *Server) begin(h *fault.Handle) error {
	r := h.Rule()
	if r.Action.Group() == fault.OnBytes {
		h.OnRemove(func() { s.armed.end(h) })
	}
	if len(r.On) > 0 {
		return nil
	}
	switch {
	case r.Action.Confirmation != nil:
		return nil // who is there has theirs
	case r.Action.Group() == fault.OnBytes:
		seen := make(map[*netfault.Conn]bool) // channels of one SSH connection share it
		for _, c := range s.live() {
			if on := c.layer(r.Action.Place().Layer); !seen[on] && h.Connection(c.peer) {
				seen[on] = true
				s.armed.begin(h, on)
			}
		}
		return nil
	case r.Action.Close != nil:
		for _, c := range s.live() {
			c.closeByFault(h)
		}
		return nil
	case r.Action.Group() == fault.OnMessages:
		return nil
	}
	if err := s.happen(h, nil); err != nil {
		return err
	}
	switch r.Action.Kind() {
	case "no_keepalive", "drop_events", "slow_storage", "no_lease":
		return nil // conditions, which count what they change
	}
	h.Hit()
	return nil
}

// closeByFault ends a connection if a rule about connections says so.
func (c *conn) closeByFault(h *fault.Handle) {
	if !h.Connection(c.peer) {
		return
	}
	reason := c.hangUpNow(h.Rule().Close.Reset)
	// Who injects a fault does not wait for the client to close as well.
	c.server.spawn(func() { c.close(reason) })
}

// happen does what a rule does to the node or its objects. c is the call that
// it matched, or nil.
func (s *Server) happen(h *fault.Handle, c *call.Call) error {
	r := h.Rule()
	switch a := r.Action; {
	case a.Restart != nil:
		return s.restartByFault(h, c)
	case a.Refuse != nil:
		undo, err := s.Refuse(r.Transport...)
		return s.undoAtRemoval(h, undo, err)
	case a.StopAccepting != nil:
		undo, err := s.StopAccepting(a.StopAccepting.Backlog, r.Transport...)
		return s.undoAtRemoval(h, undo, err)
	case a.MaxClients != nil:
		s.limitClients()
		h.OnRemove(s.limitClients)
		return nil
	case a.Storm != nil:
		return s.storm(h, c)
	}
	return s.changeObjects(r.Action, c)
}

// limitClients has the rule count that came last, of those in force.
func (s *Server) limitClients() {
	// What was in force last must be set last.
	s.limiting.Lock()
	defer s.limiting.Unlock()
	n := 0 // none
	for _, h := range s.faults.InForce("max_clients") {
		n = h.Rule().MaxClients.N
	}
	s.listener.node.limitByFault(n)
}

func (s *Server) undoAtRemoval(h *fault.Handle, undo func() error, err error) error {
	if err != nil {
		return err
	}
	h.OnRemove(func() {
		if err := undo(); err != nil && s.ctx.Err() == nil {
			s.log.Warn("taking a fault back", "rule", h.String(), "reason", err)
		}
	})
	return nil
}

// restartByFault stops the node, and starts it again once its time has come or the
// rule is removed. A call whose rule does so is itself cut off, so that it must not
// wait for it.
func (s *Server) restartByFault(h *fault.Handle, c *call.Call) error {
	r := h.Rule().Restart
	restart := func() {
		stopped, err := s.stop()
		if err != nil && s.ctx.Err() == nil {
			s.log.Error("stopping by a fault", "reason", err)
		}
		if !stopped {
			return // somebody else has, who will start it again
		}
		epoch := s.listener.node.stops()
		again := func() {
			if s.listener.node.stops() != epoch {
				return // it was started, and stopped again
			}
			if err := s.StartAgain(r.State == fault.Lost); err != nil && s.ctx.Err() == nil {
				s.log.Error("restarting by a fault", "reason", err)
			}
		}
		if r.For == 0 {
			again()
			return
		}
		timer := s.cfg.clock.AfterFunc(time.Duration(r.For), func() { s.wait(again) })
		h.OnRemove(func() {
			if timer.Stop() && s.ctx.Err() == nil {
				again()
			}
		})
	}
	if c == nil {
		restart()
		return nil
	}
	c.Blocking()
	s.spawn(restart)
	<-c.Session().(*exchange).conn.ctx.Done()
	return errAnswered
}

// wait runs f as a goroutine of the node's, and returns when it has. Once the
// node closes it does nothing.
func (s *Server) wait(f func()) {
	done := make(chan struct{})
	if s.spawn(func() {
		defer close(done)
		f()
	}) {
		<-done
	}
}

// faultError is the error with which a fault answers a call.
func faultError(p *rpc.Info, f *fault.Fail) error {
	code, domain, message := libvirt.ErrorNumber(f.Code), p.ErrorDomain, f.Message
	if f.Domain != nil {
		domain = int32(*f.Domain)
	}
	if message == "" {
		message = hypervisor.BareError(libvirt.ErrorDomain(domain), code).Message
	}
	return plainError(code, domain, message)
}

// lists reports whether a procedure lists objects, so that what it lists must
// vanish after it.
func lists(p *rpc.Info) bool {
	return strings.HasPrefix(p.Name, "ConnectList") || strings.HasPrefix(p.Name, "ConnectNumOf") || strings.HasPrefix(p.Name, "ConnectGetAllDomainStats")
}
