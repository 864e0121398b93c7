package hypervisor

import (
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
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

func (p *domainParser) pciControllers() []*etree.Element {
	return slices.DeleteFunc(p.devices.SelectElements("controller"), func(el *etree.Element) bool {
		return xmlAttr(el, "type") != "pci"
	})
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

// onPIIX3 tells the controllers that are part of the chipset.
func (p *domainParser) onPIIX3(el *etree.Element, a pciAddress) bool {
	if el.Tag != "controller" || controllerIndex(el) != 0 || a.domain != 0 || a.bus != 0 || a.slot != 1 {
		return false
	}
	kind, model := xmlAttr(el, "type"), xmlAttr(el, "model")
	return kind == "ide" && a.function == 1 || kind == "usb" && model == "piix3-uhci" && a.function == 2
}

// pciNeeds is qemuDomainDeviceCalculatePCIConnectFlags; 0 is for what is no PCI
// device.
func (p *domainParser) pciNeeds(el *etree.Element) pciConnect {
	const conventional = pciAutoassign | pciDevice
	express := conventional
	if root := p.findController("pci", 0); root != nil && xmlAttr(root, "model") == "pcie-root" {
		express = pciAutoassign | pcieDevice
	}
	virtio := func(model string) pciConnect {
		if model == "virtio-transitional" {
			return conventional
		}
		return express
	}
	kind, model := xmlAttr(el, "type"), xmlAttr(el, "model")
	switch el.Tag {
	case "controller":
		switch kind {
		case "pci":
			return pciModels[model].needs
		case "sata", "ide":
			return conventional
		case "usb":
			switch model {
			case "nec-xhci", "qemu-xhci":
				return express
			case "none", "qusb1", "qusb2":
				return 0
			}
			return conventional
		case "scsi":
			switch model {
			case "virtio-scsi", "virtio-non-transitional":
				return express
			case "", "ncr53c90":
				return 0
			}
			return conventional
		case "virtio-serial":
			return virtio(model)
		}
	case "filesystem":
		switch xmlAttr(el.SelectElement("driver"), "type") {
		case "loop", "nbd", "ploop":
			return 0
		}
		return virtio(model)
	case "interface":
		switch model := xmlAttr(el.SelectElement("model"), "type"); {
		case kind == "hostdev" && xmlAttr(xmlChild(el, "source", "address"), "type") != "pci":
			return 0
		case kind == "hostdev" || model == "virtio" || model == "virtio-non-transitional" || model == "e1000e":
			return express
		case model == "usb-net":
			return 0
		}
		return conventional
	case "sound":
		if slices.Contains([]string{"es1370", "ac97", "ich6", "ich9"}, model) {
			return conventional
		}
	case "disk":
		if xmlAttr(el.SelectElement("target"), "bus") == "virtio" {
			return virtio(model)
		}
	case "hostdev":
		switch kind {
		case "pci", "mdev":
			return express
		case "scsi_host":
			return virtio(model)
		}
	case "memballoon":
		if strings.HasPrefix(model, "virtio") {
			return virtio(model)
		}
	case "rng", "vsock":
		return virtio(model)
	case "watchdog":
		if model == "i6300esb" {
			return conventional
		}
	case "video":
		switch xmlAttr(el.SelectElement("model"), "type") {
		case "virtio", "bochs":
			return express
		case "gop", "none", "ramfb":
			return 0
		}
		return conventional
	case "shmem":
		return conventional
	case "input":
		if xmlAttr(el, "bus") == "virtio" {
			return virtio(model)
		}
	case "serial":
		if xmlAttr(el.SelectElement("target"), "type") == "pci-serial" {
			return conventional
		}
	case "iommu":
		if model == "virtio" {
			return express | pciIntegrated
		}
	case "memory":
		if model == "virtio-mem" || model == "virtio-pmem" {
			return express
		}
	}
	return 0
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
