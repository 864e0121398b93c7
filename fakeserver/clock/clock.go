package clock

import (
	"context"
	"time"
)

// Clock tells the time and calls back later.
type Clock interface {
	// Now returns the present time.
	Now() time.Time
	// AfterFunc calls f, in a goroutine of its own, once d has passed.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a call that is still to come.
type Timer interface {
	// Stop prevents the call; it reports false if the call has begun, or was
	// stopped before.
	Stop() bool
	// Reset has the call come d from now, whether or not it came before. It
	// reports whether the call was still to come.
	Reset(d time.Duration) bool
}

// Real is the clock of package time.
func Real() Clock { return realClock{} }

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// Sleep waits until d has passed on c, or until ctx ends; then it returns the
// cause of that.
func Sleep(ctx context.Context, c Clock, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	passed := make(chan struct{})
	timer := c.AfterFunc(d, func() { close(passed) })
	defer timer.Stop()
	select {
	case <-passed:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
