package driver

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// CH returns libvirt's driver of Cloud Hypervisor, which takes any path.
func CH() *Driver {
	capabilities := capabilitiesOf(guest{osType: "hvm", arch: "x86_64", wordSize: "64", domainType: "kvm"})
	affect := uint32(libvirt.DomainAffectLive | libvirt.DomainAffectConfig)
	domains := guestDomains(hypervisor.FromCH, "ch", capabilities, map[string]uint32{
		"DomainCreateXML":      uint32(libvirt.DomainStartValidate),
		"DomainShutdownFlags":  uint32(libvirt.DomainShutdownAcpiPowerBtn),
		"DomainReboot":         uint32(libvirt.DomainRebootAcpiPowerBtn),
		"DomainGetVcpusFlags":  affect | uint32(libvirt.DomainVCPUMaximum|libvirt.DomainVCPUGuest),
		"DomainGetVcpuPinInfo": affect,
	})
	domains.NotFound = hypervisor.NotFound{ID: "no domain with matching id '%d'"}
	domains.Refusals.UndefineTransient = refuse(hypervisor.FromCH, libvirt.ErrOperationInvalid, "Cannot undefine transient domain")
	domains.Refusals.ShutdownInactive = refuse(hypervisor.FromCH, libvirt.ErrOperationInvalid, "only can shutdown running/paused domain")
	d := &Driver{
		Name: "ch", Schemes: []string{"ch"}, Type: "CH",
		Version:    28000000,
		Proof:      "unproved: Debian's libvirt is built without it",
		DefaultURI: "ch:///system", SessionURI: "ch:///session",
		CheckPath: func(string, bool) error { return nil },
		Inactive:  inactive(hypervisor.FromCH, "Cloud-Hypervisor state driver is not active"),

		SharesObjects: true,
		Traits: hypervisor.Traits{
			ErrorDomain: hypervisor.FromCH,
			Domain:      domains,
			Host:        machineHost(hypervisor.FromCH, "ch", capabilities),
			Objects:     qemuObjects,
		},
	}
	d.Populate = populateOnce(d, populateQEMUObjects)
	return d.with("ch")
}
