package driver

import (
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Test returns libvirt's test driver as test:///default opens it: a hypervisor
// that is made up, and begins anew when nobody uses it any more.
func Test() *Driver {
	d := &Driver{
		Name:             "test",
		Schemes:          []string{"test"},
		Type:             "TEST",
		ownName:          "Test",
		unguarded:        true,
		Version:          2,
		Proof:            "measured",
		DefaultURI:       "test:///default",
		SessionURI:       "test:///default",
		CheckPath:        checkTestPath,
		Files:            true,
		InLibrary:        true,
		ResetsWhenUnused: true,
		Traits: hypervisor.Traits{
			CountsCallbacksTogether: true,
			ErrorDomain:             hypervisor.FromTest,
			Domain:                  testDomains,
			Host:                    testHost,
			Objects:                 testObjects,
		},
	}
	d.Populate = populateOnce(d, populateTest)
	return d
}

// checkTestPath refuses URIs without a path. Any but /default is that of a file
// from which the driver reads its objects.
func checkTestPath(path string, _ bool) error {
	if path == "" || path == "/" {
		return hypervisor.Errorf(hypervisor.FromTest, libvirt.ErrInvalidArg,
			"testOpen: supply a path or use test:///default")
	}
	return nil
}

var testDomains = hypervisor.DomainTraits{
	KindTraits: testKind,
	Flags: map[string]uint32{
		"ConnectListAllDomains": hypervisor.ListDomainsFilters,
		"DomainCreateXML":       uint32(libvirt.DomainStartValidate),
		"DomainDefineXMLFlags":  uint32(libvirt.DomainDefineValidate),
		"DomainDestroyFlags":    uint32(libvirt.DomainDestroyGraceful),
		"DomainUndefineFlags":   uint32(libvirt.DomainUndefineManagedSave | libvirt.DomainUndefineSnapshotsMetadata),
		"DomainReboot": uint32(libvirt.DomainRebootAcpiPowerBtn | libvirt.DomainRebootGuestAgent |
			libvirt.DomainRebootInitctl | libvirt.DomainRebootSignal | libvirt.DomainRebootParavirt),
		"DomainGetXMLDesc": uint32(libvirt.DomainXMLSecure | libvirt.DomainXMLInactive | libvirt.DomainXMLMigratable),
		"DomainSetMemoryFlags": uint32(libvirt.DomainMemLive | libvirt.DomainMemConfig |
			libvirt.DomainMemMaximum),
		"DomainGetVcpusFlags":  uint32(libvirt.DomainVCPULive | libvirt.DomainVCPUConfig | libvirt.DomainVCPUMaximum),
		"DomainSetVcpusFlags":  uint32(libvirt.DomainVCPULive | libvirt.DomainVCPUConfig | libvirt.DomainVCPUMaximum),
		"DomainGetVcpuPinInfo": uint32(libvirt.DomainAffectLive | libvirt.DomainAffectConfig),
		"DomainManagedSave": uint32(libvirt.DomainSaveBypassCache | libvirt.DomainSaveRunning |
			libvirt.DomainSavePaused),
		"DomainGetMessages": uint32(libvirt.DomainMessageDeprecation | libvirt.DomainMessageTainting),
		"DomainGetMetadata": uint32(libvirt.DomainAffectLive | libvirt.DomainAffectConfig),
		"DomainSetMetadata": uint32(libvirt.DomainAffectLive | libvirt.DomainAffectConfig),
	},
	BareNotFound: true,
	Refusals: hypervisor.DomainRefusals{
		StartActive:      refuse(hypervisor.FromTest, libvirt.ErrInternalError, "Domain '%s' is already running"),
		SuspendInactive:  refuse(hypervisor.FromTest, libvirt.ErrInternalError, "domain '%s' not running"),
		SuspendPaused:    refuse(hypervisor.FromTest, libvirt.ErrInternalError, "domain '%s' not running"),
		ResumeInactive:   refuse(hypervisor.FromTest, libvirt.ErrInternalError, "domain '%s' not paused"),
		ResumeRunning:    refuse(hypervisor.FromTest, libvirt.ErrInternalError, "domain '%s' not paused"),
		ShutdownInactive: refuse(hypervisor.FromTest, libvirt.ErrInternalError, "domain '%s' not running"),
		VcpusInactive:    refuse(hypervisor.FromTest, libvirt.ErrOperationInvalid, "cannot list vcpus for an inactive domain"),
		VcpusLive:        "requested cpu amount exceeds maximum (%d > %d)",
		VcpusConfig:      "requested cpu amount exceeds maximum (%d > %d)",
	},
	XML: hypervisor.DomainXMLTraits{
		Arch:            "i686",
		InterfacePrefix: "testnet",
		RandomSource:    "/dev/random",
	},
	OSType:           "linux",
	TransientKeepsID: true,
	SecurityLabels:   []hypervisor.SecurityLabel{{Label: "libvirt-test", Enforcing: true}},
	HostnameSuffix:   "host",
	OneMemoryDef:     true,
	MaxVcpus:         32,
	Guest: hypervisor.GuestTraits{
		// The time of day stands in for the CPU time.
		CPUTime: func(now time.Time, _ time.Duration) uint64 {
			return uint64(now.UnixMicro()) * 1000
		},
	},
}

func refuse(from libvirt.ErrorDomain, code libvirt.ErrorNumber, text string) hypervisor.Refusal {
	return hypervisor.Refusal{Code: code, From: from, Text: text}
}

// populateTest makes the objects of test:///default.
func populateTest(s *hypervisor.State) error {
	running := hypervisor.Standing{Active: true, Persistent: true}
	if _, err := s.AddDomain(recorded("test.txt", "dumpxml test"), running); err != nil {
		return err
	}
	return populateTestObjects(s)
}
