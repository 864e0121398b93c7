package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// The parts of libvirt that raise errors, VIR_FROM_…, as far as this fake has
// them. go-libvirt does not export its own names for them.
const (
	FromNone      libvirt.ErrorDomain = 0
	FromXen       libvirt.ErrorDomain = 1
	FromXML       libvirt.ErrorDomain = 5
	FromRPC       libvirt.ErrorDomain = 7
	FromQEMU      libvirt.ErrorDomain = 10
	FromTest      libvirt.ErrorDomain = 12
	FromRemote    libvirt.ErrorDomain = 13
	FromStorage   libvirt.ErrorDomain = 18
	FromNetwork   libvirt.ErrorDomain = 19
	FromDomain    libvirt.ErrorDomain = 20
	FromNodeDev   libvirt.ErrorDomain = 22
	FromInterface libvirt.ErrorDomain = 26
	FromSecret    libvirt.ErrorDomain = 30
	FromCPU       libvirt.ErrorDomain = 31
	FromNWFilter  libvirt.ErrorDomain = 33
	FromStreams   libvirt.ErrorDomain = 38
	FromEvent     libvirt.ErrorDomain = 40
	FromURI       libvirt.ErrorDomain = 45
	FromIdentity  libvirt.ErrorDomain = 53
	FromPolkit    libvirt.ErrorDomain = 60
)
