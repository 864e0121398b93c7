package harness

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// ExpectCall fails the test at its end unless a client has called p by then, from
// now on, as the options say. The failure shows calls that come near: those of p
// with a diff of their arguments, else those of similar procedures. For what was
// called before, use CallsTo.
func ExpectCall[A, R any](t testing.TB, h *Host, p *rpc.Procedure[A, R], opts ...CallOption) {
	t.Helper()
	e := newExpectation(t, p.Info, opts)
	e.checkAtEnd(t, h)
}

// ExpectNoCall fails the test at its end if a client has called p by then, from
// now on, as the options say. The failure shows those calls and who made them.
func ExpectNoCall[A, R any](t testing.TB, h *Host, p *rpc.Procedure[A, R], opts ...CallOption) {
	t.Helper()
	e := newExpectation(t, p.Info, opts)
	e.times = 0
	e.checkAtEnd(t, h)
}

// FailOnUnsupported fails the test at its end if a client has called, from now on,
// a procedure that the node does not support, or its driver does not: one that
// was answered with VIR_ERR_NO_SUPPORT and the function's name, and not by a
// fault.
func FailOnUnsupported(t testing.TB, h *Host) {
	t.Helper()
	var bad tail
	seen := h.observe(func(r, was *call.Record) {
		if was != nil && unsupported(was) {
			bad.remove(was)
		}
		if unsupported(r) {
			bad.add(r)
		}
	})
	t.Cleanup(func() {
		t.Helper()
		seen()
		if bad.n > 0 {
			t.Errorf("clients called what the libvirt node does not support:\n%s", bad.show())
		}
	})
}

func unsupported(r *call.Record) bool {
	var wire *rpc.Error
	return len(r.Faults) == 0 && errors.As(r.Err, &wire) && wire.Code == libvirt.ErrNoSupport && strings.HasSuffix(wire.Message, ": "+r.Procedure.Function)
}

// observe has f see the calls that arrive from now on: each when it has ended, or
// when the function that observe returns is called, which ends it. f is called for
// one call at a time, see [call.Journal.Observe].
func (h *Host) observe(f func(r, was *call.Record)) (end func()) {
	stop := h.Server.Journal().Observe(f)
	return func() {
		unfinished := stop()
		for i := range unfinished {
			f(&unfinished[i], nil)
		}
	}
}

func newExpectation(t testing.TB, p *rpc.Info, opts []CallOption) *expectation {
	t.Helper()
	e := &expectation{procedure: p, times: -1}
	for _, o := range opts {
		o(e)
	}
	if e.mistake != nil {
		t.Fatalf("expecting calls of %s: %v", p.Name, e.mistake)
	}
	return e
}

// checkAtEnd has the test fail at its end unless the calls from now on are as
// expected.
func (e *expectation) checkAtEnd(t testing.TB, h *Host) {
	t.Helper()
	seen := h.observe(e.see)
	t.Cleanup(func() {
		t.Helper()
		seen()
		if problem := e.problem(); problem != "" {
			t.Errorf("%s", problem)
		}
	})
}

// see takes note of a call; was is what it took note of before, if that has
// changed.
func (e *expectation) see(r, was *call.Record) {
	if was != nil {
		if e.meets(was) {
			e.hits.remove(was)
		} else {
			e.misses.remove(e.procedure, was)
		}
	}
	if e.meets(r) {
		e.hits.add(r)
	} else {
		e.misses.add(e.procedure, r)
	}
}

// meets is met, for the goroutine that answers a call: a panic of a test's own
// function fails the test, and not the process.
func (e *expectation) meets(r *call.Record) (met bool) {
	defer func() {
		if p := recover(); p != nil {
			e.panicked = fmt.Sprintf("expecting calls of %s: a function of the test panicked: %v", e.procedure.Name, p)
		}
	}()
	return e.met(r)
}

// problem returns why the calls are not as expected, "" if they are.
func (e *expectation) problem() string {
	problem := ""
	switch hits := e.hits.n; {
	case e.panicked != "":
		return e.panicked
	case hits == e.times, e.times < 0 && hits > 0:
		return ""
	case e.times == 0:
		return fmt.Sprintf("clients called %s:\n%s", e, e.hits.show())
	case e.times < 0:
		problem = fmt.Sprintf("no client called %s", e)
	default:
		problem = fmt.Sprintf("clients called %s %d times, want %d", e, hits, e.times)
	}
	if e.hits.n > 0 {
		problem += "\n" + e.hits.show()
	}
	if e.hits.n < e.times || e.times < 0 {
		problem += "\n" + e.nearMisses()
	}
	return problem
}

// nearMisses shows calls that are not those expected: of the same procedure, with
// the difference of their arguments if one was asked for.
func (e *expectation) nearMisses() string {
	near := &e.misses.same
	if near.n == 0 || e.wantArgs == nil {
		return e.misses.show()
	}
	const most = 5
	var b strings.Builder
	b.WriteString("near misses, wanted (-) and called (+):")
	want := call.ShowLines(e.procedure, e.wantArgs)
	records := near.sorted()
	records = records[max(0, len(records)-most):]
	if before := near.n - len(records); before > 0 {
		fmt.Fprintf(&b, "\n  (%d before)", before)
	}
	for i := range records {
		r := &records[i]
		b.WriteString("\n  " + headline(r))
		for _, line := range diffLines(want, r.ShowArgsLines()) {
			b.WriteString("\n    " + line)
		}
		for _, c := range e.conditions {
			if !c.met(r) && !strings.HasPrefix(c.text, "with ") {
				b.WriteString("\n    not " + c.text)
			}
		}
	}
	return b.String()
}

// headline tells of a call who made it and how it ended, without arguments: the
// diff shows those.
func headline(r *call.Record) string {
	text := fmt.Sprintf("#%d connection %d (%s, %s)", r.Seq, r.Peer.Connection, r.Peer.Transport, r.Peer)
	switch {
	case !r.Finished:
		return text + ", not answered yet"
	case r.Err != nil:
		return text + ", failed: " + call.ShowError(r.Err)
	}
	return text + ", succeeded"
}
