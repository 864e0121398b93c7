package hypervisor

import (
	"fmt"
	"slices"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// pciConnect says what a device needs of the bus that it is plugged into, or
// what a bus offers, virDomainPCIConnectFlags.
type pciConnect uint16

const (
	pciAutoassign pciConnect = 1 << iota
	pciIntegrated
	pciAggregate // several such devices can share a slot
	pciDevice
	pcieDevice
	pcieRootPort
	pcieUpstream
	pcieDownstream
	dmiBridge
	pciExpander
	pcieExpander
	pciBridge
	pcieBridge // PCIe to PCI

	pciEndpoint = pciDevice | pcieDevice
	pciTypes    = pciDevice | pcieDevice | pcieRootPort | pcieUpstream | pcieDownstream | dmiBridge | pciExpander |
		pcieExpander | pciBridge | pcieBridge
)

// pciModels are the controllers of PCI: what each needs, and what it offers in
// which slots.
var pciModels = map[string]struct {
	needs, offers pciConnect
	first, last   int
	name          string // what QEMU calls it
}{
	"pci-root":                    {0, pciAutoassign | pciDevice | pciBridge | pciExpander, 1, 31, ""},
	"pcie-root":                   {0, pcieDevice | pcieRootPort | dmiBridge | pcieExpander, 1, 31, ""},
	"pci-bridge":                  {pciBridge, pciAutoassign | pciDevice | pciBridge, 1, 31, "pci-bridge"},
	"pci-expander-bus":            {pciExpander, pciAutoassign | pciDevice | pciBridge, 0, 31, "pxb"},
	"pcie-expander-bus":           {pcieExpander, pcieRootPort | dmiBridge, 0, 31, "pxb-pcie"},
	"dmi-to-pci-bridge":           {dmiBridge, pciDevice | pciBridge, 0, 31, "i82801b11-bridge"},
	"pcie-to-pci-bridge":          {pcieBridge, pciAutoassign | pciDevice | pciBridge, 1, 31, "pcie-pci-bridge"},
	"pcie-root-port":              {pcieRootPort | pciAggregate, pciAutoassign | pcieDevice | pcieUpstream | pcieBridge, 0, 0, "pcie-root-port"},
	"pcie-switch-upstream-port":   {pcieUpstream, pcieDownstream, 0, 31, "x3130-upstream"},
	"pcie-switch-downstream-port": {pcieDownstream, pciAutoassign | pcieDevice | pcieUpstream | pcieBridge, 0, 0, "xio3130-downstream"},
}

// pciNouns is how errors name what a device needs.
var pciNouns = []struct {
	need pciConnect
	noun string
}{
	{pciDevice, "standard PCI device"}, {pcieDevice, "PCI Express device"}, {pcieRootPort, "pcie-root-port"},
	{pcieUpstream, "pcie-switch-upstream-port"}, {pcieDownstream, "pcie-switch-downstream-port"},
	{dmiBridge, "dmi-to-pci-bridge"}, {pcieBridge, "pcie-to-pci-bridge"}, {pciExpander, "pci-expander-bus"},
	{pcieExpander, "pcie-expander-bus"}, {pciBridge, "pci-bridge"},
}

// pciAddress is a place in PCI domain 0, or of a device that named another
// domain, which is refused.
type pciAddress struct{ domain, bus, slot, function int }

func (a pciAddress) String() string {
	return fmt.Sprintf("%04x:%02x:%02x.%d", a.domain, a.bus, a.slot, a.function)
}

func pciAddressOf(el *etree.Element) pciAddress {
	return pciAddress{
		addressNumber(el, "domain"), addressNumber(el, "bus"), addressNumber(el, "slot"), addressNumber(el, "function"),
	}
}

// hasPCI reports whether a device has a PCI address, wantsPCI whether it could
// get one.
func hasPCI(el *etree.Element) bool {
	return addressType(el) == "pci" && xmlHasAttr(el.SelectElement("address"), "slot")
}

func wantsPCI(el *etree.Element) bool {
	return addressType(el) == "" || addressType(el) == "pci" && !hasPCI(el)
}

func setPCI(el *etree.Element, a pciAddress) {
	multifunction := xmlAttr(el.SelectElement("address"), "multifunction")
	setAddress(el, "type", "pci", "domain", "0x0000", "bus", fmt.Sprintf("0x%02x", a.bus),
		"slot", fmt.Sprintf("0x%02x", a.slot), "function", fmt.Sprintf("0x%d", a.function))
	if multifunction != "" {
		el.SelectElement("address").CreateAttr("multifunction", multifunction)
	}
}

// pciBus is one PCI controller's slots.
type pciBus struct {
	model       string
	offers      pciConnect
	first, last int
	slots       [32]struct {
		functions uint8
		aggregate bool
	}
}

func newPCIBus(model string) *pciBus {
	m := pciModels[model]
	return &pciBus{model: model, offers: m.offers, first: m.first, last: m.last}
}

func (b *pciBus) full() bool {
	for slot := b.first; slot <= b.last; slot++ {
		if b.slots[slot].functions == 0 {
			return false
		}
	}
	return true
}

// pciSet is the buses of a machine, virDomainPCIAddressSet. While it grows,
// buses are added as they are needed and devices are only counted.
type pciSet struct {
	buses []*pciBus
	grows bool
}

// xmlOrInternal is the code of an error about an address, which the client gave
// or libvirt chose.
func xmlOrInternal(given bool) libvirt.ErrorNumber {
	if given {
		return libvirt.ErrXMLError
	}
	return libvirt.ErrInternalError
}

// check is virDomainPCIAddressValidate.
func (s *pciSet) check(a pciAddress, needs pciConnect, given bool) error {
	refuse := func(format string, args ...any) error {
		return Errorf(FromDomain, xmlOrInternal(given), format, args...)
	}
	switch {
	case len(s.buses) == 0:
		return refuse("No PCI buses available")
	case a.domain != 0:
		return refuse("Invalid PCI address %s. Only PCI domain 0 is available", a)
	case a.bus >= len(s.buses):
		return refuse("Invalid PCI address %s. Only PCI buses up to %d are available", a, len(s.buses)-1)
	}
	b := s.buses[a.bus]
	if err := b.accepts(a, needs, given); err != nil {
		return err
	}
	switch {
	case a.slot < b.first:
		return refuse("Invalid PCI address %s. slot must be >= %d", a, b.first)
	case a.slot > b.last:
		return refuse("Invalid PCI address %s. slot must be <= %d", a, b.last)
	}
	return nil
}

// accepts is virDomainPCIAddressFlagsCompatible: whether the bus takes a device
// with those needs.
func (b *pciBus) accepts(a pciAddress, needs pciConnect, given bool) error {
	refuse := func(format string, args ...any) error {
		return Errorf(FromDomain, xmlOrInternal(given), format, args...)
	}
	offers := b.offers
	if needs&pciIntegrated != 0 {
		if a.bus != 0 {
			return refuse("The device at PCI address %s needs to be an integrated device (bus=0)", a)
		}
		offers |= pciAutoassign
	}
	if given {
		// Who says where a device goes may put PCI into PCIe and back.
		if offers&pciEndpoint != 0 {
			offers |= pciEndpoint
		}
		if needs&pciBridge != 0 {
			needs |= pciDevice
		}
	} else if needs&pciAutoassign != 0 && offers&pciAutoassign == 0 {
		return refuse("The device at PCI address %s was auto-assigned this address, but the PCI controller with index='%d' doesn't allow auto-assignment",
			a, a.bus)
	}
	if needs&offers&pciTypes != 0 {
		return nil
	}
	for _, n := range pciNouns {
		if needs&n.need != 0 {
			return refuse("The device at PCI address %s cannot be plugged into the PCI controller with index='%d'. It requires a controller that accepts a %s.",
				a, a.bus, n.noun)
		}
	}
	return refuse("The device at PCI address %s has unrecognized connection type flags 0x%.2x", a, 0)
}

// reserve is virDomainPCIAddressReserveAddr.
func (s *pciSet) reserve(a pciAddress, needs pciConnect, given bool) error {
	if s.grows {
		if err := s.grow(&a, needs); err != nil {
			return err
		}
	}
	if err := s.check(a, needs, given); err != nil {
		return err
	}
	slot := &s.buses[a.bus].slots[a.slot]
	if slot.functions&(1<<a.function) != 0 {
		return Errorf(FromDomain, xmlOrInternal(given), "Attempted double use of PCI Address %s", a)
	}
	if slot.functions == 0 && needs&pciAggregate != 0 {
		slot.aggregate = true
	}
	slot.functions |= 1 << a.function
	return nil
}

func (s *pciSet) inUse(slot int) bool { return s.buses[0].slots[slot].functions != 0 }

// next finds a free place for a device: on the function asked for, or with -1
// on any that will do, virDomainPCIAddressGetNextAddr.
func (s *pciSet) next(needs pciConnect, function int) (pciAddress, error) {
	if len(s.buses) == 0 {
		return pciAddress{}, xmlError("No PCI buses available")
	}
	a := pciAddress{function: max(function, 0)}
	for a.bus = range s.buses {
		if slot, fn, ok := s.buses[a.bus].free(a, needs, function); ok {
			a.slot, a.function = slot, fn
			return a, nil
		}
	}
	if !s.grows {
		return pciAddress{}, internalError("No more available PCI slots")
	}
	a.bus = len(s.buses)
	if err := s.grow(&a, needs); err != nil {
		return pciAddress{}, err
	}
	a.slot = s.buses[a.bus].first
	return a, nil
}

// free is virDomainPCIAddressFindUnusedFunctionOnBus.
func (b *pciBus) free(a pciAddress, needs pciConnect, function int) (slot, fn int, ok bool) {
	if b.accepts(a, needs, false) != nil {
		return 0, 0, false
	}
	for slot := b.first; slot <= b.last; slot++ {
		s := &b.slots[slot]
		if s.functions == 0 {
			return slot, a.function, true
		}
		if needs&pciAggregate == 0 || !s.aggregate {
			continue
		}
		if s.functions&(1<<a.function) == 0 {
			return slot, a.function, true
		}
		if function == -1 {
			for fn := range 8 {
				if s.functions&(1<<fn) == 0 {
					return slot, fn, true
				}
			}
		}
	}
	return 0, 0, false
}

// grow adds the buses up to the one of an address,
// virDomainPCIAddressSetGrow. It moves the address by one bus where a PCI device
// needs two controllers to get into a PCIe machine.
func (s *pciSet) grow(a *pciAddress, needs pciConnect) error {
	add := a.bus - len(s.buses) + 1
	if add <= 0 {
		return nil
	}
	model := "pcie-root-port"
	switch {
	case needs&pciDevice != 0:
		model = "pci-bridge"
		canBridge := slices.ContainsFunc(s.buses, func(b *pciBus) bool { return b.offers&pciBridge != 0 })
		if !canBridge {
			if add == 1 {
				add++
				a.bus++
			}
			port := newPCIBus("pcie-root-port")
			port.offers = pcieBridge // and nothing else shall use it
			s.buses = append(s.buses, port, newPCIBus("pcie-to-pci-bridge"))
			add -= 2
		}
	case needs&(pcieDevice|pcieUpstream) != 0:
	default:
		for name, m := range pciModels {
			if m.needs&pciTypes != 0 && m.needs&pciTypes == needs&pciTypes {
				return internalError("a PCI slot is needed to connect a PCI controller model='%s', but none is available, and it cannot be automatically added", name)
			}
		}
		return internalError("Cannot automatically add a new PCI bus for a device with connect flags %.2x", 0)
	}
	for range add {
		s.buses = append(s.buses, newPCIBus(model))
	}
	return nil
}
