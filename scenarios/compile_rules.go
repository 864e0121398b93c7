package scenarios

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// rule checks a rule by itself, and that the node is one on which it can fire.
func (c *compiler) rule(at place, r *fault.Rule) {
	if err := r.CheckFor(c.node.keys.version()); err != nil {
		c.ruleProblem(at, err, "")
		return
	}
	if r.Appear != nil {
		c.node.appearing = append(c.node.appearing, appearing{at, r.Appear})
	}
	listens := c.node.keys.Transports
	for _, t := range r.Transport {
		carrier := t
		switch t {
		case call.LibSSH, call.LibSSH2:
			carrier = call.SSH
		case call.Ext:
			carrier = call.Unix
		}
		if _, ok := listens[carrier]; !ok && listens != nil && t != call.Memory {
			c.problem(at.at("transport"), "transport: the node does not listen on %s, so that this can never fire", t)
		}
	}
	for _, driver := range ruleDrivers(r) {
		if driver != "" && !slices.Contains(c.node.drivers, driver) {
			c.problem(at.start(), "driver: the node has no driver %q, so that this can never fire: it has %s", driver, strings.Join(c.node.drivers, ", "))
		}
	}
}

// ruleProblem reports a rule's error where its field stands.
func (c *compiler) ruleProblem(at place, err error, prefix string) {
	var e *fault.RuleError
	switch {
	case !errors.As(err, &e):
		c.problem(at.start(), "%v", err)
	case e.Field == "":
		c.problem(at.start(), "%s", e.Reason)
	default:
		c.problem(at.path(e.Field), "%s%s: %s", prefix, e.Field, e.Reason)
	}
}

// ruleDrivers are the drivers that a rule's action names.
func ruleDrivers(r *fault.Rule) []string {
	var all []string
	if r.Storm != nil {
		all = append(all, r.Storm.Driver)
	}
	if r.Crash != nil {
		all = append(all, r.Crash.Driver)
	}
	if r.Vanish != nil {
		all = append(all, r.Vanish.Driver)
	}
	if r.Appear != nil {
		all = append(all, r.Appear.Driver)
	}
	if r.Change != nil {
		all = append(all, r.Change.Driver)
	}
	return all
}

func (c *compiler) entry(e *timelineEntry) {
	out := fakeserver.TimelineEntry{Rule: e.Rule}
	if e.At != nil {
		out.At = time.Duration(*e.At)
	}
	switch {
	case e.At == nil && e.After == nil:
		c.problem(e.start(), "want at or after, to say when this happens")
		return
	case out.At < 0:
		c.problem(e.at("at"), "at: want 0s or more, not %v", out.At)
		return
	}
	if a := e.After; a != nil {
		for _, key := range []string{"on", "skip", "times"} {
			if e.has(key) {
				c.problem(e.atKey(key), "%s stands beside after, which says the same", key)
				return
			}
		}
		count := 1
		if a.Count != nil {
			count = *a.Count
		}
		switch {
		case len(a.On) == 0:
			c.problem(a.start(), "after: want on, the procedures whose calls count")
			return
		case count < 1:
			c.problem(a.at("count"), "count: want 1 or more, not %d", count)
			return
		}
		out.Rule.On, out.Rule.Skip, out.Rule.Times = a.On, count-1, 1
		follow(&out.Rule.Action)
		if err := out.Rule.CheckFor(c.node.keys.version()); err != nil {
			var wrong *fault.RuleError
			if errors.As(err, &wrong) && strings.HasPrefix(wrong.Field, "on") {
				c.ruleProblem(a.place, err, "after.")
				return
			}
		}
	}
	c.rule(e.place, &out.Rule)
	c.node.timeline = append(c.node.timeline, out)
}

// follow has what an action does to objects follow the call's effect: the list
// after which something happens does not show it. The others that change what
// lists show do so by themselves.
func follow(a *fault.Action) {
	if a.Appear != nil {
		appear := *a.Appear
		appear.After, a.Appear = true, &appear
	}
	if a.Change != nil {
		change := *a.Change
		change.After, a.Change = true, &change
	}
}
