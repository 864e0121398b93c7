package hypervisor

import (
	"slices"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

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

// errPC raises an error of the driver itself.
func (p *domainParser) errPC(code libvirt.ErrorNumber, format string, args ...any) error {
	return p.traits.errorf(code, format, args...)
}

// pcConfig raises VIR_ERR_CONFIG_UNSUPPORTED in the driver's name.
func (p *domainParser) pcConfig(format string, args ...any) error {
	return p.errPC(libvirt.ErrConfigUnsupported, format, args...)
}
