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
	FromOpenVZ    libvirt.ErrorDomain = 14
	FromLXC       libvirt.ErrorDomain = 17
	FromStorage   libvirt.ErrorDomain = 18
	FromNetwork   libvirt.ErrorDomain = 19
	FromDomain    libvirt.ErrorDomain = 20
	FromNodeDev   libvirt.ErrorDomain = 22
	FromVBox      libvirt.ErrorDomain = 25
	FromInterface libvirt.ErrorDomain = 26
	FromESX       libvirt.ErrorDomain = 28
	FromSecret    libvirt.ErrorDomain = 30
	FromCPU       libvirt.ErrorDomain = 31
	FromNWFilter  libvirt.ErrorDomain = 33
	FromStreams   libvirt.ErrorDomain = 38
	FromVMware    libvirt.ErrorDomain = 39
	FromEvent     libvirt.ErrorDomain = 40
	FromLibXL     libvirt.ErrorDomain = 41
	FromCaps      libvirt.ErrorDomain = 44
	FromURI       libvirt.ErrorDomain = 45
	FromAuth      libvirt.ErrorDomain = 46
	FromParallels libvirt.ErrorDomain = 48
	FromIdentity  libvirt.ErrorDomain = 53
	FromAccess    libvirt.ErrorDomain = 55
	FromBhyve     libvirt.ErrorDomain = 57
	FromPolkit    libvirt.ErrorDomain = 60
	FromCH        libvirt.ErrorDomain = 72
)
