package driver

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Bhyve returns libvirt's driver of FreeBSD's hypervisor.
func Bhyve() *Driver {
	capabilities := capabilitiesOf(guest{osType: "hvm", arch: "x86_64", wordSize: "64", emulator: "bhyve", domainType: "bhyve"})
	domains := guestDomains(hypervisor.FromBhyve, "bhyve", capabilities, map[string]uint32{
		"DomainCreateXML":       uint32(libvirt.DomainStartAutodestroy | libvirt.DomainStartValidate),
		"DomainCreateWithFlags": uint32(libvirt.DomainStartAutodestroy),
		"DomainReboot":          uint32(libvirt.DomainRebootAcpiPowerBtn),
	})
	domains.NotFound = hypervisor.NotFound{
		UUID: "No domain with matching uuid '%s'",
		ID:   "No domain with matching ID '%d'",
	}
	domains.Refusals.UndefineTransient = refuse(hypervisor.FromBhyve, libvirt.ErrOperationInvalid, "Cannot undefine transient domain")
	domains.XML.Namespace, domains.XML.NamespacePrefix = "http://libvirt.org/schemas/domain/bhyve/1.0", "bhyve"
	host := machineHost(hypervisor.FromBhyve, "bhyve", capabilities)
	host.MaxVcpus, host.MaxVcpusByType = 16, map[string]int32{"bhyve": 16}
	d := &Driver{
		Name: "bhyve", Schemes: []string{"bhyve"}, Type: "BHYVE", ownName: "bhyve",
		Version:    13001000, // the kernel's, of FreeBSD 13.1
		Proof:      "unproved: it runs on FreeBSD alone",
		DefaultURI: "bhyve:///system",
		CheckPath:  onlyPaths(hypervisor.FromBhyve, "Unexpected bhyve URI path '%s', try bhyve:///system", "/system"),
		Inactive:   inactive(hypervisor.FromBhyve, "bhyve state driver is not active"),

		SharesObjects: true,
		Traits: hypervisor.Traits{
			ErrorDomain: hypervisor.FromBhyve,
			Domain:      domains,
			Host:        host,
			Objects:     qemuObjects,
		},
	}
	d.Populate = populateOnce(d, populateQEMUObjects)
	return d.with("bhyve")
}
