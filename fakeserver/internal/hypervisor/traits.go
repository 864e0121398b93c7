package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// Traits is what one driver does in its own way, as data: its error domain, the
// texts and refusals that differ, the defaults that it fills in, the host that
// it shows. Package driver holds one for each driver; State consults it and
// never asks which driver it belongs to.
type Traits struct {
	// ErrorDomain is the driver's VIR_FROM_…, such as VIR_FROM_QEMU.
	ErrorDomain libvirt.ErrorDomain
	// Domain is how the driver treats domains.
	Domain DomainTraits
	// Host is the node that the driver shows before anything changes it.
	Host HostTraits
	// Objects is how the driver treats networks, pools, node devices and the
	// other kinds that secondary drivers serve in the real daemon.
	Objects ObjectTraits
	// CountsCallbacksTogether is true for a driver that numbers the registrations
	// for all its events in one row, and not those of each class.
	CountsCallbacksTogether bool
}
