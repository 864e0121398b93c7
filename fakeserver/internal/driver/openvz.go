package driver

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// OpenVZ returns libvirt's driver of OpenVZ containers.
func OpenVZ() *Driver {
	capabilities := capabilitiesOf(guest{osType: "exe", arch: "x86_64", wordSize: "64", domainType: "openvz"})
	domains := guestDomains(hypervisor.FromOpenVZ, "openvz", capabilities, map[string]uint32{
		"DomainCreateXML": uint32(libvirt.DomainStartValidate),
	})
	domains.NotFound = hypervisor.NotFound{
		Name: "no domain with matching name '%s'",
		ID:   "no domain with matching id '%d'",
		Held: "no domain with matching uuid '%[1]s'",
	}
	domains.XML.ConsoleTarget = "openvz"
	host := machineHost(hypervisor.FromOpenVZ, "openvz", capabilities)
	host.MaxVcpus, host.MaxVcpusByType = 1028, map[string]int32{"openvz": 1028}
	d := &Driver{
		Name: "openvz", Schemes: []string{"openvz"}, Type: "OpenVZ", ownName: "OPENVZ", unguarded: true,
		Version:    4007000, // of vzctl
		Proof:      "measured: wrong paths, what it says without OpenVZ; unproved: the rest",
		DefaultURI: "openvz:///system", SessionURI: "openvz:///system",
		CheckPath: onlyPaths(hypervisor.FromOpenVZ, "unexpected OpenVZ URI path '%s', try openvz:///system", "/system"),
		Inactive:  inactive(hypervisor.FromOpenVZ, "OpenVZ control file /proc/vz does not exist"),
		InLibrary: true,
		Features: []int32{
			6,  // VIR_DRV_FEATURE_MIGRATION_V3
			13, // VIR_DRV_FEATURE_MIGRATION_PARAMS
		},
		SharesObjects: true,
		Traits: hypervisor.Traits{
			ErrorDomain: hypervisor.FromOpenVZ,
			Domain:      domains,
			Host:        host,
			Objects:     qemuObjects,
		},
	}
	d.Populate = populateOnce(d, populateQEMUObjects)
	return d.with("openvz")
}
