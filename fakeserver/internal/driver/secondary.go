package driver

import "github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"

// secondaryDrivers returns the drivers of the daemon's own objects. Each can also
// be opened by itself (network:///system), which the modular daemons do with each
// other: such a connection has that kind of objects and no hypervisor.
func secondaryDrivers() []*Driver {
	var all []*Driver
	for _, kind := range []Kind{Interfaces, Networks, Secrets, Pools, NodeDevices, NWFilters} {
		all = append(all, secondary(kind))
	}
	return all
}

func secondary(kind Kind) *Driver {
	name := string(kind)
	d := &Driver{
		Name: name, Schemes: []string{name}, Type: name,
		Proof:      "measured: opening, wrong paths, features, what it refuses",
		DefaultURI: name + ":///system", SessionURI: name + ":///session",
		CheckPath: systemOrSession(name, false),
		Only:      kind,
		Traits: hypervisor.Traits{
			ErrorDomain: hypervisor.FromNone,
			Host:        hypervisor.HostTraits{Figures: &hypervisor.FixedFigures{}},
		},
		Populate: nothing,
	}
	switch kind {
	case Pools:
		// What there is to know of pools is also this driver's capabilities.
		d.Traits.Host.Capabilities = recorded("kvm.txt", "pool-capabilities")
	case NWFilters:
		// It runs in every daemon, and knows one path.
		d.SessionURI = d.DefaultURI
		d.CheckPath = onlyPaths(hypervisor.FromNWFilter, "unexpected nwfilter URI path '%s', try nwfilter:///system", "/system")
	}
	return d.with(name)
}
