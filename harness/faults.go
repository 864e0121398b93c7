package harness

import (
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// Inject puts a fault in force until its handle removes it, or the test ends. A
// rule that could never match fails the test.
func (h *Host) Inject(r fault.Rule) *fault.Handle {
	h.t.Helper()
	handle, err := h.Server.Inject(r)
	if err != nil {
		h.t.Fatalf("injecting a fault: %v", err)
	}
	return handle
}

// WithFaults injects faults before the first client comes.
func WithFaults(rules ...fault.Rule) Option { return fakeserver.WithFaults(rules...) }

// WithManualClock has the node's time stand still at start until Advance moves
// it. Each node that is started with the option has a clock of its own.
func WithManualClock(start time.Time) Option {
	return fakeserver.WithOptions(func() ([]fakeserver.Option, error) {
		return []fakeserver.Option{fakeserver.WithClock(clock.NewManual(start))}, nil
	})
}

// WithSeed makes another choice of what the node makes up.
func WithSeed(seed uint64) Option { return fakeserver.WithSeed(seed) }

// Advance moves the node's clock, which WithManualClock made: delays end,
// keepalive pings go out, the timeline comes to pass. It returns once all that has
// been started.
func (h *Host) Advance(d time.Duration) {
	h.t.Helper()
	manual, ok := h.Server.Clock().(*clock.Manual)
	if !ok {
		h.t.Fatal("Advance: the node's time passes by itself: start it with WithManualClock")
	}
	manual.Advance(d)
}
