package container

import (
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// TestAddedToScenario reads what options make of scenarios as the node would.
func TestAddedToScenario(t *testing.T) {
	t.Parallel()
	added := []Option{
		WithFaults(fault.Rule{Match: fault.Match{On: fault.Names{"DomainCreate"}}, Times: 2, Action: fault.Action{Fail: &fault.Fail{Code: 1, Message: "2026-01-02: \"no\"\nthanks"}}}),
		WithAuth(fakeserver.Auth{TCP: fakeserver.AuthSASL, Users: []fakeserver.AuthUser{{Name: "fred", Password: "0x10"}}, AllowedUsernames: []string{}}),
		WithTLS(fakeserver.TLSSettings{AllowedDN: []string{}, NoVerifyCertificate: true}),
	}
	for _, s := range scenarios.All() {
		if len(s.Nodes()) > 1 {
			continue // a container is one node
		}
		for name, base := range map[string]Option{"by name": WithScenario(s.Name), "by text": WithScenarioYAML(string(s.Source()))} {
			o := &options{}
			for _, option := range append([]Option{base}, added...) {
				if err := option(o); err != nil {
					t.Fatal(err)
				}
			}
			text, err := o.scenario.file()
			if err != nil {
				t.Errorf("%s, %s: %v", s.Name, name, err)
				continue
			}
			got, err := scenarios.Parse("scenario.yaml", text)
			if err != nil {
				t.Errorf("%s, %s: %v\n%s", s.Name, name, err, text)
				continue
			}
			if got.Name != s.Name || got.Summary != s.Summary {
				t.Errorf("%s has become %s, %q", s.Name, got.Name, got.Summary)
			}
		}
	}
}

func TestScenarioOfItsOwn(t *testing.T) {
	t.Parallel()
	var s scenario
	if text, err := s.file(); err != nil || text != nil {
		t.Errorf("nothing asked for gives %q, %v", text, err)
	}
	if err := WithFaults(fault.Rule{Match: fault.Match{Where: func(*call.Call) bool { return true }}})(&options{}); err == nil {
		t.Error("a condition in Go is taken")
	}
	if err := WithScenario("nowhere/at-all.yaml")(&options{}); err == nil {
		t.Error("a file that is not there is taken")
	}
	s = scenario{name: "nonsense"}
	s.tls = &fakeserver.TLSSettings{}
	if _, err := s.file(); err == nil {
		t.Error("an unknown scenario is taken")
	}
}
