package hypervisor

import (
	"slices"
	"strings"

	"github.com/beevik/etree"
)

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
