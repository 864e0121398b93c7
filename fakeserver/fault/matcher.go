package fault

import (
	"path"
	"slices"
	"strconv"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// matcher is a Match made ready.
type matcher struct {
	match   *Match
	object  *objectPattern
	objects map[*rpc.Info]finder // of the procedures, if there is an object
	onCalls bool                 // the object and Where are about the calls of On
	events  procedures           // of DropEvents; nil for all
}

func newMatcher(r *Rule, begins, lasts procedures) matcher {
	m := matcher{match: &r.Match, onCalls: len(r.On) > 0}
	if r.Object != "" {
		o := parseObject(r.Object)
		m.object = &o
		m.objects = make(map[*rpc.Info]finder)
		for _, set := range []procedures{begins, lasts} {
			for p := range set {
				m.objects[p] = finderOf(p)
			}
		}
	}
	if d := r.DropEvents; d != nil && len(d.Event) > 0 {
		m.events = make(procedures)
		for _, name := range d.Event {
			for _, e := range eventsNamed(name) {
				m.events[e] = struct{}{}
			}
		}
	}
	return m
}

// peer reports whether the rule is about this client.
func (m *matcher) peer(p *call.Peer) bool {
	w := m.match
	switch {
	case len(w.Transport) > 0 && !slices.Contains(w.Transport, p.Transport),
		w.Connection != 0 && w.Connection != p.Connection,
		w.ReadOnly != nil && *w.ReadOnly != p.ReadOnly,
		w.User != "" && w.User != userOf(p):
		return false
	}
	return true
}

func userOf(p *call.Peer) string {
	switch {
	case p.SSH != nil:
		return p.SSH.User
	case p.Process != nil:
		return strconv.FormatUint(uint64(p.Process.UID), 10)
	}
	return ""
}

// call reports whether the rule is about this call, of one of its procedures.
func (m *matcher) call(c *call.Call) bool {
	if !m.peer(c.Peer) {
		return false
	}
	if m.object != nil && !m.object.among(m.objects[c.Procedure], c.Args) {
		return false
	}
	return m.match.Where == nil || m.match.Where(c)
}

// lasting reports whether a condition in force is about this call. What began it
// has been judged by object and Where already.
func (m *matcher) lasting(c *call.Call) bool {
	if m.onCalls {
		return m.peer(c.Peer)
	}
	return m.call(c)
}

func (m *matcher) event(e *rpc.Info) bool { return m.events == nil || m.events.has(e) }

// objectPattern is Match.Object made ready.
type objectPattern struct {
	text    string
	pattern bool // text has wildcards
	uuid    *libvirt.UUID
}

func isPattern(s string) bool { return strings.ContainsAny(s, `*?[\`) }

func parseObject(s string) objectPattern {
	o := objectPattern{text: s, pattern: isPattern(s)}
	if u, ok := parseUUID(s); ok {
		o.uuid = &u
	}
	return o
}

func (o *objectPattern) among(find finder, args any) bool {
	if find == nil {
		return false
	}
	var buf [4]subject
	for _, s := range find(args, buf[:0]) {
		if o.matches(s) {
			return true
		}
	}
	return false
}

func (o *objectPattern) matches(s subject) bool {
	if o.uuid != nil && s.hasUUID && *o.uuid == s.uuid {
		return true
	}
	for _, name := range [...]string{s.name, s.also} {
		if name != "" && o.text == name || o.pattern && name != "" && matchPath(o.text, name) {
			return true
		}
	}
	return o.pattern && s.hasUUID && matchPath(strings.ToLower(o.text), formatUUID(s.uuid))
}

// matchPath is path.Match of a pattern that Check has passed. What is a path
// itself, as the keys of volumes are, matches as a whole only where the pattern
// spells the slashes out.
func matchPath(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}
