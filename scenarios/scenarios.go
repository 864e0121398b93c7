// Package scenarios holds nodes that are described in advance, by name: what
// they have when a client comes.
package scenarios

import (
	"fmt"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// Scenario is a node described in advance.
type Scenario struct {
	Name    string
	Summary string
	Options []fakeserver.Option
}

// All returns the scenarios that ship with this module.
func All() []Scenario {
	return []Scenario{
		{
			Name:    "default",
			Summary: "libvirt's own test:///default, and qemu:///system without domains",
		},
		{
			Name:    "empty",
			Summary: "the same drivers, without any object",
			Options: []fakeserver.Option{fakeserver.WithoutObjects()},
		},
	}
}

// Lookup returns the scenario of that name, or an error that says which there
// are.
func Lookup(name string) (Scenario, error) {
	var names []string
	for _, s := range All() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Scenario{}, fmt.Errorf("no scenario %q: there are %s", name, strings.Join(names, ", "))
}
