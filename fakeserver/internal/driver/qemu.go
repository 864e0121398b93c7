package driver

import (
	"math"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// QEMU returns libvirt's QEMU driver on an ordinary PC, without domains. No QEMU
// runs: a guest is what its definition says, and does at once what it is asked.
func QEMU() *Driver {
	d := &Driver{
		Name:       "qemu",
		Schemes:    []string{"qemu"},
		Type:       "QEMU",
		Version:    7002022, // of Debian 12
		Proof:      "measured",
		DefaultURI: "qemu:///system",
		SessionURI: "qemu:///session",
		CheckPath:  systemOrSession("qemu", true),
		Inactive:   inactive(hypervisor.FromQEMU, "qemu state driver is not active"), InactiveFirst: true,
		Features: []int32{
			4,  // VIR_DRV_FEATURE_MIGRATION_P2P
			3,  // VIR_DRV_FEATURE_MIGRATION_V2
			6,  // VIR_DRV_FEATURE_MIGRATION_V3
			7,  // VIR_DRV_FEATURE_MIGRATE_CHANGE_PROTECTION
			11, // VIR_DRV_FEATURE_XML_MIGRATABLE
			12, // VIR_DRV_FEATURE_MIGRATION_OFFLINE
			13, // VIR_DRV_FEATURE_MIGRATION_PARAMS
		},
		SharesObjects: true,
		Traits: hypervisor.Traits{
			ErrorDomain: hypervisor.FromQEMU,
			Domain:      qemuDomains(),
			Host:        qemuHost,
			Objects:     qemuObjects,
		},
	}
	d.Populate = populateOnce(d, populateQEMUObjects)
	return d
}

// qemuGuest is a guest that is up and uses a hundredth of a CPU.
var qemuGuest = hypervisor.GuestTraits{
	Events: true,
	CPUTime: func(_ time.Time, ran time.Duration) uint64 {
		return uint64(ran / 100)
	},
}

func qemuDomains() hypervisor.DomainTraits {
	const (
		affect  = uint32(libvirt.DomainAffectLive | libvirt.DomainAffectConfig)
		maximum = uint32(libvirt.DomainVCPUMaximum)
		guest   = uint32(libvirt.DomainVCPUGuest)
	)
	inactive := refuse(hypervisor.FromDomain, libvirt.ErrOperationInvalid, "domain is not running")
	running := refuse(hypervisor.FromQEMU, libvirt.ErrOperationInvalid, "domain is already running")
	notRunning := refuse(hypervisor.FromQEMU, libvirt.ErrOperationInvalid, "domain is not running")
	return hypervisor.DomainTraits{
		KindTraits: hypervisor.KindTraits{ErrorDomain: hypervisor.FromQEMU, Prefix: "qemu"},
		Flags: map[string]uint32{
			"ConnectListAllDomains": hypervisor.ListDomainsFilters,
			"DomainCreateXML": uint32(libvirt.DomainStartPaused | libvirt.DomainStartAutodestroy |
				libvirt.DomainStartValidate | libvirt.DomainStartResetNvram),
			"DomainCreateWithFlags": uint32(libvirt.DomainStartPaused | libvirt.DomainStartAutodestroy |
				libvirt.DomainStartBypassCache | libvirt.DomainStartForceBoot | libvirt.DomainStartResetNvram),
			"DomainDefineXMLFlags": uint32(libvirt.DomainDefineValidate),
			"DomainShutdownFlags":  uint32(libvirt.DomainShutdownAcpiPowerBtn | libvirt.DomainShutdownGuestAgent),
			"DomainReboot":         uint32(libvirt.DomainRebootAcpiPowerBtn | libvirt.DomainRebootGuestAgent),
			"DomainDestroyFlags":   uint32(libvirt.DomainDestroyGraceful | libvirt.DomainDestroyRemoveLogs),
			"DomainUndefineFlags": uint32(libvirt.DomainUndefineManagedSave | libvirt.DomainUndefineSnapshotsMetadata |
				libvirt.DomainUndefineNvram | libvirt.DomainUndefineKeepNvram |
				libvirt.DomainUndefineCheckpointsMetadata | libvirt.DomainUndefineTpm | libvirt.DomainUndefineKeepTpm),
			"DomainGetXMLDesc": uint32(libvirt.DomainXMLSecure | libvirt.DomainXMLInactive |
				libvirt.DomainXMLUpdateCPU | libvirt.DomainXMLMigratable),
			"DomainSetMemoryFlags": affect | uint32(libvirt.DomainMemMaximum),
			"DomainGetVcpusFlags":  affect | maximum | guest,
			"DomainSetVcpusFlags":  affect | maximum | guest | uint32(libvirt.DomainVCPUHotpluggable),
			"DomainGetVcpuPinInfo": affect,
			"DomainManagedSave": uint32(libvirt.DomainSaveBypassCache | libvirt.DomainSaveRunning |
				libvirt.DomainSavePaused),
			"DomainGetMessages": uint32(libvirt.DomainMessageDeprecation | libvirt.DomainMessageTainting),
			"DomainGetMetadata": math.MaxUint32, // looks at none
			"DomainSetMetadata": affect,
			"DomainGetHostname": uint32(libvirt.DomainGetHostnameLease | libvirt.DomainGetHostnameAgent),
		},
		Refusals: hypervisor.DomainRefusals{
			StartActive:      running,
			SuspendInactive:  inactive,
			ResumeInactive:   inactive,
			ResumeRunning:    running,
			ShutdownInactive: notRunning,
			ShutdownPaused:   notRunning,
			UndefineTransient: refuse(hypervisor.FromQEMU, libvirt.ErrOperationInvalid,
				"cannot undefine transient domain"),
			AutostartOf: refuse(hypervisor.FromQEMU, libvirt.ErrOperationInvalid,
				"cannot set autostart for transient domain"),
			RenameSaved: refuse(hypervisor.FromQEMU, libvirt.ErrOperationInvalid,
				"domain with a managed saved state can't be renamed"),
			VcpusInactive: refuse(hypervisor.FromQEMU, libvirt.ErrOperationInvalid,
				"cannot retrieve vcpu information for inactive domain"),
			MaxVcpusLive: refuse(hypervisor.FromQEMU, libvirt.ErrOperationUnsupported,
				"maximum vcpu count of a live domain can't be modified"),
			VcpusLive:   "requested vcpus is greater than max allowable vcpus for the live domain: %d > %d",
			VcpusConfig: "requested vcpus is greater than max allowable vcpus for the persistent domain: %d > %d",
			NoGuestAgent: refuse(hypervisor.FromQEMU, libvirt.ErrArgumentUnsupported,
				"QEMU guest agent is not configured"),
			DeadGuestAgent: refuse(hypervisor.FromQEMU, libvirt.ErrAgentUnresponsive,
				"QEMU guest agent is not connected"),
		},
		Guest: qemuGuest,
		XML: hypervisor.DomainXMLTraits{
			Arch:            "x86_64",
			Namespace:       "http://libvirt.org/schemas/domain/qemu/1.0",
			NamespacePrefix: "qemu",
			RandomSource:    "/dev/random",
			PC: &hypervisor.PCTraits{
				Emulators:       hypervisor.EmulatorsOf(recorded("kvm.txt", "capabilities")),
				CPUModel:        "qemu64",
				LiveCPUFeatures: []string{"hypervisor", "lahf_lm"},
				Partition:       "/machine",
				Seclabel:        []hypervisor.PCSeclabel{{Model: "dac", Type: "dynamic", Label: "+64055:+64055"}},
				NVRAMDir:        "/var/lib/libvirt/qemu/nvram",
				StateDir:        "/var/lib/libvirt/qemu",
			},
		},
		// The security drivers are none and DAC, and libvirt's API shows no
		// label for either.
		SecurityLabels: []hypervisor.SecurityLabel{{}, {Label: "+64055:+64055"}},
		ManagedSaveDir: "/var/lib/libvirt/qemu/save",
	}
}
