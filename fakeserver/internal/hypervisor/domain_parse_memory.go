package hypervisor

import (
	"strconv"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// kib returns the amount that the rules have brought into KiB, or 0.
func kib(el *etree.Element) uint64 {
	if el == nil {
		return 0
	}
	n, _ := strconv.ParseUint(xmlText(el), 10, 64)
	return n
}

// memory adds up and compares the amounts, virDomainDefPostParseMemory.
func (p *domainParser) memory() error {
	memory := xmlEnsure(p.root, "memory")
	total := kib(memory)
	if backing := p.root.SelectElement("memoryBacking"); backing != nil {
		if err := p.hugePages(backing); err != nil {
			return err
		}
	}
	var plugged, cells uint64
	for _, m := range p.devices.SelectElements("memory") {
		plugged += kib(xmlChild(m, "target", "size"))
	}
	for _, cell := range p.root.FindElements("./cpu/numa/cell") {
		n, _ := strconv.ParseUint(xmlAttr(cell, "memory"), 10, 64)
		cells += n
	}
	switch {
	case cells != 0 && (total == 0 || p.xml.PC != nil):
		total = cells + plugged
	case plugged > total:
		return xmlError("Total size of memory devices exceeds the total memory size")
	}
	if total == plugged {
		return xmlError("Memory size must be specified via <memory> or in the <numa> configuration")
	}
	current := kib(p.root.SelectElement("currentMemory"))
	if current == 0 || current > total {
		current = total
	}
	if max := p.root.SelectElement("maxMemory"); max != nil {
		slots := xmlAttr(max, "slots")
		if _, err := parseUint(slots, 32); err != nil && slots != "" {
			return xmlError("Failed to parse memory slot count")
		}
		switch {
		case kib(max) == 0 && (slots == "" || slots == "0"):
			p.root.RemoveChild(max)
		case kib(max) == 0 || slots == "" || slots == "0":
			return xmlError("both maximum memory size and memory slot count must be specified")
		case kib(max) < total:
			return xmlError("maximum memory size must be equal or greater than the actual memory size")
		}
	}
	memory.CreateAttr("unit", "KiB")
	xmlEnsure(p.root, "currentMemory").CreateAttr("unit", "KiB")
	p.def.root = p.root
	p.def.setMemory(total)
	p.def.setCurrentMemory(current)
	return nil
}

func (p *domainParser) hugePages(backing *etree.Element) error {
	for _, page := range backing.FindElements("./hugepages/page") {
		if !xmlHasAttr(page, "size") {
			return Errorf(FromXML, libvirt.ErrXMLError, "missing element or attribute '%s'", "./@size")
		}
		bytes, err := parseScaled("./@size", xmlAttr(page, "size"), xmlAttr(page, "unit"), 1024)
		if err != nil {
			return err
		}
		if bytes == 0 {
			return xmlDetail("hugepage size can't be zero")
		}
		page.CreateAttr("size", strconv.FormatUint(ceilDiv(bytes, 1024), 10))
		page.CreateAttr("unit", "KiB")
		if text := xmlAttr(page, "nodeset"); text != "" {
			set, err := parseBitmap(text)
			if err != nil {
				return err
			}
			page.CreateAttr("nodeset", formatBitmap(set))
		}
	}
	return nil
}
