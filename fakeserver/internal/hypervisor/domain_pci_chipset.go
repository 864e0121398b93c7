package hypervisor

import (
	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// onPIIX3 tells the controllers that are part of the chipset.
func (p *domainParser) onPIIX3(el *etree.Element, a pciAddress) bool {
	if el.Tag != "controller" || controllerIndex(el) != 0 || a.domain != 0 || a.bus != 0 || a.slot != 1 {
		return false
	}
	kind, model := xmlAttr(el, "type"), xmlAttr(el, "model")
	return kind == "ide" && a.function == 1 || kind == "usb" && model == "piix3-uhci" && a.function == 2
}

// pciChipset places what each machine has in the same place,
// qemuDomainValidateDevicePCISlotsChipsets.
func (p *domainParser) pciChipset(set *pciSet) error {
	switch {
	case p.i440fx():
		return p.piix3(set)
	case p.q35():
		return p.ich9(set)
	}
	return nil
}

// fixedPCI puts a controller at the place that is its own.
func (p *domainParser) fixedPCI(el *etree.Element, a pciAddress, complaint string) error {
	if hasPCI(el) {
		if pciAddressOf(el) != a {
			return p.errPC(libvirt.ErrInternalError, "%s", complaint)
		}
		return nil
	}
	setPCI(el, a)
	return nil
}

func (p *domainParser) piix3(set *pciSet) error {
	const needs = pciAutoassign | pciDevice
	for _, el := range p.devices.SelectElements("controller") {
		if controllerIndex(el) != 0 {
			continue
		}
		a := pciAddress{slot: 1, function: 1}
		complaint := "Primary IDE controller must have PCI address 0:0:1.1"
		switch {
		case xmlAttr(el, "type") == "ide":
		case xmlAttr(el, "type") == "usb" && xmlAttr(el, "model") == "piix3-uhci":
			a.function = 2
			complaint = "PIIX3 USB controller at index 0 must have PCI address 0:0:1.2"
		default:
			continue
		}
		if err := p.fixedPCI(el, a, complaint); err != nil {
			return err
		}
		if err := set.reserve(a, needs, true); err != nil {
			return err
		}
	}
	for _, function := range []int{0, 3} { // the bridge to ISA, and power management
		if err := set.reserve(pciAddress{slot: 1, function: function}, needs, true); err != nil {
			return err
		}
	}
	return p.primaryVideo(set, 2, needs)
}

func (p *domainParser) ich9(set *pciSet) error {
	const needs = pcieDevice
	for _, el := range p.devices.SelectElements("controller") {
		kind, model := xmlAttr(el, "type"), xmlAttr(el, "model")
		var preferred []int
		switch {
		case kind == "sata" && controllerIndex(el) == 0:
			a := pciAddress{slot: 0x1f, function: 2} // the rest of the slot is the chipset's, see below
			if err := p.fixedPCI(el, a, "Primary SATA controller must have PCI address 0:0:1f.2"); err != nil {
				return err
			}
		case kind == "usb" && model == "ich9-uhci1" && addressType(el) == "":
			preferred = []int{0x1d, 0x1a}
		case model == "dmi-to-pci-bridge" && addressType(el) == "":
			preferred = []int{0x1e}
		}
		for _, slot := range preferred {
			if set.inUse(slot) {
				continue
			}
			a := pciAddress{slot: slot}
			if err := set.reserve(a, needs, true); err != nil {
				return err
			}
			setPCI(el, a)
			break
		}
	}
	for _, function := range []int{0, 3} { // the bridge to ISA, and SMBus
		if err := set.reserve(pciAddress{slot: 0x1f, function: function}, needs, true); err != nil {
			return err
		}
	}
	if err := p.primaryVideo(set, 1, needs); err != nil {
		return err
	}
	if set.inUse(0x1b) {
		return nil
	}
	for _, el := range p.devices.SelectElements("sound") {
		if xmlAttr(el, "model") == "ich9" && wantsPCI(el) {
			a := pciAddress{slot: 0x1b}
			if err := set.reserve(a, needs, true); err != nil {
				return err
			}
			setPCI(el, a)
			return nil
		}
	}
	return nil
}

// primaryVideo puts the first video device where QEMU would, if it is free.
func (p *domainParser) primaryVideo(set *pciSet, slot int, needs pciConnect) error {
	el := p.devices.SelectElement("video")
	if el == nil || p.pciNeeds(el) == 0 || !wantsPCI(el) {
		return nil
	}
	a := pciAddress{slot: slot}
	if err := set.check(a, needs, true); err != nil {
		return err
	}
	if set.inUse(slot) {
		return p.placePCI(set, el, p.pciNeeds(el))
	}
	if err := set.reserve(a, needs, true); err != nil {
		return err
	}
	setPCI(el, a)
	return nil
}
