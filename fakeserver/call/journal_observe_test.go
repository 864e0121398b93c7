package call_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Those who observe see each call that ends, also if the journal has dropped it
// meanwhile, and at the end those that have not ended.
func TestObserve(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(time.Now)
	before := j.Begin(lookup("before"), 1)
	var seen []string
	stop := j.Observe(func(r, was *call.Record) {
		text := fmt.Sprint(r.Seq, r.Err, r.Faults)
		if was != nil {
			text += fmt.Sprint(" was ", was.Seq, was.Err)
		}
		if !r.Finished || r.End.IsZero() {
			text += " unfinished"
		}
		_ = j.Dropped() // it may read
		seen = append(seen, text)
	})
	j.End(before, nil, nil, 1)
	hangs, dropped := j.Begin(lookup("hangs"), 1), j.Begin(lookup("dropped"), 1)
	for range call.MaxRecords {
		j.Begin(lookup("other"), 1)
	}
	for _, r := range j.Since(dropped) {
		j.End(r.Seq, nil, nil, 1)
	}
	if len(seen) != call.MaxRecords {
		t.Fatalf("%d were seen, want %d", len(seen), call.MaxRecords)
	}
	seen = nil
	j.Fault(dropped, "hang")
	j.End(dropped, nil, errors.New("bad"), 1)
	again := j.Begin(lookup("again"), 1)
	j.End(again, nil, nil, 1)
	j.End(again, nil, errors.New("does not fit"), 1)
	forgotten := j.Begin(lookup("forgotten"), 1)
	j.Reset()
	j.End(forgotten, nil, nil, 1)
	last := j.Begin(lookup("last"), 1)
	want := []string{
		fmt.Sprint(dropped, " bad [hang]"),
		fmt.Sprint(again, " <nil> []"),
		fmt.Sprint(again, " does not fit [] was ", again, " <nil>"),
		fmt.Sprint(forgotten, " <nil> []"),
	}
	if !slices.Equal(seen, want) {
		t.Errorf("seen: %q, want %q", seen, want)
	}
	unfinished := stop()
	if got := names(unfinished); !slices.Equal(got, []string{"hangs", "last"}) || unfinished[0].Seq != hangs {
		t.Errorf("unfinished: %v", got)
	}
	if again := stop(); again != nil {
		t.Errorf("a second stop returned %v", again)
	}
	j.End(last, nil, nil, 1)
	if len(seen) != len(want) {
		t.Errorf("after stop, seen: %q", seen[len(want):])
	}
}

// An observer that ends its goroutine, as t.FailNow does, leaves no lock behind.
func TestObserverThatPanics(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(time.Now)
	stop := j.Observe(func(*call.Record, *call.Record) { panic("for the test") })
	func() {
		defer func() { _ = recover() }()
		j.End(j.Begin(lookup("a"), 1), nil, nil, 1)
	}()
	if n := len(stop()); n != 0 || !j.Records()[0].Finished {
		t.Errorf("%d unfinished calls", n)
	}
}
