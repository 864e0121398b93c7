package hypervisor

import (
	"slices"
	"strconv"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// memballoon is virDomainMemballoonDefParseXML.
func (p *domainParser) memballoon(el *etree.Element) error {
	if stats := el.SelectElement("stats"); stats != nil {
		text := xmlAttr(stats, "period")
		n, err := strconv.ParseInt(text, 0, 32)
		switch {
		case text != "" && err != nil:
			return xmlAttrNumber("period", "stats", text, "integer")
		case n <= 0:
			el.RemoveChild(stats)
		default:
			stats.CreateAttr("period", strconv.FormatInt(n, 10))
		}
	}
	if xmlAttr(el, "model") == "none" {
		xmlRemove(el, "alias")
		xmlRemove(el, "address")
	}
	return nil
}

// memoryDevice reads memory that is plugged in, virDomainMemoryDefParseXML.
func (p *domainParser) memoryDevice(el *etree.Element) error {
	model := xmlAttr(el, "model")
	target := el.SelectElement("target")
	if model == "nvdimm" {
		if id := el.SelectElement("uuid"); id != nil {
			parsed, err := ParseUUID(xmlText(id))
			if err != nil {
				return internalError("malformed uuid element")
			}
			id.SetText(parsed.String())
		}
	} else {
		xmlRemove(el, "uuid")
	}
	if model == "virtio-pmem" {
		xmlDefault(el, "access", "shared") // the file shall have what the guest writes
	}
	if source := el.SelectElement("source"); source != nil {
		if err := memorySource(source, model); err != nil {
			return err
		}
	}
	if target == nil {
		return xmlError("missing <target> element for <memory> device")
	}
	if target.SelectElement("size") == nil {
		return Errorf(FromXML, libvirt.ErrXMLError, "missing element or attribute '%s'", "./size")
	}
	if node := target.SelectElement("node"); node != nil {
		if n, err := strconv.Atoi(xmlText(node)); err != nil || n < 0 {
			return xmlError("invalid value of memory device node")
		}
	}
	if model != "nvdimm" {
		xmlRemove(target, "label")
		xmlRemove(target, "readonly")
	}
	xmlRemove(target, "current")
	if model != "virtio-mem" {
		xmlRemove(target, "block")
		xmlRemove(target, "requested")
	} else if target.SelectElement("block") != nil && target.SelectElement("requested") == nil {
		target.AddChild(xmlElement("requested", "unit", "KiB"))
		target.SelectElement("requested").SetText("0")
	}
	if label := xmlChild(target, "label", "size"); label != nil {
		switch {
		case kib(label) < 128:
			return xmlError("nvdimm label must be at least 128KiB")
		case kib(label) >= kib(target.SelectElement("size")):
			return xmlError("label size must be smaller than NVDIMM size")
		}
	}
	return nil
}

func memorySource(source *etree.Element, model string) error {
	keep := map[string][]string{
		"dimm": {"pagesize", "nodemask"}, "virtio-mem": {"pagesize", "nodemask"},
		"nvdimm": {"path", "alignsize", "pmem"}, "virtio-pmem": {"path"}, "sgx-epc": {"nodemask"},
	}[model]
	for _, child := range source.ChildElements() {
		if !slices.Contains(keep, child.Tag) {
			source.RemoveChild(child)
		}
	}
	mask := source.SelectElement("nodemask")
	if mask == nil {
		return nil
	}
	set, err := parseBitmap(xmlText(mask))
	switch {
	case err != nil:
		return err
	case len(set) == 0:
		return configError("Invalid value of 'nodemask': %s", xmlText(mask))
	}
	mask.SetText(formatBitmap(set))
	return nil
}
