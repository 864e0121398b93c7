package fault

import (
	"iter"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// procedures returns the calls that On means; Check has found each name good.
func (m *Match) procedures() []*rpc.Info {
	var list []*rpc.Info
	for _, name := range m.On {
		list = append(list, callsNamed(name)...)
	}
	return list
}

// callsNamed returns the procedures that a name or a pattern of Go names means.
func callsNamed(name string) []*rpc.Info { return named(name, rpc.KindCall) }

// eventsNamed returns the event messages that a name or a pattern means. A name
// without "Callback" also means the message with it, which is what libvirt has
// sent in its place since 1.3.3.
func eventsNamed(name string) []*rpc.Info {
	list := named(name, rpc.KindEvent)
	if object, event, ok := strings.Cut(name, "Event"); ok && !isPattern(name) {
		list = append(list, named(object+"EventCallback"+event, rpc.KindEvent)...)
	}
	return list
}

func named(name string, kind rpc.Kind) []*rpc.Info {
	var list []*rpc.Info
	if isPattern(name) {
		for p := range rpc.All() {
			if p.Kind == kind && matchPath(name, p.Name) {
				list = append(list, p)
			}
		}
		return list
	}
	for p := range rpc.Named(name) {
		if p.Kind == kind {
			list = append(list, p)
		}
	}
	return list
}

// namesOf yields every name by which procedures or events may be called.
func namesOf(kind rpc.Kind) iter.Seq[string] {
	return func(yield func(string) bool) {
		for p := range rpc.All() {
			if p.Kind != kind {
				continue
			}
			for _, name := range [...]string{p.Name, p.Function, p.Constant} {
				if name != "" && !yield(name) {
					return
				}
			}
		}
	}
}

// didYouMean returns ", did you mean X?" with the nearest name, or "" if all are
// far away.
func didYouMean(name string, names iter.Seq[string]) string {
	near := nearest(name, names)
	if near == "" {
		return ""
	}
	return ", did you mean " + near + "?"
}

func nearest(name string, names iter.Seq[string]) string {
	// A name that is mostly another one is a slip of the pen.
	best, bestDistance := "", len(name)/3+2
	folded := strings.ToLower(name)
	for n := range names {
		if d := distance(folded, strings.ToLower(n), bestDistance); d < bestDistance {
			best, bestDistance = n, d
		}
	}
	return best
}

// distance is how many letters must be inserted, removed or replaced to make one
// text of the other; limit if it is no less.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return min(row[len(b)], limit)
}
