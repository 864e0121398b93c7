package hypervisor

import (
	"slices"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// DomainCapabilitiesQuery is what virConnectGetDomainCapabilities is asked for.
// nil leaves the choice to the driver.
type DomainCapabilitiesQuery struct{ Emulator, Arch, Machine, DomainType *string }

// defaultMachine is the alias of the machine that QEMU prefers on x86.
const defaultMachine = "pc"

// ConnectGetDomainCapabilities returns the document that describes what domains
// of the kind asked for may have. It fails with VIR_ERR_INVALID_ARG for what no
// emulator of the host does, and with VIR_ERR_CONFIG_UNSUPPORTED for an
// architecture without emulator.
func (s *State) ConnectGetDomainCapabilities(q DomainCapabilitiesQuery, flags uint32) (string, error) {
	const api = "ConnectGetDomainCapabilities"
	h := &s.traits.Host
	if err := h.require(api); err != nil {
		return "", err
	}
	if err := h.checkFlags(api, flags, 0); err != nil {
		return "", err
	}
	domainType := "none"
	if q.DomainType != nil {
		domainType = *q.DomainType
	}
	if !slices.Contains(domainTypes, domainType) {
		return "", h.errorf(libvirt.ErrInvalidArg, "unknown virttype: %s", domainType)
	}
	caps := s.host.capabilities()
	arch := caps.arch
	if q.Arch != nil {
		arch = *q.Arch
	}
	if !slices.Contains(architectures, arch) {
		return "", h.errorf(libvirt.ErrInvalidArg, "unknown architecture: %s", arch)
	}
	guest, err := h.findGuest(caps, q.Emulator, arch)
	if err != nil {
		return "", err
	}
	if domainType == "none" {
		domainType = "qemu"
		if slices.Contains(guest.domainTypes, "kvm") {
			domainType = "kvm"
		}
	}
	if domainType != "qemu" && !slices.Contains(guest.domainTypes, "kvm") {
		accel := "tcg"
		if domainType == "kvm" || domainType == "hvf" {
			accel = domainType
		}
		return "", h.errorf(libvirt.ErrInvalidArg, "the accel '%s' is not supported by '%s' on this host", accel, guest.emulator)
	}
	machine := defaultMachine
	if q.Machine != nil {
		machine = *q.Machine
	}
	m, ok := guest.machine(machine)
	if !ok {
		return "", h.errorf(libvirt.ErrInvalidArg, "the machine '%s' is not supported by emulator '%s'", machine, guest.emulator)
	}
	if arch != guest.arch && (guest.arch != "x86_64" || arch != "i686") {
		return "", h.errorf(libvirt.ErrInvalidArg, "Emulator '%s' does not support arch '%s'", guest.emulator, arch)
	}
	document, ok := h.DomainCapabilities[domainType]
	if !ok || !slices.Contains(guest.domainTypes, domainType) {
		return "", h.errorf(libvirt.ErrInvalidArg, "Emulator '%s' does not support virt type '%s'", guest.emulator, domainType)
	}
	return fillDomainCapabilities(document, guest.emulator, arch, m), nil
}

// findGuest returns the emulator that is asked for, or else the one that runs
// the architecture.
func (h *HostTraits) findGuest(caps *capabilities, emulator *string, arch string) (*guestCapabilities, error) {
	if emulator == nil {
		if guest := caps.guestFor(arch); guest != nil {
			return guest, nil
		}
		return nil, h.errorf(libvirt.ErrConfigUnsupported, "unable to find any emulator to serve '%s' architecture", arch)
	}
	guest := caps.guestOf(*emulator)
	if guest == nil {
		return nil, SystemError(h.ErrorDomain, ENOENT, "Cannot check QEMU binary %s", *emulator)
	}
	if architectureFamily(guest.arch) != architectureFamily(arch) {
		return nil, h.errorf(libvirt.ErrInvalidArg,
			"architecture from emulator '%s' doesn't match given architecture '%s'", guest.arch, arch)
	}
	return guest, nil
}

// architectureFamily is what libvirt takes to be related: an emulator of one
// may run guests of another of the family.
func architectureFamily(arch string) string {
	switch {
	case arch == "i686" || arch == "x86_64":
		return "x86"
	case strings.HasPrefix(arch, "ppc"):
		return "ppc"
	case strings.HasPrefix(arch, "arm") || arch == "aarch64":
		return "arm"
	case strings.HasPrefix(arch, "s390"):
		return "s390"
	}
	return arch
}

// fillDomainCapabilities makes the document for one machine out of the one for
// the default machine. libvirt's own answers differ in just this, but for i686,
// where the CPU's 64-bit features are missing too.
func fillDomainCapabilities(document, emulator, arch string, m machineType) string {
	doc := etree.NewDocument()
	if doc.ReadFromString(document) != nil {
		return document
	}
	root := doc.Root()
	for name, text := range map[string]string{"path": emulator, "machine": m.canonical, "arch": arch} {
		if e := root.SelectElement(name); e != nil {
			e.SetText(text)
		}
	}
	if e := root.SelectElement("vcpu"); e != nil {
		e.CreateAttr("max", m.maxCPUs)
	}
	if !strings.HasPrefix(m.canonical, "pc-i440fx") {
		for _, e := range root.FindElements("devices/disk/enum[@name='bus']/value[text()='ide']") {
			e.Parent().RemoveChild(e)
		}
	}
	return formatXML(root)
}

// domainTypes are the types of domain that libvirt 9.0.0 has a name for.
var domainTypes = []string{
	"none", "qemu", "kqemu", "kvm", "xen", "lxc", "uml", "openvz", "test",
	"vmware", "hyperv", "vbox", "phyp", "parallels", "bhyve", "vz", "hvf",
}
