package hypervisor

import (
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// validateDisk is virDomainDiskDefValidate.
func (p *domainParser) validateDisk(el *etree.Element) error {
	target, driver := el.SelectElement("target"), el.SelectElement("driver")
	dev, bus, device := xmlAttr(target, "dev"), xmlAttr(target, "bus"), xmlAttr(el, "device")
	if xmlAttr(el, "sgio") == "unfiltered" {
		return configError("unfiltered sgio is no longer supported")
	}
	if device != "lun" {
		switch {
		case el.FindElement("./source/reservations") != nil:
			return configError("<reservations/> allowed only for lun devices")
		case xmlHasAttr(el, "rawio"):
			return configError("rawio can be used only with device='lun'")
		case xmlHasAttr(el, "sgio"):
			return configError("sgio can be used only with device='lun'")
		}
	}
	if tune := el.SelectElement("iotune"); tune != nil {
		for _, of := range []string{"bytes_sec", "iops_sec", "bytes_sec_max", "iops_sec_max"} {
			if tune.SelectElement("total_"+of) != nil &&
				(tune.SelectElement("read_"+of) != nil || tune.SelectElement("write_"+of) != nil) {
				return xmlError("total and read/write %s cannot be set at the same time", of)
			}
		}
	}
	kind := addressType(el)
	if slices.Contains([]string{"ide", "fdc", "scsi", "sata"}, bus) && kind != "" && kind != "drive" {
		return configError("Invalid address type '%s' for the disk '%s' with the bus type '%s'", kind, dev, bus)
	}
	if bus != "virtio" {
		switch {
		case xmlHasAttr(el, "model"):
			return configError("disk model '%s' not supported for bus '%s'", xmlAttr(el, "model"), bus)
		case xmlHasAttr(driver, "queues"):
			return configError("queues attribute in disk driver element is only supported by virtio-blk")
		case xmlHasAttr(driver, "event_idx"):
			return configError("disk event_idx mode supported only for virtio bus")
		case xmlHasAttr(driver, "ioeventfd"):
			return configError("disk ioeventfd mode supported only for virtio bus")
		}
	}
	if err := validateDiskNames(el); err != nil {
		return err
	}
	switch {
	case device == "floppy" && bus != "fdc":
		return internalError("Invalid bus type '%s' for floppy disk", bus)
	case device != "floppy" && bus == "fdc":
		return internalError("Invalid bus type '%s' for disk", bus)
	case (device == "disk" || device == "lun") && !hasAnyPrefix(dev, "hd", "sd", "vd", "xvd", "ubd"):
		return internalError("Invalid harddisk device name: %s", dev)
	case device == "floppy" && !strings.HasPrefix(dev, "fd"):
		return internalError("Invalid floppy device name: %s", dev)
	case device == "disk" && emptySource(el):
		return Errorf(FromDomain, libvirt.ErrNoSource, "%s", dev)
	}
	return nil
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// validateDiskNames checks what the guest reads on the label.
func validateDiskNames(el *etree.Element) error {
	for _, name := range []struct {
		tag string
		max int
	}{{"vendor", 8}, {"product", 16}} {
		text := xmlText(xmlEnsure(el.Copy(), name.tag))
		if strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
			return xmlError("disk %s is not printable string", name.tag)
		}
		if len(text) > name.max {
			return configError("disk %s is more than %d characters", name.tag, name.max)
		}
	}
	wwn := el.SelectElement("wwn")
	if wwn == nil {
		return nil
	}
	hex := strings.TrimPrefix(xmlText(wwn), "0x")
	if len(hex) != 16 || strings.Trim(hex, "0123456789abcdefABCDEF") != "" {
		return Errorf(FromNone, libvirt.ErrInternalError, "Malformed wwn: %s", xmlText(wwn))
	}
	return nil
}

// emptySource is virStorageSourceIsEmpty.
func emptySource(el *etree.Element) bool {
	source := el.SelectElement("source")
	switch xmlAttr(el, "type") {
	case "volume":
		return !xmlHasAttr(source, "pool")
	case "network":
		return !xmlHasAttr(source, "protocol")
	case "nvme", "vhostuser":
		return source == nil
	}
	return source == nil || sourcePath(source) == ""
}

func (p *domainParser) validateRedirdev(el *etree.Element) error {
	if xmlAttr(el, "bus") != "usb" || slices.ContainsFunc(p.devices.SelectElements("controller"), func(c *etree.Element) bool {
		return xmlAttr(c, "type") == "usb" && xmlAttr(c, "model") != "none"
	}) {
		return nil
	}
	return configError("cannot add redirected USB device: USB is disabled for this domain")
}

// validateInterface is virDomainNetDefValidate.
func (p *domainParser) validateInterface(el *etree.Element) error {
	kind := xmlAttr(el, "type")
	source := el.SelectElement("source")
	switch {
	case source != nil && (source.SelectElement("ip") != nil || source.SelectElement("route") != nil) && kind != "ethernet":
		return configError("Invalid attempt to set network interface host-side IP route and/or address info on interface of type '%s'. This is only supported on interfaces of type 'ethernet'", kind)
	case xmlAttr(el.SelectElement("target"), "managed") == "no" && kind != "ethernet":
		return configError("unmanaged target dev is not supported on interfaces of type '%s'", kind)
	case kind == "vhostuser" && !isVirtioNet(el):
		return internalError("Wrong or no <model> 'type' attribute specified with <interface type='vhostuser'/>. vhostuser requires the virtio-net* frontend")
	}
	teaming := el.SelectElement("teaming")
	switch xmlAttr(teaming, "type") {
	case "transient":
		if !xmlHasAttr(teaming, "persistent") {
			return configError("teaming persistent attribute must be set if teaming type is 'transient'")
		}
	case "persistent":
		if xmlHasAttr(teaming, "persistent") {
			return configError("teaming persistent attribute not allowed if teaming type is 'persistent'")
		}
	}
	return nil
}

// validateController is virDomainControllerDefValidate.
func (p *domainParser) validateController(el *etree.Element) error {
	if xmlAttr(el, "type") != "pci" {
		return nil
	}
	model := xmlAttr(el, "model")
	if (model == "pci-root" || model == "pcie-root") && addressType(el) != "" {
		return configError("pci-root and pcie-root controllers should not have an address")
	}
	if index := controllerIndex(el); index > 255 {
		return configError("PCI controller index %d too high, maximum is 255", index)
	}
	target := el.SelectElement("target")
	for _, limit := range []struct {
		name     string
		min, max int64
	}{{"chassisNr", 1, 255}, {"chassis", 0, 255}, {"port", 0, 255}, {"busNr", 1, 254}} {
		text := xmlAttr(target, limit.name)
		if n, err := strconv.ParseInt(text, 0, 64); err == nil && (n < limit.min || n > limit.max) {
			return configError("PCI controller %s '%d' out of range - must be %d-%d", limit.name, n, limit.min, limit.max)
		}
	}
	return nil
}

// validateInput is virDomainInputDefValidate.
func (p *domainParser) validateInput(el *etree.Element) error {
	kind, bus := xmlAttr(el, "type"), xmlAttr(el, "bus")
	pointer := kind == "mouse" || kind == "keyboard"
	switch {
	case p.hvm() && bus == "ps2" && !pointer:
		return internalError("ps2 bus does not support %s input device", kind)
	case p.hvm() && bus == "xen":
		return internalError("unsupported input bus %s", bus)
	case p.hvm():
	case p.def.osType == "xen" || p.def.osType == "xenpvh":
		if bus != "xen" {
			return internalError("unsupported input bus %s", bus)
		}
		if !pointer {
			return internalError("xen bus does not support %s input device", kind)
		}
	case p.virtType != "vz" && p.virtType != "parallels":
		return internalError("Input devices are not supported by this virtualization driver.")
	}
	switch {
	case kind == "passthrough" && bus != "virtio":
		return configError("only bus 'virtio' is supported for 'passthrough' input devices")
	case xmlHasAttr(el, "model") && bus != "virtio":
		return configError("only bus 'virtio' is supported for input model '%s'", xmlAttr(el, "model"))
	}
	return nil
}

func (p *domainParser) validateGraphics(el *etree.Element) error {
	for _, l := range el.SelectElements("listen") {
		if xmlAttr(l, "type") == "network" && !xmlHasAttr(l, "network") {
			return xmlError("'network' attribute is required for listen type 'network'")
		}
	}
	return nil
}

func (p *domainParser) validateMemory(el *etree.Element) error {
	node := xmlChild(el, "target", "node")
	if node != nil {
		cells := len(p.root.FindElements("./cpu/numa/cell"))
		n, _ := strconv.Atoi(xmlText(node))
		switch {
		case cells == 0:
			return xmlDetail("can't add memory backend as guest has no NUMA nodes configured")
		case n >= cells:
			return xmlDetail("can't add memory backend for guest node '%d' as the guest has only '%d' NUMA nodes configured", n, cells)
		}
	}
	path := xmlChild(el, "source", "path")
	switch model := xmlAttr(el, "model"); {
	case (model == "nvdimm" || model == "virtio-pmem") && path == nil:
		return xmlDetail("path is required for model '%s'", model)
	case model == "nvdimm" && el.SelectElement("uuid") != nil:
		return configError("UUID is not supported for NVDIMM device")
	}
	return nil
}

func (p *domainParser) validateVsock(el *etree.Element) error {
	if n, err := strconv.Atoi(xmlAttr(el.SelectElement("cid"), "address")); err == nil && n <= 2 {
		return configError("guest CIDs must be >= 3")
	}
	return nil
}
