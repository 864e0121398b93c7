package clock_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Calls come in the order of their times, at their times, those set on the way
// included, and Advance returns after the last.
func TestManualOrder(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	var seen []string
	note := func(what string) func() {
		return func() { seen = append(seen, fmt.Sprintf("%s %v", what, c.Now().Sub(start))) }
	}
	c.AfterFunc(3*time.Second, note("third"))
	c.AfterFunc(time.Second, func() {
		note("first")()
		c.AfterFunc(time.Second, note("second"))
	})
	c.AfterFunc(3*time.Second, note("fourth"))
	c.AfterFunc(time.Minute, note("never"))
	c.Advance(10 * time.Second)
	want := []string{"first 1s", "second 2s", "third 3s", "fourth 3s"}
	if !slices.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
	if got := c.Now().Sub(start); got != 10*time.Second {
		t.Errorf("the clock stands at %v", got)
	}
	if c.Pending() != 1 {
		t.Errorf("%d calls are to come", c.Pending())
	}
}

func TestManualStopAndReset(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	n := 0
	timer := c.AfterFunc(time.Second, func() { n++ })
	if !timer.Stop() || timer.Stop() {
		t.Error("Stop must succeed once")
	}
	c.Advance(time.Hour)
	if n != 0 {
		t.Error("a stopped call came")
	}
	if timer.Reset(time.Second) {
		t.Error("Reset says that a stopped call was to come")
	}
	if !timer.Reset(2 * time.Second) {
		t.Error("Reset says that a call was not to come")
	}
	c.Advance(time.Second)
	if n != 0 {
		t.Error("a call came at the time that Reset had replaced")
	}
	c.Advance(time.Second)
	if n != 1 {
		t.Errorf("it came %d times", n)
	}
}

// A call that is due at once does not wait for Advance.
func TestManualAtOnce(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{0, -time.Second} {
		done := make(chan struct{})
		clock.NewManual(start).AfterFunc(d, func() { close(done) })
		<-done
	}
}

func TestManualWaitPending(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := clock.Sleep(t.Context(), c, time.Second); err != nil {
			t.Error(err)
		}
	})
	if err := c.WaitPending(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Second)
	wg.Wait()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.WaitPending(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSleepEndsWithContext(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	reason := errors.New("reason")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if err := clock.Sleep(ctx, c, time.Second); !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
	if c.Pending() != 0 {
		t.Error("a timer is left behind")
	}
}

// Inside synctest the real clock is the bubble's.
func TestRealInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		if err := clock.Sleep(t.Context(), clock.Real(), time.Hour); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(begin); got != time.Hour {
			t.Errorf("an hour took %v", got)
		}
	})
}

func ExampleManual() {
	c := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	c.AfterFunc(30*time.Second, func() { fmt.Println("at", c.Now().Format(time.TimeOnly)) })
	c.Advance(time.Minute)
	fmt.Println("now", c.Now().Format(time.TimeOnly))
	// Output:
	// at 00:00:30
	// now 00:01:00
}
