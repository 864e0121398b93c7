package harness

import (
	"cmp"
	"slices"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// tail counts calls and keeps the last of them, to show.
type tail struct {
	n    int
	last []call.Record // shownCalls at most, in the order in which they came
}

func (l *tail) add(r *call.Record) {
	l.n++
	if len(l.last) == shownCalls {
		l.last = slices.Delete(l.last, 0, 1)
	}
	l.last = append(l.last, *r)
}

// remove takes a call back that was added.
func (l *tail) remove(r *call.Record) {
	l.n--
	l.last = slices.DeleteFunc(l.last, func(other call.Record) bool { return other.Seq == r.Seq })
}

// sorted returns the calls that are kept, in the order in which they arrived.
func (l *tail) sorted() []call.Record {
	return slices.SortedFunc(slices.Values(l.last), func(a, b call.Record) int { return cmp.Compare(a.Seq, b.Seq) })
}

// show shows the last of the calls, a line for each.
func (l *tail) show() string { return showTail(l.n, l.sorted()) }

// instead are calls that came while others were expected.
type instead struct {
	same, alike, all tail // of the procedure, of those like it, and of any
}

// tails are those that a call of q belongs to while p is expected.
func (c *instead) tails(p, q *rpc.Info) []*tail {
	switch {
	case p == q:
		return []*tail{&c.same, &c.all}
	case similar(p, q):
		return []*tail{&c.alike, &c.all}
	}
	return []*tail{&c.all}
}

func (c *instead) add(p *rpc.Info, r *call.Record) {
	for _, l := range c.tails(p, r.Procedure) {
		l.add(r)
	}
}

func (c *instead) remove(p *rpc.Info, r *call.Record) {
	for _, l := range c.tails(p, r.Procedure) {
		l.remove(r)
	}
}

// show shows the calls of the procedure if there are any, else those of the ones
// like it, else the last.
func (c *instead) show() string {
	switch {
	case c.same.n > 0:
		return "calls of it that were not meant:\n" + c.same.show()
	case c.alike.n > 0:
		return "no call of it; similar ones:\n" + c.alike.show()
	case c.all.n > 0:
		return "no call of it; the last calls:\n" + c.all.show()
	}
	return "no client called anything"
}
