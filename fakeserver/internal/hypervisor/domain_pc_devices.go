package hypervisor

import (
	"strconv"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// pcDevices fills in what the driver chooses for each device,
// qemuDomainDeviceDefPostParse.
func (p *domainParser) pcDevices() error {
	if p.xml.PC == nil {
		return nil
	}
	for _, el := range p.devices.ChildElements() {
		if complete := pcDevices[el.Tag]; complete != nil {
			if err := complete(p, el); err != nil {
				return err
			}
		}
	}
	return nil
}

var pcDevices = map[string]func(*domainParser, *etree.Element) error{
	"disk":       (*domainParser).pcDisk,
	"controller": (*domainParser).pcController,
	"interface":  (*domainParser).pcInterface,
	"serial":     (*domainParser).pcSerial,
	"hostdev":    (*domainParser).pcHostdev,
	"panic":      (*domainParser).pcPanic,
	"shmem":      (*domainParser).pcShmem,
	"tpm":        (*domainParser).pcTPM,
	"vsock":      (*domainParser).pcVsock,
}

func (p *domainParser) pcDisk(el *etree.Element) error {
	driver := xmlEnsure(el, "driver")
	xmlDefault(driver, "name", "qemu")
	if xmlAttr(el, "type") != "volume" {
		xmlDefault(driver, "type", "raw")
	}
	for _, path := range []string{"encryption", "source/encryption"} {
		if encryption := el.FindElement("./" + path); encryption != nil {
			xmlDefault(encryption, "engine", "qemu")
		}
	}
	return nil
}

func (p *domainParser) pcInterface(el *etree.Element) error {
	if model := xmlEnsure(el, "model"); !xmlHasAttr(model, "type") {
		switch xmlAttr(el, "type") {
		case "hostdev":
		case "vdpa":
			model.CreateAttr("type", "virtio")
		default:
			model.CreateAttr("type", "rtl8139")
		}
	}
	return nil
}

func (p *domainParser) pcSerial(el *etree.Element) error {
	target := el.SelectElement("target")
	xmlDefault(target, "type", "isa-serial")
	model := map[string]string{
		"isa-serial": "isa-serial", "usb-serial": "usb-serial", "pci-serial": "pci-serial",
		"spapr-vio-serial": "spapr-vty", "sclp-serial": "sclpconsole", "isa-debug": "isa-debugcon",
	}[xmlAttr(target, "type")]
	if model != "" {
		xmlDefault(xmlEnsure(target, "model"), "name", model)
	}
	return nil
}

func (p *domainParser) pcHostdev(el *etree.Element) error {
	if xmlAttr(el, "type") == "mdev" && xmlAttr(el, "model") == "vfio-pci" {
		xmlDefault(el, "display", "off")
	}
	return nil
}

func (p *domainParser) pcPanic(el *etree.Element) error {
	xmlDefault(el, "model", "isa")
	return nil
}

// pcShmem is qemuDomainShmemDefPostParse.
func (p *domainParser) pcShmem(el *etree.Element) error {
	model := xmlAttr(el.SelectElement("model"), "type")
	server := el.SelectElement("server") != nil
	if model != "ivshmem-doorbell" && el.SelectElement("size") == nil {
		size := xmlElement("size", "unit", "M")
		size.SetText("4")
		el.AddChild(size)
	}
	switch {
	case model == "ivshmem":
		return nil
	case !server && model == "ivshmem-doorbell":
		return p.pcConfig("shmem model '%s' is supported only with server option enabled", model)
	case !server:
		return nil
	case model == "ivshmem-plain":
		return p.pcConfig("shmem model '%s' is supported only with server option disabled", model)
	case el.SelectElement("size") != nil:
		return p.pcConfig("shmem model '%s' does not support size setting", model)
	}
	xmlDefault(xmlEnsure(el, "msi"), "ioeventfd", "on")
	return nil
}

func (p *domainParser) pcTPM(el *etree.Element) error {
	xmlDefault(el, "model", "tpm-tis")
	backend := el.SelectElement("backend")
	if xmlAttr(backend, "type") == "emulator" && !xmlHasAttr(backend, "version") {
		version := "1.2"
		if model := xmlAttr(el, "model"); model == "tpm-crb" || model == "tpm-spapr" {
			version = "2.0"
		}
		backend.CreateAttr("version", version)
	}
	return nil
}

func (p *domainParser) pcVsock(el *etree.Element) error {
	xmlDefault(el, "model", "virtio")
	return nil
}

// pcController is qemuDomainControllerDefPostParse.
func (p *domainParser) pcController(el *etree.Element) error {
	model := xmlAttr(el, "model")
	switch xmlAttr(el, "type") {
	case "scsi":
		if model == "" || model == "auto" {
			el.CreateAttr("model", "lsilogic")
		}
	case "usb":
		xmlDefault(el, "model", "piix3-uhci")
		ports, _ := strconv.Atoi(xmlAttr(el, "ports"))
		switch {
		case model == "qusb1" || model == "qusb2":
			return p.pcConfig("USB controller model type 'qusb1' or 'qusb2' is not supported in %s", p.virtType)
		case (model == "nec-xhci" || model == "qemu-xhci") && ports > 15:
			return p.pcConfig("'%s' controller only supports up to '%d' ports", model, 15)
		}
	case "pci":
		cells := len(p.root.FindElements("./cpu/numa/cell"))
		node := xmlChild(el, "target", "node")
		switch {
		case (model == "pci-root" || model == "pcie-root") && xmlAttr(el, "index") != "0":
			return p.errPC(libvirt.ErrXMLError, "pci-root and pcie-root controllers should have index 0")
		case model == "pci-expander-bus" && !p.i440fx():
			return p.pcConfig("pci-expander-bus controllers are only supported on 440fx-based machinetypes")
		case model == "pcie-expander-bus" && !p.q35():
			return p.pcConfig("pcie-expander-bus controllers are not supported with this machine type")
		}
		if node != nil {
			if n, err := strconv.Atoi(xmlText(node)); err != nil || n >= cells {
				return p.errPC(libvirt.ErrXMLError,
					"%s with index %s is configured for a NUMA node (%d) not present in the domain's <cpu><numa> array (%d)",
					model, xmlAttr(el, "index"), n, cells)
			}
		}
	}
	return nil
}

// pcControllers completes the controllers and the serial port that common code
// has added since pcDevices.
func (p *domainParser) pcControllers() error {
	if p.xml.PC == nil {
		return nil
	}
	for _, el := range p.devices.SelectElements("controller") {
		if xmlAttr(el, "type") == "scsi" {
			if err := p.pcController(el); err != nil {
				return err
			}
		}
	}
	if serial := p.devices.SelectElement("serial"); serial != nil {
		return p.pcSerial(serial)
	}
	return nil
}
