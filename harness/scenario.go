package harness

import (
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// Scenario makes the node as a scenario describes it: a built-in one by its name
// (default, empty, lab, datacenter, flaky, locked), or a file, relative to the test's
// directory, which has a slash in its path or ends in .yaml. Options that follow
// change what the scenario says. A scenario that is wrong fails Start with a line
// for each problem; one of several nodes is for [StartNodes].
func Scenario(nameOrPath string) Option {
	return fakeserver.WithOptions(func() ([]fakeserver.Option, error) {
		s, err := scenarios.Find(nameOrPath)
		if err != nil {
			return nil, err
		}
		return s.Options()
	})
}

// ScenarioYAML is Scenario with the text of one.
func ScenarioYAML(text string) Option {
	return fakeserver.WithOptions(func() ([]fakeserver.Option, error) {
		s, err := scenarios.Parse("scenario", []byte(text))
		if err != nil {
			return nil, err
		}
		return s.Options()
	})
}

// StartNodes starts all nodes of a scenario, as Start does, and returns them by
// their names; the node of a scenario with one is called as the scenario. The
// options are for each of them, after the scenario's.
func StartNodes(t testing.TB, nameOrPath string, opts ...Option) map[string]*Host {
	t.Helper()
	s, err := scenarios.Find(nameOrPath)
	if err != nil {
		t.Fatalf("reading a scenario:\n%v", err)
	}
	hosts := make(map[string]*Host)
	for _, n := range s.Nodes() {
		hosts[n.Name] = Start(t, append(n.Options, opts...)...)
	}
	return hosts
}
