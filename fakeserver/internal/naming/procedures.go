package naming

import (
	"iter"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// CallsNamed returns the procedures that a name or a pattern of Go names means.
func CallsNamed(name string) []*rpc.Info { return Named(name, rpc.KindCall) }

// EventsNamed returns the event messages that a name or a pattern means. A name
// without "Callback" also means the message with it, which is what libvirt has
// sent in its place since 1.3.3.
func EventsNamed(name string) []*rpc.Info {
	list := Named(name, rpc.KindEvent)
	if object, event, ok := strings.Cut(name, "Event"); ok && !IsPattern(name) {
		list = append(list, Named(object+"EventCallback"+event, rpc.KindEvent)...)
	}
	return list
}

// Named returns the procedures, or the events, that a name or a pattern of Go names
// means.
func Named(name string, kind rpc.Kind) []*rpc.Info {
	var list []*rpc.Info
	if IsPattern(name) {
		for p := range rpc.All() {
			if p.Kind == kind && Match(name, p.Name) {
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

// NamesOf yields every name by which procedures or events may be called.
func NamesOf(kind rpc.Kind) iter.Seq[string] {
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
