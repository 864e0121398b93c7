package fakeserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Inject puts a fault in force, on the connections that are there as well as on
// those to come. The handle counts its hits and takes it back; Close takes back
// all. A Restart without a call happens before Inject returns, and waits for the
// calls in flight: it must not be injected from a hook or an interceptor. The
// error is a *fault.RuleError where the rule itself is wrong: nothing
// was injected then.
func (s *Server) Inject(r fault.Rule) (*fault.Handle, error) {
	if err := s.checkRule(r); err != nil {
		return nil, err
	}
	h, err := s.faults.Add(r)
	if err != nil {
		return nil, err
	}
	if err := s.begin(h); err != nil {
		h.Remove()
		return nil, err
	}
	return h, nil
}

// Faults returns the handles of all faults that were injected and not removed.
func (s *Server) Faults() []*fault.Handle { return s.faults.All() }

// checkRule refuses what only the node can tell to be impossible.
func (s *Server) checkRule(r fault.Rule) error {
	if err := r.Check(); err != nil {
		return err
	}
	for i, name := range r.On {
		newer := false
		for info := range rpc.Named(name) {
			if info.Since <= s.cfg.version {
				newer = false
				break
			}
			newer = true
		}
		if newer {
			return &fault.RuleError{
				Rule:   r.Name,
				Field:  fmt.Sprintf("on[%d]", i),
				Reason: fmt.Sprintf("procedure %s is newer than the libvirt %s that the node speaks as", name, s.cfg.version),
			}
		}
	}
	return nil
}

// interceptFaults is the faults' place in the chain.
func (s *Server) interceptFaults(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
	fired := s.faults.Call(c)
	if len(fired) == 0 {
		return next(ctx, c)
	}
	x := c.Session().(*exchange)
	for _, h := range fired {
		s.journal.Fault(x.record, h.String())
	}
	m := misbehaviour{x: x, server: s}
	for _, h := range fired {
		if err := m.before(ctx, h); err != nil {
			return nil, err
		}
	}
	ret, err := m.ret, m.err
	if !m.answered {
		ret, err = next(ctx, c)
	}
	for _, h := range fired {
		if ret, err = m.after(ctx, h, ret, err); ctx.Err() != nil {
			break
		}
	}
	return ret, err
}

// misbehaviour is what the faults that one call met do to it.
type misbehaviour struct {
	x      *exchange
	server *Server

	answered bool // in the handler's place, by ret or err
	ret      any
	err      error
}

func (m *misbehaviour) answer(ret any, err error) {
	if !m.answered {
		m.answered, m.ret, m.err = true, ret, err
	}
}

// before does what comes before the call has its effect, and notes what is to
// happen to the reply. It returns an error only if the call is over.
func (m *misbehaviour) before(ctx context.Context, h *fault.Handle) error {
	a := h.Rule().Action
	switch {
	case a.Fail != nil && !a.Fail.After:
		m.answer(nil, faultError(m.x.call.Procedure, a.Fail))
	case a.Answer != nil:
		m.answer(a.Answer.With, nil)
	case a.Delay != nil && !a.Delay.After:
		return m.delay(ctx, h, a.Delay.For)
	case a.SlowStorage != nil:
		return m.delay(ctx, h, a.SlowStorage.For)
	case a.Hang != nil && !a.Hang.After:
		return m.hang(ctx, h)
	case a.Close != nil && a.Close.When != fault.InsteadOfReply && a.Close.When != fault.AfterReply:
		if err := m.x.conn.hangUp(a.Close.Reset); err != nil {
			return fmt.Errorf("%w: %w", errAnswered, err)
		}
		return errAnswered
	case happensAfter(a, m.x.call.Procedure):
	default:
		m.reply(h)
		if err := m.server.happen(h, m.x.call); errors.Is(err, errAnswered) {
			return err
		} else if err != nil {
			m.warn(h, err)
		}
	}
	return nil
}

// happensAfter reports whether what an action does to the node or its objects
// follows the call's effect. A domain crashes once it runs, and a list that still
// has what vanishes must be made before.
func happensAfter(a fault.Action, p *rpc.Info) bool {
	return a.Crash != nil || a.Change != nil && a.Change.After || a.Appear != nil && a.Appear.After || a.Vanish != nil && lists(p)
}

// warn tells that a fault could not do what it should: an object is not there.
func (m *misbehaviour) warn(h *fault.Handle, err error) {
	m.x.conn.log.Warn("fault", "rule", h.String(), "procedure", m.x.call.Procedure.Name, "reason", err)
}

// reply notes what a fault does to the call's reply. Of those that exclude each
// other the first counts.
func (m *misbehaviour) reply(h *fault.Handle) {
	a := h.Rule().Action
	switch {
	case a.DropReply != nil:
		m.x.wronged().drop = true
	case a.Repeat != nil:
		if w := m.x.wronged(); w.repeat == 0 {
			w.repeat = max(2, a.Repeat.Times)
		}
	case a.WrongReply != nil:
		m.x.wronged().headers = append(m.x.wronged().headers, a.WrongReply)
	case a.Garble != nil:
		if w := m.x.wronged(); w.garble == nil {
			w.garble = a.Garble
		}
	case a.Reorder != nil:
		if w := m.x.wronged(); w.reorder == nil {
			w.reorder = h
		}
	case a.Close != nil:
		if w := m.x.wronged(); w.end == nil {
			w.end = h
		}
	case a.EventOrder != nil && a.EventOrder.Reply == fault.First:
		if w := m.x.wronged(); !w.held {
			w.held = true
			m.x.conn.out.holdEvents()
		}
	case a.Group() == fault.OnBytes:
		m.x.wronged().bytes = append(m.x.wronged().bytes, h)
	}
}

// after does what comes once the call has had its effect.
func (m *misbehaviour) after(ctx context.Context, h *fault.Handle, ret any, err error) (any, error) {
	a := h.Rule().Action
	switch {
	case a.Fail != nil && a.Fail.After:
		return nil, faultError(m.x.call.Procedure, a.Fail)
	case a.Delay != nil && a.Delay.After:
		_ = m.delay(ctx, h, a.Delay.For)
	case a.Hang != nil && a.Hang.After:
		_ = m.hang(ctx, h)
	case a.EventOrder != nil && a.EventOrder.Reply == fault.Last:
		m.awaitEvents(ctx, h)
	case a.NoLease != nil && err == nil:
		return withoutLeases(ret), nil
	case happensAfter(a, m.x.call.Procedure) && err == nil:
		if herr := m.server.happen(h, m.x.call); herr != nil {
			m.warn(h, herr)
		}
	}
	return ret, err
}

// awaitEvents waits until the events that the call caused have been sent, which
// another connection's goroutine may be at.
func (m *misbehaviour) awaitEvents(ctx context.Context, h *fault.Handle) {
	open := m.x.conn.session.Opened()
	if open == nil {
		return
	}
	m.x.call.Blocking()
	select {
	case <-open.State.Delivered():
	case <-h.Removed():
	case <-ctx.Done():
	}
}

func (m *misbehaviour) delay(ctx context.Context, h *fault.Handle, d fault.Duration) error {
	m.x.call.Blocking()
	passed := make(chan struct{})
	timer := m.server.cfg.clock.AfterFunc(time.Duration(d), func() { close(passed) })
	defer timer.Stop()
	select {
	case <-passed:
	case <-h.Removed():
	case <-ctx.Done():
	}
	return ctx.Err()
}

// hang waits until the rule is removed, or the connection ends.
func (m *misbehaviour) hang(ctx context.Context, h *fault.Handle) error {
	m.x.call.Blocking()
	select {
	case <-h.Removed():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
