package driver

import (
	"math"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// LXC returns libvirt's driver of Linux containers.
func LXC() *Driver {
	const emulator = "/usr/lib/libvirt/libvirt_lxc"
	capabilities := capabilitiesOf(
		guest{osType: "exe", arch: "x86_64", wordSize: "64", emulator: emulator, domainType: "lxc"},
		guest{osType: "exe", arch: "i686", wordSize: "32", emulator: emulator, domainType: "lxc"},
	)
	domains := guestDomains(hypervisor.FromLXC, "lxc", capabilities, map[string]uint32{
		"DomainCreateXML":       uint32(libvirt.DomainStartAutodestroy | libvirt.DomainStartValidate),
		"DomainCreateWithFlags": uint32(libvirt.DomainStartAutodestroy),
		"DomainShutdownFlags":   uint32(libvirt.DomainShutdownInitctl | libvirt.DomainShutdownSignal),
		"DomainReboot":          uint32(libvirt.DomainRebootInitctl | libvirt.DomainRebootSignal),
		"DomainGetMetadata":     math.MaxUint32, // looks at none
		"DomainGetHostname":     uint32(libvirt.DomainGetHostnameLease),
	})
	domains.NotFound = hypervisor.NotFound{
		Name: "No domain with matching name '%s'",
		UUID: "No domain with matching uuid '%s'",
		ID:   "No domain with matching id %d",
	}
	domains.Within = map[string]string{
		"DomainCreateXML": "DomainCreateXMLWithFiles", "DomainCreateWithFlags": "DomainCreateWithFiles",
	}
	domains.Refusals.StartNoConsole = refuse(hypervisor.FromLXC, libvirt.ErrConfigUnsupported, "At least one PTY console is required")
	domains.XML.ConsoleTarget = "lxc"
	domains.XML.Namespace, domains.XML.NamespacePrefix = "http://libvirt.org/schemas/domain/lxc/1.0", "lxc"
	d := &Driver{
		Name: "lxc", Schemes: []string{"lxc"}, Type: "LXC",
		Version:    6001000, // the kernel's, of Debian 12
		Proof:      "measured: opening, wrong paths, the host, definitions, refusals; unproved: a running container",
		DefaultURI: "lxc:///system",
		CheckPath:  onlyPaths(hypervisor.FromLXC, "Unexpected LXC URI path '%s', try lxc:///system", "", "/", "/system"),
		Inactive:   inactive(hypervisor.FromLXC, "lxc state driver is not active"),

		SharesObjects: true,
		Traits: hypervisor.Traits{
			ErrorDomain: hypervisor.FromLXC,
			Domain:      domains,
			Host:        machineHost(hypervisor.FromLXC, "lxc", capabilities),
			Objects:     qemuObjects,
		},
	}
	d.Populate = populateOnce(d, populateQEMUObjects)
	return d.with("lxc")
}
