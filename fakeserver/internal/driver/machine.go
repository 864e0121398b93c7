package driver

import (
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// guest is a kind of guest as a driver's capabilities tell it.
type guest struct {
	osType, arch, wordSize, emulator, domainType string
	rest                                         string // further elements
}

// capabilitiesOf makes the capabilities of a driver on the machine on which the
// QEMU driver runs, with the elements that drivers have that know less of its CPU.
func capabilitiesOf(guests ...guest) string {
	all := recorded("kvm.txt", "capabilities")
	host, _, _ := strings.Cut(all, "  </host>\n")
	uuid := between(host, "    <uuid>", "\n")
	topology := between(host, "    <topology>", "</topology>\n")
	cache := between(host, "    <cache>", "</cache>\n")
	var b strings.Builder
	b.WriteString("<capabilities>\n\n  <host>\n" + uuid + `    <cpu>
      <arch>x86_64</arch>
      <pages unit='KiB' size='4'/>
      <pages unit='KiB' size='2048'/>
      <pages unit='KiB' size='1048576'/>
    </cpu>
    <power_management/>
    <iommu support='no'/>
` + topology + cache + `    <secmodel>
      <model>none</model>
      <doi>0</doi>
    </secmodel>
  </host>
`)
	for _, g := range guests {
		b.WriteString("\n  <guest>\n    <os_type>" + g.osType + "</os_type>\n    <arch name='" + g.arch + "'>\n" +
			"      <wordsize>" + g.wordSize + "</wordsize>\n")
		if g.emulator != "" {
			b.WriteString("      <emulator>" + g.emulator + "</emulator>\n")
		}
		b.WriteString("      <domain type='" + g.domainType + "'/>\n    </arch>\n" + g.rest + "  </guest>\n")
	}
	b.WriteString("\n</capabilities>\n")
	return b.String()
}

// between returns the part of a text from one mark to the end of the next.
func between(text, from, to string) string {
	_, rest, ok := strings.Cut(text, from)
	part, _, closed := strings.Cut(rest, to)
	if !ok || !closed {
		panic("the capabilities have no " + from)
	}
	return from + part + to
}

// machineHost is the machine of the QEMU driver as another driver shows it.
func machineHost(from libvirt.ErrorDomain, prefix, capabilities string) hypervisor.HostTraits {
	h := qemuHost
	h.KindTraits = hypervisor.KindTraits{ErrorDomain: from, Prefix: prefix}
	h.Capabilities = capabilities
	h.DomainCapabilities = nil
	h.MaxVcpus, h.MaxVcpusByType = 0, nil
	return h
}

// guestDomains is how a driver treats domains whose definitions it takes as they
// are: the refusals that libvirt's common code has, and no others.
func guestDomains(from libvirt.ErrorDomain, prefix, capabilities string, flags map[string]uint32) hypervisor.DomainTraits {
	notRunning := refuse(hypervisor.FromDomain, libvirt.ErrOperationInvalid, "domain is not running")
	known := map[string]uint32{
		"ConnectListAllDomains": hypervisor.ListDomainsFilters,
		"DomainDefineXMLFlags":  uint32(libvirt.DomainDefineValidate),
		"DomainGetXMLDesc":      uint32(libvirt.DomainXMLSecure | libvirt.DomainXMLInactive | libvirt.DomainXMLMigratable),
		"DomainSetMetadata":     uint32(libvirt.DomainAffectLive | libvirt.DomainAffectConfig),
		"DomainGetMetadata":     uint32(libvirt.DomainAffectLive | libvirt.DomainAffectConfig),
		"DomainSetMemoryFlags":  uint32(libvirt.DomainMemLive | libvirt.DomainMemConfig | libvirt.DomainMemMaximum),
	}
	for name, f := range flags {
		known[name] = f
	}
	return hypervisor.DomainTraits{
		KindTraits: hypervisor.KindTraits{ErrorDomain: from, Prefix: prefix},
		Flags:      known,
		Refusals: hypervisor.DomainRefusals{
			StartActive:      refuse(from, libvirt.ErrOperationInvalid, "Domain is already running"),
			SuspendInactive:  notRunning,
			ResumeInactive:   notRunning,
			ShutdownInactive: notRunning,
			UndefineTransient: refuse(from, libvirt.ErrOperationInvalid,
				"cannot undefine transient domain"),
			AutostartOf: refuse(from, libvirt.ErrOperationInvalid,
				"cannot set autostart for transient domain"),
			VcpusInactive: refuse(from, libvirt.ErrOperationInvalid, "cannot list vcpus for an inactive domain"),
			VcpusLive:     "requested vcpus is greater than max allowable vcpus for the domain: %d > %d",
			VcpusConfig:   "requested vcpus is greater than max allowable vcpus for the domain: %d > %d",
		},
		Guest:          hypervisor.GuestTraits{CPUTime: qemuGuest.CPUTime},
		SecurityLabels: []hypervisor.SecurityLabel{{}},
		XML: hypervisor.DomainXMLTraits{
			Arch:         "x86_64",
			RandomSource: "/dev/random",
			Guests:       hypervisor.GuestsOf(capabilities),
		},
	}
}
