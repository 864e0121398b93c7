package fakeserver

import (
	"slices"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Objects is everything that a driver holds, as data: what [Driver.Objects]
// returns, [WithObjects] makes again. The zero value is a driver without objects.
//
// Not in it are the node's random source, so that what a node makes up later is
// that of its own seed; when the host came up, which shows in its CPU times; and
// what asks for events. A [Snapshot] has all but the last.
type Objects struct {
	// Domains are in the order in which they were defined or created, in which
	// lists show them.
	Domains []DomainObject
	// Networks, Pools, Interfaces and NodeDevices are in the order of their names.
	Networks    []NetworkObject
	Pools       []PoolObject
	Interfaces  []InterfaceObject
	NodeDevices []NodeDeviceObject

	// LastDomainID is the highest id that a domain ever had. 0 stands for the
	// highest that one has.
	LastDomainID int32
	// NetworkDevices is how many network devices domains ever got, which numbers
	// the next one (vnet3, macvtap3). 0 stands for as many as domains have need
	// of.
	NetworkDevices int

	// Verbatim is true for what Driver.Objects returned: what no driver would make
	// of a domain's XML is there on purpose. There are definitions that libvirt
	// shows, and would refuse or change if it were given them. Leave it out for
	// documents from elsewhere, or that have been changed: a driver then fills in
	// what they lack.
	Verbatim bool
}

// DomainObject is a domain. One with XML and nothing else is defined and shut off.
type DomainObject struct {
	// XML is the definition that the domain starts with next, with its secrets.
	// It is "" for a domain without, which is active and transient.
	XML string
	// LiveXML is the definition of an active domain as it runs. "" has the
	// domain started with XML, which chooses what a start chooses: pseudo
	// terminals, ports, the names of network devices.
	LiveXML string
	// StartXML is what an active domain was started with, if it is not XML. What
	// LiveXML has beyond it is of this run only.
	StartXML string

	// State is "running", "paused" or "shutoff"; "" is "shutoff".
	State string
	// Reason is libvirt's name for how it came to that: "booted", "user",
	// "destroyed" (virDomainRunningReason and its like). "" is "unknown", or for
	// a paused domain "user".
	Reason string
	// ID is an active domain's; 0 has it get the next one.
	ID int32
	// Started is when an active domain was started, from which its CPU time
	// counts. The zero time is now.
	Started time.Time

	// Transient is true for a domain that is gone once it ends. If it has XML, it
	// was undefined while it ran.
	Transient bool
	Autostart bool
	// ManagedSave is true for a domain whose state virDomainManagedSave saved;
	// SavedPaused, if it was paused then.
	ManagedSave, SavedPaused bool
	// RebootPending is true for a paused domain that was asked to reboot, which
	// it does when it runs again.
	RebootPending bool
}

// NetworkObject is a virtual network.
type NetworkObject struct {
	// XML is the definition that the network starts with next.
	XML string
	// LiveXML is the definition in effect, if it is not XML.
	LiveXML   string
	Active    bool
	Autostart bool
	// Transient is true for a network that is gone once it stops.
	Transient bool
}

// PoolObject is a storage pool.
type PoolObject struct {
	XML       string
	Active    bool
	Autostart bool
	// Transient is true for a pool that is gone once it stops.
	Transient bool
}

// InterfaceObject is an interface of the host.
type InterfaceObject struct {
	XML    string
	Active bool
}

// NodeDeviceObject is a device of the host.
type NodeDeviceObject struct{ XML string }

// Objects returns everything that the driver holds.
func (d *Driver) Objects() Objects {
	held := d.state.Objects()
	return Objects{
		Domains:      convert(held.Domains, func(o hypervisor.DomainObject) DomainObject { return DomainObject(o) }),
		Networks:     convert(held.Networks, func(o hypervisor.NetworkObject) NetworkObject { return NetworkObject(o) }),
		Pools:        convert(held.Pools, func(o hypervisor.PoolObject) PoolObject { return PoolObject(o) }),
		Interfaces:   convert(held.Interfaces, func(o hypervisor.InterfaceObject) InterfaceObject { return InterfaceObject(o) }),
		NodeDevices:  convert(held.NodeDevices, func(o hypervisor.NodeDeviceObject) NodeDeviceObject { return NodeDeviceObject(o) }),
		LastDomainID: held.LastDomainID, NetworkDevices: held.NetworkDevices,
		Verbatim: held.Verbatim,
	}
}

// WithObjects begins with these objects in place of those that the driver ("qemu",
// "test") has from the start. Other options add to them; of two WithObjects for one
// driver the last counts. They are part of the state to which a driver that resets
// goes back. An object that the driver refuses, or that another one has no room
// beside, fails Start.
func WithObjects(driver string, o Objects) Option {
	want := hypervisor.Objects{
		Domains:      convert(o.Domains, func(o DomainObject) hypervisor.DomainObject { return hypervisor.DomainObject(o) }),
		Networks:     convert(o.Networks, func(o NetworkObject) hypervisor.NetworkObject { return hypervisor.NetworkObject(o) }),
		Pools:        convert(o.Pools, func(o PoolObject) hypervisor.PoolObject { return hypervisor.PoolObject(o) }),
		Interfaces:   convert(o.Interfaces, func(o InterfaceObject) hypervisor.InterfaceObject { return hypervisor.InterfaceObject(o) }),
		NodeDevices:  convert(o.NodeDevices, func(o NodeDeviceObject) hypervisor.NodeDeviceObject { return hypervisor.NodeDeviceObject(o) }),
		LastDomainID: o.LastDomainID, NetworkDevices: o.NetworkDevices,
		Verbatim: o.Verbatim,
	}
	return func(c *config) {
		others := slices.DeleteFunc(c.populate, func(p population) bool { return p.replaces && p.driver == driver })
		c.populate = append([]population{{
			driver: driver, replaces: true,
			add: func(d *Driver) error { return d.state.SetObjects(want) },
		}}, others...)
	}
}

func convert[A, B any](in []A, to func(A) B) []B {
	if in == nil {
		return nil
	}
	out := make([]B, len(in))
	for i, x := range in {
		out[i] = to(x)
	}
	return out
}
