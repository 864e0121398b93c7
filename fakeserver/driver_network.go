package fakeserver

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Network names a virtual network, in go-libvirt's form.
type Network = libvirt.Network

func network(ref hypervisor.NetworkRef) Network {
	return Network{Name: ref.Name, UUID: libvirt.UUID(ref.UUID)}
}

// Networks returns all networks, active ones and others.
func (d *Driver) Networks() []Network {
	refs, err := d.objects().ConnectListAllNetworks(0)
	if err != nil {
		return nil // no flag is unknown: there is none
	}
	return convert(refs, network)
}

// Network looks a network up by its name (virNetworkLookupByName).
func (d *Driver) Network(name string) (Network, error) {
	ref, err := d.objects().NetworkLookupByName(name)
	return network(ref), public(err)
}

// DefineNetwork defines a network, or changes one of the same name and UUID
// (virNetworkDefineXML).
func (d *Driver) DefineNetwork(xml string) (Network, error) {
	ref, err := d.objects().NetworkDefineXML(xml, 0)
	return network(ref), public(err)
}

// CreateNetwork starts a network that is gone once it stops
// (virNetworkCreateXML).
func (d *Driver) CreateNetwork(xml string) (Network, error) {
	ref, err := d.objects().NetworkCreateXML(xml, 0)
	return network(ref), public(err)
}

// NetworkXML returns a network's XML (virNetworkGetXMLDesc).
func (d *Driver) NetworkXML(name string, flags libvirt.NetworkXMLFlags) (string, error) {
	var xml string
	err := d.network(name, func(ref hypervisor.NetworkRef) (err error) {
		xml, err = d.objects().NetworkGetXMLDesc(ref, uint32(flags))
		return err
	})
	return xml, err
}

// NetworkActive reports whether a network runs (virNetworkIsActive).
func (d *Driver) NetworkActive(name string) (bool, error) {
	var active bool
	err := d.network(name, func(ref hypervisor.NetworkRef) (err error) {
		active, err = d.objects().NetworkIsActive(ref)
		return err
	})
	return active, err
}

// StartNetwork starts a defined network (virNetworkCreate).
func (d *Driver) StartNetwork(name string) error { return d.network(name, d.objects().NetworkCreate) }

// DestroyNetwork stops a network (virNetworkDestroy).
func (d *Driver) DestroyNetwork(name string) error {
	return d.network(name, d.objects().NetworkDestroy)
}

// UndefineNetwork removes a network's definition (virNetworkUndefine).
func (d *Driver) UndefineNetwork(name string) error {
	return d.network(name, d.objects().NetworkUndefine)
}

// SetNetworkAutostart says whether a network starts with the daemon
// (virNetworkSetAutostart).
func (d *Driver) SetNetworkAutostart(name string, autostart bool) error {
	return d.network(name, func(ref hypervisor.NetworkRef) error {
		return d.objects().NetworkSetAutostart(ref, autostart)
	})
}

// RemoveNetwork stops a network if it runs, and removes its definition.
func (d *Driver) RemoveNetwork(name string) error { return d.network(name, d.objects().RemoveNetwork) }

func (d *Driver) network(name string, do func(hypervisor.NetworkRef) error) error {
	ref, err := d.objects().NetworkLookupByName(name)
	if err != nil {
		return public(err)
	}
	return public(do(ref))
}
