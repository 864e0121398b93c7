package fault_test

import (
	"errors"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func TestCheckFor(t *testing.T) {
	t.Parallel()
	speaks, err := rpc.ParseVersion("7.0.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		on    []string
		field string // that is wrong
	}{
		{[]string{"DomainCreate"}, ""},
		{[]string{"virDomainSetLaunchSecurityState"}, "on"},
		{[]string{"DomainCreate", "DomainSetLaunchSecurityState"}, "on[1]"},
		{[]string{"DomainSetLaunch*"}, "on"},
		{[]string{"DomainSet*"}, ""},
		{[]string{"DomainCraete"}, "on"},
	} {
		rule := fault.Rule{Name: "n", Match: fault.Match{On: c.on}, Action: fault.Action{Hang: &fault.Hang{}}}
		var wrong *fault.RuleError
		err := rule.CheckFor(speaks)
		if c.field == "" && err == nil {
			continue
		}
		if !errors.As(err, &wrong) || wrong.Field != c.field || wrong.Rule != "n" {
			t.Errorf("%v: %v, want one about %q", c.on, err, c.field)
		}
	}
}
