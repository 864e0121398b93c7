package hypervisor

import (
	"slices"
	"strconv"

	"github.com/beevik/etree"
)

// controllerModels are the models of each type of controller.
var controllerModels = map[string][]string{
	"scsi": {"auto", "buslogic", "lsilogic", "lsisas1068", "vmpvscsi", "ibmvscsi", "virtio-scsi", "lsisas1078",
		"virtio-transitional", "virtio-non-transitional", "ncr53c90", "dc390", "am53c974"},
	"usb": {"piix3-uhci", "piix4-uhci", "ehci", "ich9-ehci1", "ich9-uhci1", "ich9-uhci2", "ich9-uhci3",
		"vt82c686b-uhci", "pci-ohci", "nec-xhci", "qusb1", "qusb2", "qemu-xhci", "none"},
	"pci": {"pci-root", "pcie-root", "pci-bridge", "dmi-to-pci-bridge", "pcie-to-pci-bridge", "pcie-root-port",
		"pcie-switch-upstream-port", "pcie-switch-downstream-port", "pci-expander-bus", "pcie-expander-bus"},
	"ide":           {"piix3", "piix4", "ich6"},
	"virtio-serial": {"virtio", "virtio-transitional", "virtio-non-transitional"},
}

// controller reads a controller, virDomainControllerDefParseXML.
func (p *domainParser) controller(el *etree.Element) error {
	xmlDefault(el, "type", "ide")
	kind, model := xmlAttr(el, "type"), xmlAttr(el, "model")
	if model != "" && !slices.Contains(controllerModels[kind], model) {
		return configError("Unknown model type '%s'", model)
	}
	if len(el.SelectElements("model")) > 1 || len(el.SelectElements("target")) > 1 {
		return xmlError("Multiple <model> elements in controller definition not allowed")
	}
	if kind != "virtio-serial" {
		el.RemoveAttr("vectors")
		if kind != "usb" {
			el.RemoveAttr("ports")
		}
	}
	if kind != "pci" {
		xmlRemove(el, "model")
		xmlRemove(el, "target")
	}
	if model != "pci-root" && model != "pcie-root" {
		xmlRemove(el, "pcihole64")
	}
	if target := el.SelectElement("target"); target != nil {
		for _, name := range []string{"chassisNr", "chassis", "busNr", "index"} {
			if n, err := parseUintBase(xmlAttr(target, name), 0, 31); err == nil {
				target.CreateAttr(name, strconv.FormatUint(n, 10))
			}
		}
		if n, err := parseUintBase(xmlAttr(target, "port"), 0, 31); err == nil {
			target.CreateAttr("port", "0x"+strconv.FormatUint(n, 16))
		}
	}
	if kind == "usb" {
		if model == "none" {
			xmlRemove(el, "address")
		}
		if port, ok := map[string]string{"ich9-uhci1": "0", "ich9-uhci2": "2", "ich9-uhci3": "4"}[model]; ok {
			xmlDefault(xmlEnsure(el, "master"), "startport", port)
		}
	}
	return nil
}

// isUSB2 tells the controllers that make one USB 2 controller together.
func isUSB2(el *etree.Element) bool {
	return xmlAttr(el, "type") == "usb" &&
		slices.Contains([]string{"ich9-ehci1", "ich9-uhci1", "ich9-uhci2", "ich9-uhci3"}, xmlAttr(el, "model"))
}

// checkUSB refuses USB controllers that contradict each other, and USB devices
// where there is no USB.
func (p *domainParser) checkUSB() error {
	none, other, master := false, false, false
	for _, el := range p.devices.SelectElements("controller") {
		if xmlAttr(el, "type") != "usb" {
			continue
		}
		if off := xmlAttr(el, "model") == "none"; none || off && other {
			return xmlDetail("Can't add another USB controller: USB is disabled for this domain")
		} else if off {
			none = true
		} else {
			other = true
		}
		master = master || el.SelectElement("master") == nil
	}
	if other && !master {
		return xmlDetail("No master USB controller specified")
	}
	if !none {
		return nil
	}
	for _, d := range []struct {
		tag, attr, text string
	}{
		{"input", "bus", "Can't add USB input device. USB bus is disabled"},
		{"hostdev", "type", "Can't add host USB device: USB is disabled in this host"},
		{"hub", "type", "Can't add USB hub: USB is disabled for this domain"},
	} {
		for _, el := range p.devices.SelectElements(d.tag) {
			if xmlAttr(el, d.attr) == "usb" {
				return configError("%s", d.text)
			}
		}
	}
	return nil
}

// sortControllers inserts the controllers in the order in which libvirt's
// virDomainControllerInsert does: by index among those of one type, a USB
// master before its companions.
func (p *domainParser) sortControllers() {
	var sorted []*etree.Element
	for _, el := range p.devices.SelectElements("controller") {
		p.devices.RemoveChild(el)
		at := -1
		for i := len(sorted) - 1; i >= 0; i-- {
			other := sorted[i]
			if xmlAttr(other, "type") != xmlAttr(el, "type") {
				continue
			}
			if !xmlHasAttr(el, "index") {
				at = i + 1
				break
			}
			mine, theirs := controllerIndex(el), controllerIndex(other)
			switch {
			case theirs > mine:
				at = i
			case theirs == mine && el.SelectElement("master") == nil && other.SelectElement("master") != nil:
				at = i
			case at == -1:
				at = i + 1
			}
		}
		if at == -1 {
			at = len(sorted)
		}
		sorted = slices.Insert(sorted, at, el)
	}
	for _, el := range sorted {
		p.devices.AddChild(el)
	}
}

func controllerIndex(el *etree.Element) int {
	n, err := strconv.Atoi(xmlAttr(el, "index"))
	if err != nil {
		return -1
	}
	return n
}

// indexControllers gives an index to controllers without,
// virDomainAssignControllerIndexes.
func (p *domainParser) indexControllers() error {
	all := p.devices.SelectElements("controller")
	for i, el := range all {
		if xmlHasAttr(el, "index") {
			continue
		}
		index := -1
		if isUSB2(el) {
			index = usbGroup(all, i)
		}
		if index < 0 {
			for index = 0; p.findController(xmlAttr(el, "type"), index) != nil; index++ {
			}
		}
		el.CreateAttr("index", strconv.Itoa(index))
	}
	return nil
}

// usbGroup returns the index of the USB 2 controller before the i-th one, if
// that lacks a part of this model.
func usbGroup(all []*etree.Element, i int) int {
	for j := i - 1; j >= 0; j-- {
		if xmlAttr(all[j], "type") != "usb" {
			continue
		}
		if !isUSB2(all[j]) {
			return -1
		}
		index := controllerIndex(all[j])
		for _, other := range all {
			if xmlAttr(other, "type") == "usb" && controllerIndex(other) == index &&
				xmlAttr(other, "model") == xmlAttr(all[i], "model") {
				return -1
			}
		}
		return index
	}
	return -1
}

func (p *domainParser) findController(kind string, index int) *etree.Element {
	for _, el := range p.devices.SelectElements("controller") {
		if xmlAttr(el, "type") == kind && controllerIndex(el) == index {
			return el
		}
	}
	return nil
}

// addController adds a controller at the end, unless there is one of that type
// and index, and reports whether it did.
func (p *domainParser) addController(kind string, index int, model string) bool {
	if p.findController(kind, index) != nil {
		return false
	}
	el := p.devices.CreateElement("controller")
	el.CreateAttr("type", kind)
	el.CreateAttr("index", strconv.Itoa(index))
	if model != "" {
		el.CreateAttr("model", model)
	}
	return true
}
