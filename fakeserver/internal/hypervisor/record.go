package hypervisor

import "time"

// Objects is everything that a State holds, as data. Its types are those of
// package fakeserver, field for field, which explains them.
type Objects struct {
	Domains        []DomainObject
	Networks       []NetworkObject
	Pools          []PoolObject
	Interfaces     []InterfaceObject
	NodeDevices    []NodeDeviceObject
	LastDomainID   int32
	NetworkDevices int
	Verbatim       bool
}

// DomainObject is a domain as data.
type DomainObject struct {
	XML, LiveXML, StartXML   string
	State, Reason            string
	ID                       int32
	Started                  time.Time
	Transient, Autostart     bool
	ManagedSave, SavedPaused bool
	RebootPending            bool
}

// NetworkObject is a network as data.
type NetworkObject struct {
	XML, LiveXML                 string
	Active, Autostart, Transient bool
}

// PoolObject is a storage pool as data.
type PoolObject struct {
	XML                          string
	Active, Autostart, Transient bool
}

// InterfaceObject is an interface of the host as data.
type InterfaceObject struct {
	XML    string
	Active bool
}

// NodeDeviceObject is a device of the host as data.
type NodeDeviceObject struct{ XML string }

// Objects returns everything that the State holds.
func (s *State) Objects() Objects {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := Objects{LastDomainID: s.domains.lastID, NetworkDevices: s.domains.taps, Verbatim: true}
	for _, dom := range s.domains.list {
		o.Domains = append(o.Domains, dom.object())
	}
	for _, n := range s.networks {
		o.Networks = append(o.Networks, n.object())
	}
	for _, p := range s.pools {
		o.Pools = append(o.Pools, PoolObject{XML: p.xml, Active: p.Active, Autostart: p.Autostart, Transient: !p.Persistent})
	}
	for _, i := range s.interfaces {
		o.Interfaces = append(o.Interfaces, InterfaceObject{XML: i.xml, Active: i.active})
	}
	for _, d := range s.nodeDevices {
		o.NodeDevices = append(o.NodeDevices, NodeDeviceObject{XML: d.xml})
	}
	return o
}

// object returns the domain as data.
func (d *domain) object() DomainObject {
	o := DomainObject{
		Transient: !d.persistent, Autostart: d.autostart,
		ManagedSave: d.managedSave, SavedPaused: d.managedSave && d.savedPaused,
		RebootPending: d.powerButton,
	}
	o.State, o.Reason = stateNames(d.state, d.reason)
	if !d.active() {
		o.XML = formatXML(d.def.root)
		return o
	}
	o.ID, o.Started = d.id, d.started.UTC().Round(0) // so that == compares
	o.LiveXML = formatXML(d.def.root)
	if d.newDef != nil {
		o.XML = formatXML(d.newDef.root)
	}
	if d.def.origin != nil {
		o.StartXML = formatXML(d.def.origin)
	}
	if o.StartXML == o.XML {
		o.StartXML = ""
	}
	// Where a start chooses nothing, the definition says all.
	if d.def.origin == nil && d.persistent && o.LiveXML == o.XML {
		o.LiveXML = ""
	}
	return o
}

// object returns the network as data.
func (n *network) object() NetworkObject {
	o := NetworkObject{XML: n.def.xml, Active: n.Active, Autostart: n.Autostart, Transient: !n.Persistent}
	if n.next != nil && n.next.xml != n.def.xml {
		o.XML, o.LiveXML = n.next.xml, n.def.xml
	}
	return o
}
