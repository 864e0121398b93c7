package harness

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Call is one call of a procedure with its types, from the journal of a node.
// What Args and Ret point to must not be changed; secrets are taken out.
type Call[A, R any] struct {
	// Seq numbers the calls of all clients from 1, as they arrived.
	Seq  uint64
	Args *A
	// Ret is nil where the call failed, or is not finished.
	Ret *R
	// Err is what the client got, an *rpc.Error.
	Err error
	// Connection numbers the node's connections from 1, Serial is the client's
	// number of the call.
	Connection uint64
	Peer       *call.Peer
	Serial     uint32
	// Begin and End are by the node's clock; End is zero while the call is not
	// finished.
	Begin, End time.Time
	Finished   bool
	// Faults names the faults that hit the call.
	Faults []string

	record call.Record
}

// String shows the call on one line.
func (c Call[A, R]) String() string { return c.record.String() }

// typed gives a record the types of p, not ok if it is of another procedure.
func typed[A, R any](p *rpc.Procedure[A, R], r *call.Record) (c Call[A, R], ok bool) {
	if r.Procedure != p.Info {
		return c, false
	}
	args, _ := r.Args.(*A)
	ret, _ := r.Ret.(*R)
	return Call[A, R]{
		Seq: r.Seq, Args: args, Ret: ret, Err: r.Err,
		Connection: r.Peer.Connection, Peer: r.Peer, Serial: r.Serial,
		Begin: r.Begin, End: r.End, Finished: r.Finished, Faults: r.Faults,
		record: *r,
	}, true
}

// CallsTo returns the calls of p that clients have made, in the order in which
// they arrived, those among them that are still being handled. The node remembers
// the last 4096 calls of all procedures.
func CallsTo[A, R any](h *Host, p *rpc.Procedure[A, R]) []Call[A, R] {
	var calls []Call[A, R]
	records := h.Server.Journal().Records()
	for i := range records {
		if c, ok := typed(p, &records[i]); ok {
			calls = append(calls, c)
		}
	}
	return calls
}

// WaitCall returns the first finished call of p on which each match agrees: one
// that was made before, else one to come. If ctx ends first, the error wraps
// ctx's and says what clients called instead.
func WaitCall[A, R any](ctx context.Context, h *Host, p *rpc.Procedure[A, R], match ...func(Call[A, R]) bool) (Call[A, R], error) {
	var found Call[A, R]
	_, err := h.Server.Journal().Wait(ctx, func(r *call.Record) bool {
		c, ok := typed(p, r)
		if !ok || !c.Finished {
			return false
		}
		for _, m := range match {
			if !m(c) {
				return false
			}
		}
		found = c
		return true
	})
	if err != nil {
		records := h.Server.Journal().Records()
		return found, fmt.Errorf("waiting for a call of %s: %w\n%s", p.Info.Name, err, insteadOf(p.Info, records))
	}
	return found, nil
}

// shownCalls is how many calls a failing test shows at most.
const shownCalls = 20

// insteadOf shows what was called while p was expected.
func insteadOf(p *rpc.Info, records []call.Record) string {
	var c instead
	for i := range records {
		c.add(p, &records[i])
	}
	return c.show()
}

// showCalls shows the last of the calls, a line for each.
func showCalls(records []call.Record) string {
	return showTail(len(records), records[max(0, len(records)-shownCalls):])
}

// showTail shows calls that are the last of n.
func showTail(n int, last []call.Record) string {
	var b strings.Builder
	if before := n - len(last); before > 0 {
		fmt.Fprintf(&b, "  (%d before)\n", before)
	}
	for i := range last {
		b.WriteString("  " + last[i].String() + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// similar reports whether two procedures are easily taken for each other: both
// of one function, or with names that begin alike for two words (DomainCreate,
// DomainCreateWithFlags; DomainLookupByID, DomainLookupByName).
func similar(p, q *rpc.Info) bool {
	if p.Function != "" && p.Function == q.Function {
		return true
	}
	a, b := words(p.Name), words(q.Name)
	return len(a) > 1 && len(b) > 1 && a[0] == b[0] && a[1] == b[1]
}

// words takes a Go name apart.
func words(name string) []string {
	var list []string
	start := 0
	for i := 1; i <= len(name); i++ {
		if i == len(name) || isUpper(name[i]) && !isUpper(name[i-1]) {
			list = append(list, name[start:i])
			start = i
		}
	}
	return list
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// logLastCalls writes the node's last calls into the log of a test that has
// failed.
func (h *Host) logLastCalls() {
	h.t.Helper()
	if !h.t.Failed() {
		return
	}
	if records := h.Server.Journal().Records(); len(records) > 0 {
		h.t.Logf("the last calls of the test's libvirt node:\n%s", showCalls(records))
	}
}
