package driver

import (
	"sync"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// populateOnce returns a Populate that makes a driver's objects once for all
// nodes, and gives each State a copy: reading XML is most of what a node's start
// costs. What populate adds must take nothing from a State's seed.
func populateOnce(d *Driver, populate func(*hypervisor.State) error) func(*hypervisor.State) error {
	prototype := sync.OnceValues(func() (*hypervisor.Copy, error) {
		traits := d.Traits
		s := hypervisor.New(hypervisor.Config{Traits: &traits})
		if err := populate(s); err != nil {
			return nil, err
		}
		return s.Copy(), nil
	})
	return func(s *hypervisor.State) error {
		objects, err := prototype()
		if err != nil {
			return err
		}
		s.Begin(objects)
		return nil
	}
}
