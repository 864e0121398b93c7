package hypervisor

import (
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// diskSources are the attributes of <source> for each type of storage.
var diskSources = map[string][]string{
	"file":      {"file", "fdgroup", "startupPolicy"},
	"block":     {"dev", "startupPolicy"},
	"dir":       {"dir", "startupPolicy"},
	"network":   {"protocol", "name", "query", "tls", "tlsHostname"},
	"volume":    {"pool", "volume", "mode", "startupPolicy"},
	"nvme":      {"type", "managed", "namespace", "startupPolicy"},
	"vhostuser": {"type", "path", "startupPolicy"},
}

// disk reads a disk, virDomainDiskDefParseXML and virDomainDiskDefPostParse.
func (p *domainParser) disk(el *etree.Element) error {
	if err := p.diskSource(el); err != nil {
		return err
	}
	xmlDefault(el, "device", "disk")
	if driver := el.SelectElement("driver"); driver != nil && xmlAttr(driver, "type") == "aio" {
		driver.CreateAttr("type", "raw")
	}
	device := xmlAttr(el, "device")
	target := xmlEnsure(el, "target")
	dev := strings.TrimPrefix(xmlAttr(target, "dev"), "ioemu:")
	if dev == "" {
		if source := el.SelectElement("source"); source != nil {
			return Errorf(FromDomain, libvirt.ErrNoTarget, "%s", sourcePath(source))
		}
		return BareError(FromDomain, libvirt.ErrNoTarget)
	}
	target.CreateAttr("dev", dev)
	xmlDefault(target, "bus", diskBus(device, dev))
	if xmlAttr(target, "tray") == "closed" || device != "cdrom" && device != "floppy" {
		target.RemoveAttr("tray")
	}
	if xmlAttr(target, "bus") != "usb" {
		target.RemoveAttr("removable")
	}
	if device == "cdrom" {
		xmlEnsure(el, "readonly")
	}
	if el.SelectElement("readonly") != nil && xmlAttr(el, "snapshot") == "no" {
		el.RemoveAttr("snapshot") // as it is without saying
	}
	if xmlAttr(el, "type") == "vhostuser" {
		xmlDefault(el, "snapshot", "no")
	}
	if g := el.SelectElement("geometry"); g != nil && (!xmlHasAttr(g, "cyls") || !xmlHasAttr(g, "heads") || !xmlHasAttr(g, "secs")) {
		el.RemoveChild(g)
	}
	if err := iotune(el.SelectElement("iotune")); err != nil {
		return err
	}
	if el.SelectElement("address") == nil {
		return p.diskAddress(el, target)
	}
	return nil
}

// iotune reads the limits of a disk, virDomainDiskDefIotuneParse.
func iotune(tune *etree.Element) error {
	if tune == nil {
		return nil
	}
	for _, el := range tune.ChildElements() {
		if el.Tag == "group_name" {
			continue
		}
		n, err := parseUint(xmlText(el), 64)
		if err != nil && xmlText(el) != "" {
			return xmlError("disk iotune field '%s' must be an integer", el.Tag)
		}
		if n == 0 {
			tune.RemoveChild(el)
			continue
		}
		el.SetText(strconv.FormatUint(n, 10))
	}
	return nil
}

func (p *domainParser) diskSource(el *etree.Element) error {
	source := el.SelectElement("source")
	xmlDefault(el, "type", "file")
	if source == nil {
		el.CreateAttr("type", "file")
		return nil
	}
	kind := xmlAttr(el, "type")
	xmlKeepAttrs(source, diskSources[kind]...)
	switch {
	case kind == "network" && !xmlHasAttr(source, "protocol"):
		return missingAttr("protocol", "source")
	case kind == "network" && !xmlHasAttr(source, "name") && xmlAttr(source, "protocol") != "nbd":
		return xmlError("missing name for disk source")
	case kind == "network" && slices.Contains([]string{"rbd", "gluster"}, xmlAttr(source, "protocol")) &&
		strings.Index(xmlAttr(source, "name"), "/") <= 0:
		return xmlError("can't split path '%s' into pool name and image name", xmlAttr(source, "name"))
	case kind == "volume" && (xmlHasAttr(source, "pool") != xmlHasAttr(source, "volume")):
		return xmlError("'pool' and 'volume' must be specified together for 'pool' type source")
	case kind == "nvme":
		xmlDefault(source, "managed", "yes")
	case kind == "network" && xmlAttr(source, "protocol") == "iscsi":
		if name := xmlAttr(source, "name"); !strings.Contains(name, "/") {
			source.CreateAttr("name", name+"/0")
		}
	}
	if kind != "nvme" {
		xmlRemove(source, "address")
	}
	if kind != "network" {
		for _, name := range []string{"host", "identity", "snapshot", "config", "initiator", "ssl", "cookies", "readahead", "timeout"} {
			xmlRemove(source, name)
		}
		return nil
	}
	xmlRemove(source, "seclabel")
	for _, host := range source.SelectElements("host") {
		if !slices.Contains([]string{"", "tcp", "unix", "rdma"}, xmlAttr(host, "transport")) {
			return configError("unknown protocol transport type '%s'", xmlAttr(host, "transport"))
		}
	}
	return nil
}

// sourcePath returns what libvirt calls the path of a source.
func sourcePath(source *etree.Element) string {
	for _, name := range []string{"file", "dev", "dir", "name", "path"} {
		if v := xmlAttr(source, name); v != "" {
			return v
		}
	}
	return ""
}

func diskBus(device, dev string) string {
	if device == "floppy" {
		return "fdc"
	}
	for _, b := range []struct{ prefix, bus string }{
		{"hd", "ide"}, {"sd", "scsi"}, {"vd", "virtio"}, {"xvd", "xen"}, {"ubd", "uml"},
	} {
		if strings.HasPrefix(dev, b.prefix) {
			return b.bus
		}
	}
	return "ide"
}

// diskAddress gives a disk the place on its controller that its name means,
// virDomainDiskDefAssignAddress.
func (p *domainParser) diskAddress(el, target *etree.Element) error {
	index := diskIndex(xmlAttr(target, "dev"))
	if index < 0 {
		return xmlError("Unknown disk name '%s' and no address specified", xmlAttr(target, "dev"))
	}
	var controller, bus, unit int
	switch xmlAttr(target, "bus") {
	case "scsi":
		controller, unit = index/7, index%7 // of a narrow bus, unless the driver says otherwise
	case "ide":
		controller, bus, unit = index/4, index%4/2, index%2
	case "sata":
		controller, unit = index/6, index%6
	case "fdc":
		controller, unit = index/2, index%2
	default:
		return nil
	}
	setAddress(el, "type", "drive", "controller", strconv.Itoa(controller), "bus", strconv.Itoa(bus),
		"target", "0", "unit", strconv.Itoa(unit))
	return nil
}

// sortDisks puts the disks in the order in which libvirt's virDomainDiskInsert
// does: by name among those of one bus. Those that do not say their bus are one
// group, since libvirt has not concluded it yet.
func (p *domainParser) sortDisks() {
	var sorted []*etree.Element
	for _, el := range p.devices.SelectElements("disk") {
		p.devices.RemoveChild(el)
		target := el.SelectElement("target")
		at := -1
		for i := len(sorted) - 1; i >= 0; i-- {
			other := sorted[i].SelectElement("target")
			if xmlAttr(other, "bus") != xmlAttr(target, "bus") {
				continue
			}
			if diskIndex(xmlAttr(other, "dev")) > diskIndex(xmlAttr(target, "dev")) {
				at = i
			} else if at == -1 {
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
