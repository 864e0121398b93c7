package hypervisor

import (
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// PCTraits is what a driver that runs QEMU has to know of PCs: it completes
// definitions so that the guest's hardware stays the same from start to start.
type PCTraits struct {
	// Emulators are the host's, by architecture, as its capabilities list them.
	Emulators map[string]*Emulator
	// CPUModel is what a guest gets whose definition names no CPU.
	CPUModel string
	// LiveCPUFeatures are those that a running guest without KVM shows besides.
	LiveCPUFeatures []string
	// Partition is the cgroup in which domains are placed, shown while they
	// run; "" for a daemon that places none.
	Partition string
	// Seclabel is the label of a running domain, by security model, and is
	// shown while it runs.
	Seclabel []PCSeclabel
	// NVRAMDir is where the driver keeps the variables of UEFI firmware.
	NVRAMDir string
	// StateDir is where the driver keeps the sockets of running domains.
	StateDir string
}

// PCSeclabel is one <seclabel> of a running domain.
type PCSeclabel struct{ Model, Type, Label string }

// Emulator is one of the host's emulators.
type Emulator struct {
	Path string
	// Types are the domain types that it runs.
	Types []string
	// Default is the machine of a definition that names none.
	Default  string
	Machines map[string]Machine
}

// Machine is a machine type of an emulator.
type Machine struct {
	// Canonical is the name that an alias such as "pc" stands for, or "".
	Canonical string
	MaxCPUs   int
}

// EmulatorsOf reads the emulators out of a host's capabilities. The document is
// part of the program, so that a mistake in it is a panic.
func EmulatorsOf(capabilities string) map[string]*Emulator {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(capabilities); err != nil {
		panic(err)
	}
	all := map[string]*Emulator{}
	for _, arch := range doc.FindElements("/capabilities/guest/arch") {
		e := &Emulator{Path: arch.SelectElement("emulator").Text(), Machines: map[string]Machine{}}
		for _, d := range arch.SelectElements("domain") {
			e.Types = append(e.Types, xmlAttr(d, "type"))
		}
		for _, m := range arch.SelectElements("machine") {
			max, _ := strconv.Atoi(xmlAttr(m, "maxCpus"))
			e.Machines[m.Text()] = Machine{Canonical: xmlAttr(m, "canonical"), MaxCPUs: max}
			if e.Default == "" {
				e.Default = m.Text() // libvirt lists it first
			}
		}
		all[xmlAttr(arch, "name")] = e
	}
	return all
}

// at returns the emulator of a path, or nil.
func (t *PCTraits) at(path string) *Emulator {
	for _, e := range t.Emulators {
		if e.Path == path {
			return e
		}
	}
	return nil
}

// pcEmulator chooses the emulator, qemuDomainDefPostParseBasic.
func (p *domainParser) pcEmulator() error {
	pc := p.xml.PC
	if pc == nil {
		return nil
	}
	el := p.devices.SelectElement("emulator")
	if el == nil {
		e := pc.Emulators[p.arch]
		if e == nil {
			return p.pcConfig("No emulator found for arch '%s'", p.arch)
		}
		p.devices.CreateElement("emulator").SetText(e.Path)
		p.emulator = e
		return nil
	}
	path := xmlText(el)
	if p.emulator = pc.at(path); p.emulator == nil {
		return SystemError(p.traits.ErrorDomain, ENOENT, "Cannot check QEMU binary %s", path)
	}
	return nil
}

// q35 and i440fx tell the two kinds of PCs, qemuDomainIsQ35 and
// qemuDomainIsI440FX.
func (p *domainParser) q35() bool {
	return p.machine == "q35" || strings.HasPrefix(p.machine, "pc-q35-")
}

func (p *domainParser) i440fx() bool {
	return p.machine == "pc" || strings.HasPrefix(p.machine, "pc-0.") || strings.HasPrefix(p.machine, "pc-1.") ||
		strings.HasPrefix(p.machine, "pc-i440")
}

// pcMachine chooses machine and CPU and adds the devices that every such
// machine has, qemuDomainDefPostParse.
func (p *domainParser) pcMachine() error {
	if p.xml.PC == nil {
		return nil
	}
	if p.root.SelectElement("bootloader") != nil || p.root.SelectElement("bootloader_args") != nil {
		return p.pcConfig("bootloader is not supported by QEMU")
	}
	osType := xmlChild(p.root, "os", "type")
	if p.machine = xmlAttr(osType, "machine"); p.machine == "" {
		p.machine = p.emulator.Default
	}
	p.pcNVRAM()
	if err := p.pcDefaultDevices(); err != nil {
		return err
	}
	if alias := p.emulator.Machines[p.machine].Canonical; alias != "" {
		p.machine = alias
	}
	osType.CreateAttr("machine", p.machine)
	if err := p.pcVcpus(); err != nil {
		return err
	}
	p.pcCPU()
	return p.pcTseg()
}

// pcNVRAM chooses where the firmware of a machine with UEFI keeps its
// variables.
func (p *domainParser) pcNVRAM() {
	os := p.root.SelectElement("os")
	loader := os.SelectElement("loader")
	if xmlAttr(loader, "type") != "pflash" || xmlAttr(loader, "readonly") != "yes" || xmlAttr(loader, "stateless") == "yes" ||
		xmlAttr(os, "firmware") != "" {
		return
	}
	if nvram := xmlEnsure(os, "nvram"); xmlText(nvram) == "" && nvram.SelectElement("source") == nil {
		nvram.SetText(p.xml.PC.NVRAMDir + "/" + p.def.name + "_VARS.fd")
	}
}

// pcVcpus is qemuDomainDefVcpusPostParse.
func (p *domainParser) pcVcpus() error {
	vcpus := p.root.SelectElement("vcpus")
	if vcpus == nil {
		return nil
	}
	first := vcpus.SelectElement("vcpu")
	switch {
	case xmlAttr(first, "enabled") != "yes":
		return p.pcConfig("vcpu 0 can't be offline")
	case xmlAttr(first, "hotpluggable") == "yes":
		return p.pcConfig("vcpu0 can't be hotpluggable")
	case xmlHasAttr(first, "order") && xmlAttr(first, "order") != "1":
		return p.pcConfig("vcpu0 must be enabled first")
	}
	ordered := xmlHasAttr(first, "order")
	before := first
	for _, v := range vcpus.SelectElements("vcpu")[1:] {
		if xmlAttr(v, "enabled") == "yes" && xmlHasAttr(v, "order") != ordered {
			return p.pcConfig("all vcpus must have either set or unset order")
		}
		if xmlAttr(v, "hotpluggable") == "no" {
			was, _ := strconv.Atoi(xmlAttr(before, "order"))
			is, _ := strconv.Atoi(xmlAttr(v, "order"))
			switch {
			case xmlAttr(before, "hotpluggable") == "yes":
				return p.pcConfig("online non-hotpluggable vcpus need to be ordered prior to hotplugable vcpus")
			case was > is:
				return p.pcConfig("online non-hotpluggable vcpus must be ordered in ascending order")
			}
		}
		before = v
	}
	return nil
}

// pcCPU is qemuDomainDefSetDefaultCPU and qemuDomainDefCPUPostParse.
func (p *domainParser) pcCPU() {
	cpu := p.root.SelectElement("cpu")
	mode := xmlAttr(cpu, "mode")
	if cpu == nil || (mode == "" || mode == "custom") && cpu.SelectElement("model") == nil {
		cpu = xmlEnsure(p.root, "cpu")
		cpu.CreateAttr("mode", "custom")
		cpu.CreateAttr("match", "exact")
		cpu.CreateAttr("check", "none")
		model := xmlElement("model", "fallback", "forbid")
		model.SetText(p.xml.PC.CPUModel)
		cpu.AddChild(model)
		return
	}
	if mode == "host-passthrough" {
		xmlDefault(cpu, "migratable", "on")
	}
	switch {
	case mode == "host-passthrough" || mode == "maximum" || mode == "custom" && p.virtType == "qemu":
		xmlDefault(cpu, "check", "none")
	default:
		xmlDefault(cpu, "check", "partial")
	}
}

// pcTseg is qemuDomainDefTsegPostParse.
func (p *domainParser) pcTseg() error {
	smm := xmlChild(p.root, "features", "smm")
	tseg := xmlChild(smm, "tseg")
	if tseg == nil || xmlAttr(smm, "state") != "on" {
		return nil
	}
	switch {
	case !p.q35():
		return p.pcConfig("SMM TSEG is only supported with q35 machine type")
	case xmlAttr(tseg, "unit") == "B" || xmlAttr(tseg, "unit") == "KiB":
		return p.pcConfig("SMM TSEG size must be divisible by 1 MiB")
	}
	return nil
}

// pcDefaultDevices is qemuDomainDefAddDefaultDevices.
func (p *domainParser) pcDefaultDevices() error {
	for _, kind := range []string{"mouse", "keyboard"} {
		if !slices.ContainsFunc(p.devices.SelectElements("input"), func(el *etree.Element) bool {
			return xmlAttr(el, "type") == kind && xmlAttr(el, "bus") == "ps2"
		}) {
			p.devices.AddChild(xmlElement("input", "type", kind, "bus", "ps2"))
		}
	}
	usb, root := "piix3-uhci", ""
	switch {
	case p.machine == "isapc":
		usb = ""
	case p.q35():
		usb, root = "qemu-xhci", "pcie-root"
	case p.i440fx():
		root = "pci-root"
	}
	if usb != "" {
		p.addController("usb", 0, usb)
	}
	if p.q35() {
		p.addController("sata", 0, "")
	}
	if root != "" {
		if bus := p.findController("pci", 0); bus == nil {
			p.addController("pci", 0, root)
		} else if model := xmlAttr(bus, "model"); model != root {
			return p.errPC(libvirt.ErrXMLError, "The PCI controller with index='0' must be model='%s' for this machine type, but model='%s' was found instead",
				root, model)
		}
	}
	if p.devices.SelectElement("memballoon") == nil {
		p.devices.AddChild(xmlElement("memballoon", "model", "virtio"))
	}
	p.pcAudio()
	return nil
}

// pcAudio adds the host's side of sound, which goes the way that the display
// goes.
func (p *domainParser) pcAudio() {
	if p.devices.SelectElement("audio") != nil {
		return
	}
	displays := p.devices.SelectElements("graphics")
	kind, add := "none", len(displays) == 0
	for _, el := range displays {
		switch xmlAttr(el, "type") {
		case "spice":
			kind, add = "spice", true
		case "vnc":
			kind, add = "none", true
		case "sdl":
			add = false // it is the environment's business
		}
	}
	if add {
		p.devices.AddChild(xmlElement("audio", "id", "1", "type", kind))
	}
}

// pcValidate is qemuValidateDomainDef, as far as ordinary definitions go wrong.
func (p *domainParser) pcValidate() error {
	if p.xml.PC == nil {
		return nil
	}
	path := p.emulator.Path
	unsupported := func(what, name string) error {
		return p.pcConfig("Emulator '%s' does not support %s '%s'", path, what, name)
	}
	machine, known := p.emulator.Machines[p.machine]
	switch {
	case !p.hvm():
		return unsupported("os type", p.def.osType)
	case p.xml.PC.Emulators[p.arch] != p.emulator:
		return unsupported("arch", p.arch)
	case !slices.Contains(p.emulator.Types, p.virtType):
		return unsupported("virt type", p.virtType)
	case !known:
		return unsupported("machine type", p.machine)
	}
	if err := p.pcLifecycle(); err != nil {
		return err
	}
	if p.devices.SelectElement("memory") != nil && p.root.SelectElement("maxMemory") == nil {
		return p.pcConfig("cannot use/hotplug a memory device when domain 'maxMemory' is not defined")
	}
	if machine.MaxCPUs > 0 && int(p.def.maxVcpus) > machine.MaxCPUs {
		return p.pcConfig("Maximum CPUs greater than specified machine type limit %d", machine.MaxCPUs)
	}
	return nil
}

// pcLifecycle is qemuValidateLifecycleAction.
func (p *domainParser) pcLifecycle() error {
	action := func(event string) string { return xmlText(p.root.SelectElement("on_" + event)) }
	off, reboot, crash := action("poweroff"), action("reboot"), action("crash")
	switch {
	case off == "rename-restart" || reboot == "rename-restart" || crash == "rename-restart":
		return p.pcConfig("qemu driver doesn't support the 'rename-restart' action for 'on_reboot'/'on_poweroff'/'on_crash'")
	case off == "preserve" || reboot == "preserve":
		return p.pcConfig("qemu driver doesn't support the 'preserve' action for 'on_reboot'/'on_poweroff'")
	case off == "restart" && reboot == "destroy":
		return p.pcConfig("qemu driver doesn't support 'onReboot' set to 'destroy and 'onPoweroff' set to 'reboot'")
	}
	return nil
}

// errPC raises an error of the driver itself.
func (p *domainParser) errPC(code libvirt.ErrorNumber, format string, args ...any) error {
	return p.traits.errorf(code, format, args...)
}

// pcConfig raises VIR_ERR_CONFIG_UNSUPPORTED in the driver's name.
func (p *domainParser) pcConfig(format string, args ...any) error {
	return p.errPC(libvirt.ErrConfigUnsupported, format, args...)
}
