package fault

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// RuleError tells what is wrong with a rule.
type RuleError struct {
	// Rule is the rule's name, if it has one.
	Rule string
	// Field is the path of the key in YAML that is wrong, such as "fail.code"
	// or "on[1]"; "" for the rule as a whole.
	Field string
	// Reason says what was found and what was expected.
	Reason string
}

// Error returns the rule's name, the field and the reason.
func (e *RuleError) Error() string {
	s := "rule"
	if e.Rule != "" {
		s += fmt.Sprintf(" %q", e.Rule)
	}
	if e.Field != "" {
		s += ": " + e.Field
	}
	return s + ": " + e.Reason
}

// wrong makes the error for a field.
func wrong(field, format string, args ...any) error {
	return &RuleError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// Check tells what is wrong with the rule: a name that nothing has, parts that do
// not go together, or that it could never match. The error is a [*RuleError]. It
// does not know the node: procedures that are newer than what it speaks, and
// objects and drivers that it does not have, are not found here.
func (r Rule) Check() error {
	_, err := r.resolve()
	return err
}

// resolve checks the rule and returns it with its Answer in the type of the
// procedure's result.
func (r Rule) resolve() (Rule, error) {
	err := r.check()
	if err == nil && r.Answer != nil {
		a := *r.Answer
		a.With, err = a.resolve(r.Match.procedures()[0])
		r.Answer = &a
	}
	if e, ok := err.(*RuleError); ok {
		e.Rule = r.Name
	}
	return r, err
}

func (r *Rule) check() error {
	var set []string
	for i := range kinds {
		if kinds[i].set(&r.Action) {
			set = append(set, kinds[i].key)
		}
	}
	switch {
	case len(set) == 0:
		return wrong("", "there is no action: want one, such as fail, delay or cut; one without keys of its own is written as hang: {}")
	case len(set) > 1:
		return wrong(set[1], "there is an action already, %s: a rule has one", set[0])
	}
	for _, check := range []func() error{r.checkOn, r.checkMatch, r.checkScope, r.checkCounts, r.checkAction} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// at returns the path of one of several values, which may stand alone in YAML.
func at(field string, i, n int) string {
	if n == 1 {
		return field
	}
	return fmt.Sprintf("%s[%d]", field, i)
}

func (r *Rule) checkOn() error {
	for i, name := range r.On {
		if err := checkName(at("on", i, len(r.On)), name, rpc.KindCall); err != nil {
			return err
		}
	}
	return nil
}

// checkName checks a name or a pattern of procedures, or of events.
func checkName(field, name string, kind rpc.Kind) error {
	what, other := "procedure", rpc.KindEvent
	if kind == rpc.KindEvent {
		what, other = "event", rpc.KindCall
	}
	if name == "" {
		return wrong(field, "it is empty: want the name of a %s", what)
	}
	if err := naming.CheckPattern(name); err != nil {
		return wrong(field, "%v", err)
	}
	if len(naming.Named(name, kind)) > 0 {
		return nil
	}
	if len(naming.Named(name, other)) > 0 {
		if kind == rpc.KindCall {
			return wrong(field, "%s is an event, which the node sends: want a procedure that clients call", name)
		}
		return wrong(field, "%s is a procedure: want an event that the node sends", name)
	}
	if naming.IsPattern(name) {
		bare := strings.NewReplacer("*", "", "?", "").Replace(name)
		return wrong(field, "no %s matches %q; patterns are of Go names, such as ConnectListAll*%s", what, name, naming.DidYouMean(bare, naming.NamesOf(kind)))
	}
	return wrong(field, "there is no %s %q%s", what, name, naming.DidYouMean(name, naming.NamesOf(kind)))
}

func (r *Rule) checkMatch() error {
	if err := naming.CheckPattern(r.Object); err != nil {
		return wrong("object", "%v", err)
	}
	for i, t := range r.Transport {
		field := at("transport", i, len(r.Transport))
		switch {
		case slices.Contains(nodeTransports, t):
		case t == call.LibSSH, t == call.LibSSH2:
			return wrong(field, "%s is a client's way to ssh: want ssh, which is what the node sees", t)
		case t == call.Ext:
			return wrong(field, "ext is a client's command: want the transport that it leads to, such as unix or ssh")
		default:
			return wrong(field, "there is no transport %q: want tcp, tls, unix, ssh or memory%s", t, naming.DidYouMean(string(t), transportNames))
		}
	}
	if r.ReadOnly != nil && *r.ReadOnly && r.never(call.Unix, call.SSH) {
		return wrong("read_only", "only unix and ssh lead to a read-only socket, and the rule is about %s", listOf(r.Transport))
	}
	if r.ReadOnly != nil && (r.Refuse != nil || r.StopAccepting != nil) {
		return wrong("read_only", "%s is about transports as a whole, both unix sockets alike: want transport", r.Action.Kind())
	}
	if r.User != "" && r.never(call.Unix, call.SSH) {
		return wrong("user", "only unix and ssh tell who the user is, and the rule is about %s", listOf(r.Transport))
	}
	return nil
}

var nodeTransports = []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH, call.Memory}

func transportNames(yield func(string) bool) {
	for _, t := range nodeTransports {
		if !yield(string(t)) {
			return
		}
	}
}

// never reports whether the rule is limited to transports other than these.
func (r *Rule) never(possible ...call.Transport) bool {
	return len(r.Transport) > 0 && !slices.ContainsFunc(r.Transport, func(t call.Transport) bool { return slices.Contains(possible, t) })
}

func listOf(list Transports) string {
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

// checkScope checks the fields of Match against what the rule is about: calls,
// connections, or the node.
func (r *Rule) checkScope() error {
	k := r.Action.kind()
	calls := r.Match.procedures()
	if len(r.On) == 0 {
		switch {
		case k.message:
			calls = allCalls()
		case k.lasts != nil:
			calls = k.lasts()
		}
	}
	if len(calls) == 0 {
		if r.Object != "" {
			return wrong("object", "a rule without on, with the action %s, is about no call: want on", k.key)
		}
		if r.Where != nil {
			return wrong("where", "a rule without on, with the action %s, is about no call: want on", k.key)
		}
	}
	if r.Object != "" && !slices.ContainsFunc(calls, func(p *rpc.Info) bool { return naming.FinderOf(p) != nil }) {
		return wrong("object", "the arguments of %s name no object", strings.Join(r.On, ", "))
	}
	if len(r.On) > 0 || k.message || k.connection || k.peers {
		return nil
	}
	// What is left happens to the node as a whole. Its listeners have a
	// transport, so that refusing may be limited to some of them.
	listeners := k.key == "refuse" || k.key == "stop_accepting"
	for _, f := range []struct {
		key string
		set bool
	}{
		{"transport", len(r.Transport) > 0 && !listeners},
		{"connection", r.Connection != 0},
		{"user", r.User != ""},
		{"read_only", r.ReadOnly != nil},
	} {
		if f.set {
			return wrong(f.key, "a rule without on, with the action %s, is about no client: want on", k.key)
		}
	}
	return nil
}

func (r *Rule) checkCounts() error {
	k := r.Action.kind()
	switch {
	case r.Skip < 0:
		return wrong("skip", "%d is negative: want how many calls pass first", r.Skip)
	case r.Times < 0:
		return wrong("times", "%d is negative: want how many are hit, or 0 for all", r.Times)
	case k.beginsOnce && r.Times != 0:
		return wrong("times", "%s begins once and lasts until the rule is removed", k.key)
	case len(r.On) > 0 || k.message || k.connection || k.condition && !k.beginsOnce:
		return nil
	case r.Skip != 0:
		return wrong("skip", "a rule without on, with the action %s, happens when it is injected: want on", k.key)
	case r.Times != 0:
		return wrong("times", "a rule without on, with the action %s, happens when it is injected: want on", k.key)
	}
	return nil
}
