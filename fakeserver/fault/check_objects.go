package fault

import (
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

var (
	domainChanges  = []string{"start", "shutdown", "destroy", "suspend", "resume", "reboot", "undefine"}
	networkChanges = []string{"start", "destroy", "undefine"}
)

func (r *Rule) checkObjects() error {
	switch a := &r.Action; {
	case a.Crash != nil:
		if a.Crash.Network != "" {
			return wrong("crash.network", "networks do not crash: want domain")
		}
		return r.checkTarget(a.Crash.Target, "Domain")
	case a.Vanish != nil:
		return r.checkTarget(a.Vanish.Target, "Domain", "Network")
	case a.Appear != nil:
		return r.checkAppear(a.Appear)
	case a.Change != nil:
		return r.checkChange(a.Change)
	}
	return nil
}

// checkTarget checks which objects are meant; kinds are those that the action can
// happen to.
func (r *Rule) checkTarget(t Target, kinds ...string) error {
	key := r.Action.Kind()
	if t.Domain != "" && t.Network != "" {
		return wrong(key+".network", "there is a domain already: want one of the two")
	}
	for _, f := range []struct{ name, pattern string }{{"domain", t.Domain}, {"network", t.Network}} {
		if err := naming.CheckPattern(f.pattern); err != nil {
			return wrong(key+"."+f.name, "%v", err)
		}
	}
	if t.Domain != "" || t.Network != "" {
		return nil
	}
	want := strings.ToLower(strings.Join(kinds, " or "))
	if len(r.On) == 0 {
		return wrong(key, "it names no object, and the rule is about no call that could: want %s", want)
	}
	about := func(p *rpc.Info) bool {
		return naming.FinderOf(p) != nil && slices.ContainsFunc(kinds, func(k string) bool {
			return strings.HasPrefix(p.Name, k) || strings.HasPrefix(p.Name, "QEMU"+k)
		})
	}
	if !slices.ContainsFunc(r.Match.procedures(), about) {
		return wrong(key, "it names no object, and calls of %s are about none that could be meant: want %s", strings.Join(r.On, ", "), want)
	}
	return nil
}

func (r *Rule) checkAppear(a *Appear) error {
	switch {
	case a.After && len(r.On) == 0:
		return wrong("appear.after", "a rule without on follows no call: want on")
	case a.Domain == "" && a.Network == "":
		return wrong("appear", "there is no XML: want domain or network")
	case a.Domain != "" && a.Network != "":
		return wrong("appear.network", "there is a domain already: want one of the two")
	case a.Domain != "" && naming.RootOf(a.Domain) != "domain":
		return wrong("appear.domain", "it is no document of a domain: want XML that begins with <domain>")
	case a.Network != "" && naming.RootOf(a.Network) != "network":
		return wrong("appear.network", "it is no document of a network: want XML that begins with <network>")
	}
	return nil
}

func (r *Rule) checkChange(c *Change) error {
	if c.Network != "" {
		if err := oneOf("change.do", c.Do, networkChanges...); err != nil {
			return err
		}
	} else if err := oneOf("change.do", c.Do, domainChanges...); err != nil {
		return err
	}
	if c.After && len(r.On) == 0 {
		return wrong("change.after", "a rule without on follows no call: want on")
	}
	kinds := []string{"Domain", "Network"}
	if !slices.Contains(networkChanges, c.Do) {
		kinds = kinds[:1]
	}
	return r.checkTarget(c.Target, kinds...)
}
