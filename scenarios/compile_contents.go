package scenarios

import (
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// contents are what a daemon has, checked.
type contents struct {
	daemon
	keys    *contentKeys
	drivers []string
	own     []*ownObjects                 // as the scenario gives them
	objects map[string]fakeserver.Objects // with those of presets; by driver, of those that do not begin as usual
}

// contents checks what a daemon has. The drivers are those it has if nothing is said.
func (c *compiler) contents(at place, k *contentKeys, drivers []string) contents {
	out := contents{keys: k, drivers: k.Drivers, objects: make(map[string]fakeserver.Objects)}
	if len(out.drivers) == 0 {
		if at.has("drivers") {
			c.problem(at.at("drivers"), "drivers: want at least one of %s", strings.Join(fakeserver.DriverNames(), ", "))
		}
		out.drivers = drivers
	}
	for i, driver := range out.drivers {
		if !slices.Contains(fakeserver.DriverNames(), driver) {
			c.problem(at.at("drivers"), "unknown driver %q: %s", driver, instead(driver, fakeserver.DriverNames()))
		}
		if slices.Contains(out.drivers[:i], driver) {
			c.problem(at.at("drivers"), "driver %s for the second time", driver)
		}
	}
	for i, driver := range k.InactiveDrivers {
		switch {
		case !slices.Contains(fakeserver.DriverNames(), driver):
			c.problem(at.at("inactive_drivers"), "unknown driver %q: %s", driver, instead(driver, fakeserver.DriverNames()))
		case slices.Contains(out.drivers, driver):
			c.problem(at.at("inactive_drivers"), "driver %s is one of drivers too", driver)
		case slices.Contains(k.InactiveDrivers[:i], driver):
			c.problem(at.at("inactive_drivers"), "driver %s for the second time", driver)
		}
	}
	c.testFiles(k.TestFiles)
	for _, d := range k.Objects.drivers() {
		if !slices.Contains(out.drivers, d.name) {
			c.problem(k.Objects.atKey(d.name), "%s: the node has no such driver: it has %s", d.name, strings.Join(out.drivers, ", "))
			continue
		}
		out.own = append(out.own, c.driver(d.name, d.keys))
	}
	return out
}

type namedDriver struct {
	name string
	keys *driverKeys
}

func (k *objectKeys) drivers() []namedDriver {
	var all []namedDriver
	for _, d := range []namedDriver{
		{"qemu", k.QEMU}, {"test", k.Test}, {"xen", k.Xen}, {"lxc", k.LXC}, {"openvz", k.OpenVZ},
		{"bhyve", k.Bhyve}, {"vbox", k.VBox}, {"vz", k.VZ}, {"ch", k.CH},
	} {
		if d.keys != nil {
			all = append(all, d)
		}
	}
	return all
}

// options make the drivers and their objects.
func (k *contents) options() []fakeserver.Option {
	opts := []fakeserver.Option{
		fakeserver.WithDrivers(k.drivers...),
		fakeserver.WithInactiveDrivers(k.keys.InactiveDrivers...),
		fakeserver.WithDefaultURI(k.keys.DefaultURI),
	}
	for _, f := range k.keys.TestFiles {
		opts = append(opts, fakeserver.WithTestFile(f.Path, f.XML))
	}
	for _, driver := range k.drivers {
		if o, ok := k.objects[driver]; ok {
			opts = append(opts, fakeserver.WithObjects(driver, o))
		}
	}
	return opts
}
