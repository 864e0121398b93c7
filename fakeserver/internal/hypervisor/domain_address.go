package hypervisor

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// addressAttr is one attribute of an address: the base in which libvirt reads
// it and the format in which it writes it.
type addressAttr struct {
	name, format string
	base         int
	optional     bool
}

// addressTypes are the kinds of <address>, with the attributes that make them.
var addressTypes = map[string][]addressAttr{
	"pci": {{"domain", "0x%04x", 0, false}, {"bus", "0x%02x", 0, false}, {"slot", "0x%02x", 0, false},
		{"function", "0x%d", 0, false}},
	"drive":         {{"controller", "%d", 10, false}, {"bus", "%d", 10, false}, {"target", "%d", 10, false}, {"unit", "%d", 10, false}},
	"virtio-serial": {{"controller", "%d", 10, false}, {"bus", "%d", 10, false}, {"port", "%d", 10, false}},
	"ccid":          {{"controller", "%d", 10, false}, {"slot", "%d", 10, false}},
	"usb":           {{"bus", "%d", 10, false}},
	"spapr-vio":     {{"reg", "0x%08x", 16, true}},
	"ccw":           {{"cssid", "0x%x", 0, true}, {"ssid", "0x%x", 0, true}, {"devno", "0x%04x", 0, true}},
	"virtio-mmio":   {},
	"isa":           {{"iobase", "0x%x", 16, true}, {"irq", "0x%x", 16, true}},
	"dimm":          {{"slot", "%d", 10, false}, {"base", "0x%x", 16, true}},
	"unassigned":    {},
}

// parseAddress brings a device's <address> into its canonical form,
// virDomainDeviceAddressParseXML.
func parseAddress(address *etree.Element) error {
	kind := xmlAttr(address, "type")
	attrs, known := addressTypes[kind]
	switch {
	case kind == "":
		return internalError("No type specified for device address")
	case kind == "virtio-s390":
		return xmlError("virtio-s390 bus doesn't have an address")
	case !known:
		return configError("unknown address type '%s'", kind)
	}
	keep := []string{"type"}
	set := map[string]uint64{}
	for _, a := range attrs {
		text := xmlAttr(address, a.name)
		if text == "" && a.optional {
			continue
		}
		var n uint64
		if text != "" {
			var err error
			if n, err = parseUintBase(text, a.base, 64); err != nil {
				return Errorf(FromXML, libvirt.ErrXMLError,
					"Invalid value for attribute '%s' in element 'address': '%s'. Expected non-negative integer value", a.name, text)
			}
		}
		set[a.name] = n
		address.CreateAttr(a.name, fmt.Sprintf(a.format, n))
		keep = append(keep, a.name)
	}
	switch kind {
	case "pci":
		keep = append(keep, "multifunction")
		if set["domain"]|set["bus"]|set["slot"] == 0 {
			// The host bridge's: a PCI address, but which one is open.
			keep = []string{"type", "multifunction"}
		} else if err := checkPCIAddress(set); err != nil {
			return err
		}
	case "usb":
		keep = append(keep, "port")
	}
	xmlKeepAttrs(address, keep...)
	if kind != "pci" {
		xmlRemove(address, "zpci")
	}
	return nil
}

// checkPCIAddress is virPCIDeviceAddressIsValid.
func checkPCIAddress(set map[string]uint64) error {
	for _, limit := range []struct {
		name string
		max  uint64
		text string
	}{
		{"domain", 0xffff, "Invalid PCI address domain='0x%x', must be <= 0xFFFF"},
		{"bus", 0xff, "Invalid PCI address bus='0x%x', must be <= 0xFF"},
		{"slot", 0x1f, "Invalid PCI address slot='0x%x', must be <= 0x1F"},
		{"function", 7, "Invalid PCI address function=0x%x, must be <= 7"},
	} {
		if set[limit.name] > limit.max {
			return Errorf(FromNone, libvirt.ErrXMLError, limit.text, set[limit.name])
		}
	}
	return nil
}

// addressType returns the kind of a device's address, or "".
func addressType(el *etree.Element) string { return xmlAttr(el.SelectElement("address"), "type") }

// addressNumber returns one of the numbers of a device's address.
func addressNumber(el *etree.Element, name string) int {
	n, _ := parseUintBase(xmlAttr(el.SelectElement("address"), name), 0, 32)
	return int(n)
}

// setAddress gives a device an address.
func setAddress(el *etree.Element, attrs ...string) {
	xmlRemove(el, "address")
	el.AddChild(xmlElement("address", attrs...))
}

// diskIndex is virDiskNameToIndex: 0 for "sda", 26 for "hdaa"; -1 for another
// name.
func diskIndex(name string) int {
	rest := ""
	for _, prefix := range []string{"fd", "hd", "vd", "sd", "xvd", "ubd"} {
		if after, ok := strings.CutPrefix(name, prefix); ok {
			rest = after
			break
		}
	}
	index, n := 0, 0
	for ; n < len(rest) && rest[n] >= 'a' && rest[n] <= 'z'; n++ {
		if n > 0 {
			index++
		}
		index = index*26 + int(rest[n]-'a')
	}
	// The number of a partition may follow, and is nothing to the index.
	if n == 0 || strings.Trim(rest[n:], "0123456789") != "" {
		return -1
	}
	return index
}
