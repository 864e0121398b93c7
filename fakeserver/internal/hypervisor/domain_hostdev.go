package hypervisor

import (
	"fmt"
	"slices"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

var hostdevTypes = []string{"usb", "pci", "scsi", "scsi_host", "mdev"}

// hostdev reads a device of the host that the guest gets,
// virDomainHostdevDefParseXML.
func (p *domainParser) hostdev(el *etree.Element) error {
	xmlDefault(el, "mode", "subsystem")
	if xmlAttr(el, "mode") == "capabilities" {
		return p.hostdevCaps(el)
	}
	kind := xmlAttr(el, "type")
	if err := p.hostdevSource(el, kind, false); err != nil {
		return err
	}
	xmlDefault(el, "managed", "no")
	if xmlAttr(el, "managed") != "yes" {
		el.CreateAttr("managed", "no")
	}
	if kind != "scsi" {
		xmlRemove(el, "readonly")
		xmlRemove(el, "shareable")
	}
	if kind == "scsi" {
		// libvirt sees to the controller even before the address.
		return p.addControllers("scsi", addressNumber(el, "controller"), "")
	}
	return nil
}

// hostdevCaps is for what containers get of their host.
func (p *domainParser) hostdevCaps(el *etree.Element) error {
	kind := xmlAttr(el, "type")
	source := el.SelectElement("source")
	el.RemoveAttr("managed")
	child := map[string]string{"storage": "block", "misc": "char", "net": "interface"}[kind]
	switch {
	case kind == "":
		return xmlError("missing source address type")
	case child == "":
		return configError("unknown host device source address type '%s'", kind)
	case source == nil:
		return xmlError("Missing <source> element in hostdev device")
	case source.SelectElement(child) == nil:
		return xmlError("Missing <%s> element in hostdev %s device", child,
			map[string]string{"storage": "storage", "misc": "character", "net": "net"}[kind])
	}
	return nil
}

// hostdevSource reads where the device is on the host. An interface of type
// hostdev has a source of the same kind, whose address says the type.
func (p *domainParser) hostdevSource(el *etree.Element, kind string, inInterface bool) error {
	source := el.SelectElement("source")
	switch {
	case kind == "":
		return xmlError("missing source address type")
	case !slices.Contains(hostdevTypes, kind):
		return configError("unknown host device source address type '%s'", kind)
	case source == nil:
		return xmlError("Missing <source> element in hostdev device")
	case kind != "usb" && xmlHasAttr(source, "startupPolicy"):
		return configError("Setting startupPolicy is only allowed for USB devices")
	case kind != "scsi" && xmlHasAttr(el, "sgio"):
		return xmlError("sgio is only supported for scsi host device")
	case kind != "scsi" && xmlHasAttr(el, "rawio"):
		return xmlError("rawio is only supported for scsi host device")
	case !inInterface && kind != "mdev" && kind != "scsi_host" && xmlHasAttr(el, "model"):
		return xmlError("'model' attribute in <hostdev> is only supported when type='%s'", kind)
	case kind == "mdev" && !xmlHasAttr(el, "model"):
		return missingAttr("model", "hostdev")
	}
	address := source.SelectElement("address")
	switch kind {
	case "pci":
		if address == nil {
			address = source.CreateElement("address")
		}
		return sourceAddress(address, inInterface, "pci",
			sourceNumber{"domain", "0x%04x", false}, sourceNumber{"bus", "0x%02x", false},
			sourceNumber{"slot", "0x%02x", false}, sourceNumber{"function", "0x%d", false})
	case "usb":
		return p.usbHostdev(source, address, inInterface)
	case "mdev":
		id, err := ParseUUID(xmlAttr(address, "uuid"))
		if err != nil {
			return xmlError("Cannot parse uuid attribute of element <address>")
		}
		xmlKeepAttrs(address, "uuid")
		address.CreateAttr("uuid", id.String())
	case "scsi":
		return scsiHostdev(source)
	case "scsi_host":
		source.RemoveAttr("startupPolicy")
		if xmlAttr(source, "protocol") != "vhost" {
			return missingAttr("protocol", "source")
		}
	}
	return nil
}

func (p *domainParser) usbHostdev(source, address *etree.Element, inInterface bool) error {
	vendor, product := source.SelectElement("vendor"), source.SelectElement("product")
	switch {
	case vendor != nil && product == nil:
		return internalError("missing product")
	case vendor == nil && product != nil:
		return internalError("missing vendor")
	}
	for _, id := range []*etree.Element{vendor, product} {
		if id == nil {
			continue
		}
		text := xmlAttr(id, "id")
		n, err := parseUintBase(text, 0, 32)
		switch {
		case !xmlHasAttr(id, "id"):
			return missingAttr("id", id.Tag)
		case err != nil:
			return xmlAttrNumber("id", id.Tag, text, "non-negative integer")
		case n == 0 && id == vendor:
			return Errorf(FromXML, libvirt.ErrXMLError, "Invalid value for attribute 'id' in element 'vendor': Zero is not permitted")
		}
		id.CreateAttr("id", fmt.Sprintf("0x%04x", n))
	}
	if address == nil {
		return nil
	}
	if err := sourceAddress(address, inInterface, "usb",
		sourceNumber{"bus", "%d", true}, sourceNumber{"device", "%d", true}); err != nil {
		return err
	}
	if xmlAttr(address, "bus") == "0" && xmlAttr(address, "device") == "0" {
		source.RemoveChild(address)
	}
	return nil
}

func scsiHostdev(source *etree.Element) error {
	if xmlAttr(source, "protocol") == "iscsi" {
		if !xmlHasAttr(source, "name") {
			return xmlError("missing iSCSI hostdev source path name")
		}
		return nil
	}
	address := source.SelectElement("address")
	if address == nil {
		return xmlError("'address' must be specified for scsi hostdev source")
	}
	if err := sourceAddress(address, false, "", sourceNumber{"bus", "%d", true},
		sourceNumber{"target", "%d", true}, sourceNumber{"unit", "%d", true}); err != nil {
		return err
	}
	if xmlAttr(source.SelectElement("adapter"), "name") == "" {
		return xmlError("'adapter' name must be specified for scsi hostdev source")
	}
	return nil
}

// sourceNumber is an attribute of the address of a host's device.
type sourceNumber struct {
	name, format string
	required     bool
}

// sourceAddress brings the address of a host's device into its canonical form.
func sourceAddress(address *etree.Element, typed bool, kind string, numbers ...sourceNumber) error {
	var values []uint64
	for _, a := range numbers {
		text := xmlAttr(address, a.name)
		if text == "" && a.required {
			return missingAttr(a.name, "address")
		}
		n := uint64(0)
		if text != "" {
			var err error
			if n, err = parseUintBase(text, 0, 32); err != nil {
				return xmlAttrNumber(a.name, "address", text, "non-negative integer")
			}
		}
		values = append(values, n)
	}
	address.Attr = nil
	if typed {
		address.CreateAttr("type", kind)
	}
	for i, a := range numbers {
		address.CreateAttr(a.name, fmt.Sprintf(a.format, values[i]))
	}
	return nil
}

// scsiHostdevAddress gives a SCSI device the next place on the controllers,
// virDomainHostdevAssignAddress.
func (p *domainParser) scsiHostdevAddress(el *etree.Element) {
	const units = 7 // of a narrow bus
	used := map[[2]int]bool{}
	for _, other := range append(p.devices.SelectElements("hostdev"), p.devices.SelectElements("disk")...) {
		if addressType(other) == "drive" &&
			(other.Tag == "hostdev" || xmlAttr(other.SelectElement("target"), "bus") == "scsi") {
			used[[2]int{addressNumber(other, "controller"), addressNumber(other, "unit")}] = true
		}
	}
	for controller := 0; ; controller++ {
		for unit := range units {
			if !used[[2]int{controller, unit}] {
				setAddress(el, "type", "drive", "controller", fmt.Sprint(controller), "bus", "0", "target", "0", "unit", fmt.Sprint(unit))
				return
			}
		}
	}
}
