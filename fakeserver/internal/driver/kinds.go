package driver

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Kind is one of the kinds of objects for which libvirt has a driver beside the
// hypervisor's, by the name of that driver. The daemon asks it for what a client
// wants of such an object, whatever hypervisor the client has opened.
type Kind string

// The kinds.
const (
	Interfaces  Kind = "interface"
	Networks    Kind = "network"
	NodeDevices Kind = "nodedev"
	NWFilters   Kind = "nwfilter"
	Secrets     Kind = "secret"
	Pools       Kind = "storage"
)

// KindOf returns the kind of objects that a procedure is about, from the error
// domain of its function; "" for hypervisors and domains.
func KindOf(domain libvirt.ErrorDomain) Kind {
	switch domain {
	case hypervisor.FromInterface:
		return Interfaces
	case hypervisor.FromNetwork:
		return Networks
	case hypervisor.FromNodeDev:
		return NodeDevices
	case hypervisor.FromNWFilter:
		return NWFilters
	case hypervisor.FromSecret:
		return Secrets
	case hypervisor.FromStorage:
		return Pools
	}
	return ""
}
