package hypervisor

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// aliases names the devices for QEMU, qemuAssignDeviceAliases. Names that the
// client chose stay.
func (l *liveDomain) aliases() {
	hostdevs := 0
	counts := map[string]int{}
	for _, el := range l.devices.ChildElements() {
		prefix, counted := deviceAliases[el.Tag]
		n := counts[el.Tag]
		counts[el.Tag]++
		switch el.Tag {
		case "interface":
			if xmlAttr(el, "type") == "hostdev" {
				prefix, n = "hostdev", hostdevs
				hostdevs++
			}
		case "hostdev":
			continue // after the interfaces of that kind, which may follow
		case "memballoon":
			if xmlAttr(el, "model") == "none" {
				continue
			}
		}
		name := ""
		switch {
		case el.Tag == "disk":
			name = l.diskAlias(el)
		case el.Tag == "controller":
			name = l.controllerAlias(el)
		case el.Tag == "memory":
			name = memoryAlias(el, n)
		case counted:
			name = fmt.Sprintf("%s%d", prefix, n)
		default:
			continue
		}
		setAlias(el, name)
	}
	for _, el := range l.devices.SelectElements("hostdev") {
		setAlias(el, fmt.Sprintf("hostdev%d", hostdevs))
		hostdevs++
	}
}

// deviceAliases is what the names of devices begin with that are numbered in
// their order.
var deviceAliases = map[string]string{
	"interface": "net", "filesystem": "fs", "sound": "sound", "redirdev": "redir", "video": "video",
	"input": "input", "parallel": "parallel", "serial": "serial", "channel": "channel", "console": "console",
	"hub": "hub", "shmem": "shmem", "smartcard": "smartcard", "watchdog": "watchdog", "memballoon": "balloon",
	"rng": "rng", "tpm": "tpm", "vsock": "vsock", "iommu": "iommu",
}

func setAlias(el *etree.Element, name string) {
	if el.SelectElement("alias") == nil {
		el.CreateElement("alias").CreateAttr("name", name)
	}
}

func (l *liveDomain) machine() string { return xmlAttr(xmlChild(l.root, "os", "type"), "machine") }

func (l *liveDomain) diskAlias(el *etree.Element) string {
	target := el.SelectElement("target")
	bus := xmlAttr(target, "bus")
	if addressType(el) != "drive" {
		return fmt.Sprintf("%s-disk%d", bus, diskIndex(xmlAttr(target, "dev")))
	}
	controller, unit := addressNumber(el, "controller"), addressNumber(el, "unit")
	channel := addressNumber(el, "bus")
	if bus == "scsi" && l.scsiModel(controller) != "lsilogic" {
		return fmt.Sprintf("scsi%d-%d-%d-%d", controller, channel, addressNumber(el, "target"), unit)
	}
	return fmt.Sprintf("%s%d-%d-%d", bus, controller, channel, unit)
}

func (l *liveDomain) scsiModel(index int) string {
	for _, el := range l.devices.SelectElements("controller") {
		if xmlAttr(el, "type") == "scsi" && controllerIndex(el) == index {
			return xmlAttr(el, "model")
		}
	}
	return ""
}

func (l *liveDomain) controllerAlias(el *etree.Element) string {
	kind, index := xmlAttr(el, "type"), controllerIndex(el)
	q35 := strings.HasPrefix(l.machine(), "pc-q35-")
	switch {
	case kind == "pci" && xmlAttr(el, "model") == "pcie-root":
		return fmt.Sprintf("pcie.%d", index)
	case kind == "pci":
		return fmt.Sprintf("pci.%d", index)
	case kind == "ide" && index == 0 && !q35, kind == "sata" && index == 0 && q35:
		return "ide"
	case kind == "usb" && index == 0:
		return "usb"
	}
	return fmt.Sprintf("%s%d", kind, index)
}

func memoryAlias(el *etree.Element, n int) string {
	switch model := xmlAttr(el, "model"); model {
	case "dimm", "nvdimm":
		return fmt.Sprintf("%s%d", model, addressNumber(el, "slot"))
	default:
		return fmt.Sprintf("%s%d", strings.ReplaceAll(strings.TrimPrefix(model, "sgx-"), "-", ""), n)
	}
}
