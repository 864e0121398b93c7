package hypervisor

import (
	"slices"
	"strconv"

	"github.com/beevik/etree"
)

func (p *domainParser) pciControllers() []*etree.Element {
	return slices.DeleteFunc(p.devices.SelectElements("controller"), func(el *etree.Element) bool {
		return xmlAttr(el, "type") != "pci"
	})
}

// pciMultifunction marks the first function of the slots with several.
func (p *domainParser) pciMultifunction() {
	several := map[pciAddress]bool{}
	all := p.devices.ChildElements()
	for _, el := range all {
		if hasPCI(el) {
			if a := pciAddressOf(el); a.function != 0 {
				a.function = 0
				several[a] = true
			}
		}
	}
	for _, el := range all {
		if hasPCI(el) && several[pciAddressOf(el)] {
			xmlDefault(el.SelectElement("address"), "multifunction", "on")
		}
	}
}

// completePCIControllers fills in what the guest sees of PCI controllers.
func (p *domainParser) completePCIControllers() error {
	for _, el := range p.pciControllers() {
		model, index := xmlAttr(el, "model"), controllerIndex(el)
		a := pciAddressOf(el)
		if name := pciModels[model].name; name != "" {
			xmlDefault(xmlEnsure(el, "model"), "name", name)
		}
		target := func(name, value string) { xmlDefault(xmlEnsure(el, "target"), name, value) }
		switch model {
		case "pci-bridge":
			target("chassisNr", strconv.Itoa(index))
			if index <= a.bus {
				return p.pcConfig("PCI controller at index %d (0x%02x) has bus='0x%02x', but index must be larger than bus",
					index, index, a.bus)
			}
		case "pcie-root-port":
			target("chassis", strconv.Itoa(index))
			target("port", "0x"+strconv.FormatInt(int64(a.slot<<3+a.function), 16))
		case "pcie-switch-downstream-port":
			target("chassis", strconv.Itoa(index))
			target("port", "0x"+strconv.FormatInt(int64(a.slot), 16))
		case "pci-expander-bus", "pcie-expander-bus":
			if !xmlHasAttr(el.SelectElement("target"), "busNr") {
				number := p.lowestPCIBusNumber()
				if number <= 2 {
					return p.pcConfig("No free busNr lower than current lowest busNr is available to auto-assign to bus %d. Must be manually assigned", a.bus)
				}
				target("busNr", strconv.Itoa(number-2))
			}
		}
	}
	return nil
}

func (p *domainParser) lowestPCIBusNumber() int {
	lowest := 256
	for _, el := range p.pciControllers() {
		if n, err := strconv.Atoi(xmlAttr(el.SelectElement("target"), "busNr")); err == nil {
			lowest = min(lowest, n)
		}
	}
	return lowest
}
