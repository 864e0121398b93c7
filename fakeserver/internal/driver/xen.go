package driver

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Xen returns libvirt's driver of Xen, by way of libxenlight. It does not show the
// privileged domain in which the daemon runs.
func Xen() *Driver {
	const emulator = "/usr/lib/xen-4.17/bin/qemu-system-i386"
	capabilities := capabilitiesOf(
		guest{osType: "xen", arch: "x86_64", wordSize: "64", emulator: emulator, domainType: "xen"},
		guest{osType: "xenpvh", arch: "x86_64", wordSize: "64", emulator: emulator, domainType: "xen"},
		guest{osType: "hvm", arch: "i686", wordSize: "32", emulator: emulator, domainType: "xen"},
		guest{osType: "hvm", arch: "x86_64", wordSize: "64", emulator: emulator, domainType: "xen"},
	)
	vcpu := uint32(libvirt.DomainVCPULive | libvirt.DomainVCPUConfig | libvirt.DomainVCPUMaximum)
	domains := guestDomains(hypervisor.FromLibXL, "libxl", capabilities, map[string]uint32{
		"DomainCreateXML":       uint32(libvirt.DomainStartPaused | libvirt.DomainStartValidate),
		"DomainCreateWithFlags": uint32(libvirt.DomainStartPaused),
		"DomainShutdownFlags":   uint32(libvirt.DomainShutdownAcpiPowerBtn | libvirt.DomainShutdownParavirt),
		"DomainReboot":          uint32(libvirt.DomainRebootParavirt),
		"DomainUndefineFlags":   uint32(libvirt.DomainUndefineManagedSave),
		"DomainGetVcpusFlags":   vcpu,
		"DomainSetVcpusFlags":   vcpu,
		"DomainGetVcpuPinInfo":  uint32(libvirt.DomainAffectLive | libvirt.DomainAffectConfig),
	})
	domains.BareNotFound = true
	domains.ManagedSaveDir = "/var/lib/libvirt/libxl/save"
	domains.XML.ConsoleTarget = "xen"
	domains.XML.Namespace, domains.XML.NamespacePrefix = "http://libvirt.org/schemas/domain/xen/1.0", "xen"
	domains.XML.MACPrefix = [3]byte{0x00, 0x16, 0x3e}
	host := machineHost(hypervisor.FromLibXL, "libxl", capabilities)
	host.MaxVcpus = 128
	d := &Driver{
		Name: "xen", Schemes: []string{"xen"}, Type: "Xen",
		Version:    4017000, // of Debian 12
		Proof:      "measured: what it says without Xen; unproved: the rest",
		DefaultURI: "xen:///system",
		CheckPath:  onlyPaths(hypervisor.FromLibXL, "unexpected Xen URI path '%s', try xen:///system", "", "/", "/system"),
		Inactive:   inactive(hypervisor.FromLibXL, "libxenlight state driver is not active"), InactiveFirst: true,
		Features: []int32{
			4,  // VIR_DRV_FEATURE_MIGRATION_P2P
			6,  // VIR_DRV_FEATURE_MIGRATION_V3
			13, // VIR_DRV_FEATURE_MIGRATION_PARAMS
		},
		SharesObjects: true,
		Traits: hypervisor.Traits{
			ErrorDomain: hypervisor.FromLibXL,
			Domain:      domains,
			Host:        host,
			Objects:     qemuObjects,
		},
	}
	d.Populate = populateOnce(d, populateQEMUObjects)
	return d.with("xen")
}
