package driver

import (
	"slices"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Some of libvirt's drivers are part of its library, and so of every daemon,
// whatever else is installed. A node has no hypervisor for them; what they say
// then is measured.

var (
	esxSchemes    = []string{"esx", "gsx", "vpx"}
	vmwareSchemes = []string{"vmwareplayer", "vmwarews", "vmwarefusion"}
)

// refuse answers a URI of a driver that every libvirt has, and that cannot run on
// the node; nil for other URIs.
func (u *openURI) refuse() error {
	switch {
	case slices.Contains(esxSchemes, u.scheme):
		return hypervisor.Errorf(hypervisor.FromNone, libvirt.ErrInvalidArg, "URI is missing the server part")
	case u.scheme == "openvz":
		return OpenVZ().open(u.path, false, false)
	case slices.Contains(vmwareSchemes, u.scheme) && u.path != "/session":
		return hypervisor.Errorf(hypervisor.FromVMware, libvirt.ErrInternalError, "unexpected VMware URI path '%s', try %s", u.path,
			"vmwareplayer:///session, vmwarews:///session or vmwarefusion:///session")
	case slices.Contains(vmwareSchemes, u.scheme):
		return inactive(hypervisor.FromVMware, "vmrun utility is missing")
	}
	return nil
}

// daemonOf returns the name of the modular daemon for a scheme.
func daemonOf(scheme string) string {
	scheme, _, _ = strings.Cut(scheme, "+")
	return "virt" + scheme + "d"
}
