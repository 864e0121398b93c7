package fakeserver

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// makeDrivers makes the node's drivers. What a user added to one is tried at
// once, so that a mistake in it fails Start; the rest waits until it is asked
// for.
func (c *config) makeDrivers() (*driver.Node, error) {
	chosen, err := driversNamed(c.drivers)
	if err != nil {
		return nil, err
	}
	inactive, err := driversNamed(c.inactive)
	if err != nil {
		return nil, err
	}
	node := driver.NewNode(driver.Config{
		Drivers: chosen, Inactive: inactive, Session: c.session, DefaultURI: c.defaultURI,
		Files: c.testFiles, NewState: c.newState,
	})
	for _, p := range c.populate {
		if !slices.Contains(c.drivers, p.driver) {
			return nil, fmt.Errorf("an object for driver %q, which the node does not have: it has %v", p.driver, c.drivers)
		}
		if err := node.Prepare(p.driver); err != nil {
			return nil, err
		}
	}
	return node, nil
}

func driversNamed(names []string) ([]*driver.Driver, error) {
	var all []*driver.Driver
	for _, name := range names {
		d := driver.Named(name)
		if d == nil {
			return nil, fmt.Errorf("no driver %q: there are %v", name, driver.Names())
		}
		all = append(all, d)
	}
	return all, nil
}

// newState makes the state with which a driver begins, at the start and after
// each reset.
func (c *config) newState(d *driver.Driver) (*hypervisor.State, error) {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], c.seed)
	copy(seed[8:], d.Name)
	traits := d.Traits
	state := hypervisor.New(hypervisor.Config{Traits: &traits, Hostname: c.hostname, Seed: seed, Now: c.clock.Now})
	if !c.empty {
		if err := d.Populate(state); err != nil {
			return nil, err
		}
	}
	for _, p := range c.populate {
		if p.driver != d.Name {
			continue
		}
		if err := p.add(&Driver{state: state}); err != nil {
			return nil, err
		}
	}
	if owner := c.objectsOf(d); owner != d.Name {
		if held := state.Objects(); len(held.Networks)+len(held.Pools)+len(held.Interfaces)+len(held.NodeDevices) > 0 {
			return nil, fmt.Errorf("networks, pools, interfaces or devices for driver %s, which shows those of driver %s", d.Name, owner)
		}
	}
	return state, nil
}

// objectsOf returns the name of the driver that has the networks and so on that d
// shows: the first of those that share them, or d itself.
func (c *config) objectsOf(d *driver.Driver) string {
	if d.SharesObjects {
		for _, name := range c.drivers {
			if driver.Named(name).SharesObjects {
				return name
			}
		}
	}
	return d.Name
}
