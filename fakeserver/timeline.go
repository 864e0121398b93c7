package fakeserver

import (
	"fmt"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// TimelineEntry is something that happens on the node after a while.
type TimelineEntry struct {
	// At is when, counted from Start by the node's clock.
	At time.Duration
	// Rule is injected then. One without On whose action is about the node or
	// its objects happens at that moment; one about calls waits for them.
	Rule fault.Rule
}

// startTimeline sets a timer for each entry of the timeline; the node's end
// stops them.
func (s *Server) startTimeline() error {
	timers := make([]clock.Timer, 0, len(s.cfg.timeline))
	for _, e := range s.cfg.timeline {
		if e.At < 0 {
			return fmt.Errorf("a timeline's entry at %v: want a time after the start", e.At)
		}
		if err := s.checkRule(e.Rule); err != nil {
			return fmt.Errorf("a timeline's entry at %v: %w", e.At, err)
		}
	}
	for _, e := range s.cfg.timeline {
		if e.At == 0 {
			if _, err := s.Inject(e.Rule); err != nil {
				return err
			}
			continue
		}
		timers = append(timers, s.cfg.clock.AfterFunc(e.At, func() { s.comeTo(e) }))
	}
	s.timeline = timers
	return nil
}

// comeTo runs an entry whose time has come. It was checked at the start, so an
// error here is one of what the rule is about: a domain that is not there.
func (s *Server) comeTo(e TimelineEntry) {
	// Whoever moves a manual clock finds it done.
	s.wait(func() {
		if _, err := s.Inject(e.Rule); err != nil {
			s.log.Warn("timeline", "at", e.At, "rule", e.Rule.String(), "reason", err)
		}
	})
}
