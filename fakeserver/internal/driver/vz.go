package driver

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// VZ returns libvirt's driver of Virtuozzo.
func VZ() *Driver {
	capabilities := capabilitiesOf(
		guest{osType: "hvm", arch: "x86_64", wordSize: "64", emulator: "parallels", domainType: "vz"},
		guest{osType: "exe", arch: "x86_64", wordSize: "64", emulator: "parallels", domainType: "vz"},
	)
	affect := uint32(libvirt.DomainAffectLive | libvirt.DomainAffectConfig)
	domains := guestDomains(hypervisor.FromParallels, "vz", capabilities, map[string]uint32{
		"DomainUndefineFlags":  uint32(libvirt.DomainUndefineManagedSave | libvirt.DomainUndefineSnapshotsMetadata),
		"DomainManagedSave":    uint32(libvirt.DomainSaveRunning | libvirt.DomainSavePaused),
		"DomainGetVcpusFlags":  affect | uint32(libvirt.DomainVCPUMaximum),
		"DomainSetVcpusFlags":  affect,
		"DomainSetMemoryFlags": affect,
	})
	domains.ManagedSaveDir = "/vz/vmprivate"
	host := machineHost(hypervisor.FromParallels, "vz", capabilities)
	host.MaxVcpus, host.MaxVcpusByType = 1028, map[string]int32{"vz": 1028, "parallels": 1028}
	d := &Driver{
		Name: "vz", Schemes: []string{"vz"}, Type: "vz",
		Version:    7000000,
		Proof:      "unproved: it needs Virtuozzo",
		DefaultURI: "vz:///system",
		CheckPath:  onlyPaths(hypervisor.FromParallels, "Unexpected Virtuozzo URI path '%s', try vz:///system", "/system"),
		Inactive:   inactive(hypervisor.FromParallels, "vz state driver is not active"),
		Features: []int32{
			4,  // VIR_DRV_FEATURE_MIGRATION_P2P
			13, // VIR_DRV_FEATURE_MIGRATION_PARAMS
		},
		SharesObjects: true,
		Traits: hypervisor.Traits{
			ErrorDomain: hypervisor.FromParallels,
			Domain:      domains,
			Host:        host,
			Objects:     qemuObjects,
		},
	}
	d.Populate = populateOnce(d, populateQEMUObjects)
	return d.with("vz")
}
