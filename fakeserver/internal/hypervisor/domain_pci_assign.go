package hypervisor

import (
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// assignPCI gives the devices PCI addresses, and the machine the controllers
// that they take, qemuDomainAssignPCIAddresses. It goes through the devices
// twice: to count the buses, and to place the devices.
func (p *domainParser) assignPCI() error {
	highest := -1
	for _, el := range p.pciControllers() {
		if highest = max(highest, controllerIndex(el)); highest > 255 {
			return configError("PCI controller index %d too high, maximum is 255", highest)
		}
	}
	count := highest + 1
	if count > 0 {
		set, err := p.pciSet(count, true)
		if err != nil {
			return err
		}
		if err := p.countPCI(set, highest); err != nil {
			return err
		}
		count = len(set.buses)
	}
	set, err := p.pciSet(count, false)
	if err != nil {
		return err
	}
	if err := p.pciChipset(set); err != nil {
		return err
	}
	if err := p.pciSlots(set); err != nil {
		return err
	}
	p.pciMultifunction()
	return p.completePCIControllers()
}

// countPCI is the first pass, which ends with as many PCI controllers as the
// second needs.
func (p *domainParser) countPCI(set *pciSet, highest int) error {
	reserve := func(needs pciConnect) error {
		a, err := set.next(needs, -1)
		if err != nil {
			return err
		}
		return set.reserve(a, needs, false)
	}
	if err := p.pciChipset(set); err != nil {
		return err
	}
	express := set.buses[0].model == "pcie-root"
	if !express && slices.ContainsFunc(set.buses, func(b *pciBus) bool { return !b.full() }) {
		// A slot for what may be plugged in later.
		if err := reserve(pciAutoassign | pciDevice); err != nil {
			return err
		}
	}
	if err := p.pciSlots(set); err != nil {
		return err
	}
	if express && highest <= 0 && len(set.buses) > highest+1 {
		// A port for the same reason.
		if err := reserve(pciAutoassign | pcieDevice); err != nil {
			return err
		}
	}
	for i := 1; i < len(set.buses); i++ {
		if p.addController("pci", i, set.buses[i].model) {
			if err := reserve(pciModels[set.buses[i].model].needs); err != nil {
				return err
			}
		}
	}
	return nil
}

// pciSet makes the buses of the machine, with the addresses that devices have
// reserved, qemuDomainPCIAddressSetCreate.
func (p *domainParser) pciSet(count int, grows bool) (*pciSet, error) {
	set := &pciSet{grows: grows, buses: make([]*pciBus, count)}
	fill := "pci-bridge"
	for _, el := range p.pciControllers() {
		model := xmlAttr(el, "model")
		if model == "" {
			return nil, internalError("PCI controller model was not set correctly")
		}
		set.buses[controllerIndex(el)] = newPCIBus(model)
		if model == "pcie-root" {
			fill = "pcie-root-port"
		}
	}
	for i, b := range set.buses {
		if b == nil && i == 0 {
			set.buses[i] = newPCIBus("pci-root")
		} else if b == nil {
			set.buses[i] = newPCIBus(fill)
		}
	}
	for _, el := range p.devices.ChildElements() {
		if !hasPCI(el) || el.Tag == "console" {
			continue
		}
		a := pciAddressOf(el)
		if p.onPIIX3(el, a) {
			if set.buses != nil && set.buses[0].offers&pciDevice == 0 {
				return nil, internalError("Bus 0 must be PCI for integrated PIIX3 USB or IDE controllers")
			}
			continue
		}
		needs := p.pciNeeds(el)
		if needs == 0 {
			needs = pciDevice
		}
		if err := set.reserve(a, needs, true); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// pciSlots gives addresses to the devices without, kind by kind,
// qemuDomainAssignDevicePCISlots.
func (p *domainParser) pciSlots(set *pciSet) error {
	for _, kind := range []struct {
		tag  string
		skip func(el *etree.Element) bool
	}{
		{"controller", func(el *etree.Element) bool {
			return xmlAttr(el, "type") != "pci" || strings.HasSuffix(xmlAttr(el, "model"), "-root")
		}},
		{"filesystem", nil},
		{"interface", func(el *etree.Element) bool { return xmlAttr(el, "type") == "hostdev" }},
		{"sound", nil},
		{"controller", func(el *etree.Element) bool {
			return xmlAttr(el, "type") == "pci" || xmlAttr(el, "type") == "ide" && controllerIndex(el) == 0
		}},
		{"disk", nil},
		{"interface", func(el *etree.Element) bool { return xmlAttr(el, "type") != "hostdev" }},
		{"hostdev", nil},
		{"memballoon", nil}, {"rng", nil}, {"watchdog", nil}, {"video", nil}, {"shmem", nil},
		{"input", nil}, {"serial", nil}, {"iommu", nil}, {"vsock", nil}, {"memory", nil},
	} {
		for _, el := range p.devices.SelectElements(kind.tag) {
			needs := p.pciNeeds(el)
			if needs == 0 || kind.skip != nil && kind.skip(el) || hasPCI(el) {
				continue
			}
			if !wantsPCI(el) {
				if el.Tag == "disk" && addressType(el) != "ccw" {
					return p.pcConfig("virtio disk cannot have an address of type '%s'", addressType(el))
				}
				continue
			}
			if err := p.placePCI(set, el, needs); err != nil {
				return err
			}
		}
	}
	return nil
}

// placePCI gives one device the next address.
func (p *domainParser) placePCI(set *pciSet, el *etree.Element, needs pciConnect) error {
	function := -1
	if isUSB2(el) {
		function = map[string]int{"ich9-ehci1": 7, "ich9-uhci1": 0, "ich9-uhci2": 1, "ich9-uhci3": 2}[xmlAttr(el, "model")]
		for _, other := range p.devices.SelectElements("controller") {
			if isUSB2(other) && controllerIndex(other) == controllerIndex(el) && hasPCI(other) {
				a := pciAddressOf(other)
				a.function = function
				if err := set.reserve(a, needs, true); err != nil {
					return err
				}
				setPCI(el, a)
				return nil
			}
		}
	}
	a, err := set.next(needs, function)
	if err != nil {
		return err
	}
	if err := set.reserve(a, needs, false); err != nil {
		return err
	}
	if !set.grows {
		setPCI(el, a)
	}
	return nil
}
