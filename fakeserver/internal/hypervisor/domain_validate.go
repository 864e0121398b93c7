package hypervisor

import (
	"slices"
	"strconv"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// validate checks the definition when it is complete, virDomainDefValidate:
// first as the driver does, then device by device, then as a whole.
func (p *domainParser) validate() error {
	if err := p.pcValidate(); err != nil {
		return err
	}
	for _, kind := range []struct {
		tag   string
		check func(*domainParser, *etree.Element) error
	}{
		{"disk", (*domainParser).validateDisk},
		{"redirdev", (*domainParser).validateRedirdev},
		{"interface", (*domainParser).validateInterface},
		{"controller", (*domainParser).validateController},
		{"input", (*domainParser).validateInput},
		{"video", (*domainParser).validateVideo},
		{"graphics", (*domainParser).validateGraphics},
		{"memory", (*domainParser).validateMemory},
		{"vsock", (*domainParser).validateVsock},
	} {
		for _, el := range p.devices.SelectElements(kind.tag) {
			if err := kind.check(p, el); err != nil {
				return err
			}
		}
	}
	for _, step := range []func() error{
		p.validateUniqueDisks, p.validateTopology, p.validatePrimaryVideo, p.validateAliases, p.validateHugePages, p.validateLoader,
		p.nameInterfaces,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// xmlDetail raises VIR_ERR_XML_DETAIL, whose text is the detail alone.
func xmlDetail(format string, args ...any) error {
	return Errorf(FromDomain, libvirt.ErrXMLDetail, format, args...)
}

// validateUniqueDisks refuses two disks of one name or at one place.
func (p *domainParser) validateUniqueDisks() error {
	disks := p.devices.SelectElements("disk")
	names := map[string]*etree.Element{}
	path := func(el *etree.Element) string {
		if source := el.SelectElement("source"); source != nil && sourcePath(source) != "" {
			return sourcePath(source)
		}
		return "<null>"
	}
	for _, el := range disks {
		dev := xmlAttr(el.SelectElement("target"), "dev")
		if other := names[dev]; other != nil {
			return xmlError("target '%s' duplicated for disk sources '%s' and '%s'", dev, path(other), path(el))
		}
		names[dev] = el
	}
	type place struct{ bus, controller, channel, target, unit string }
	places := map[place]*etree.Element{}
	for _, el := range disks {
		if addressType(el) != "drive" {
			continue
		}
		a := el.SelectElement("address")
		at := place{xmlAttr(el.SelectElement("target"), "bus"),
			xmlAttr(a, "controller"), xmlAttr(a, "bus"), xmlAttr(a, "target"), xmlAttr(a, "unit")}
		if other := places[at]; other != nil {
			return configError("Found duplicate drive address for disk with target name '%s' controller='%s' bus='%s' target='%s' unit='%s'",
				xmlAttr(other.SelectElement("target"), "dev"), at.controller, at.channel, at.target, at.unit)
		}
		places[at] = el
	}
	return nil
}

// validateTopology is virDomainDefGetVcpusTopology.
func (p *domainParser) validateTopology() error {
	topology := xmlChild(p.root, "cpu", "topology")
	if topology == nil {
		return nil
	}
	product := uint64(1)
	for _, name := range []string{"sockets", "dies", "cores", "threads"} {
		n, _ := strconv.ParseUint(xmlAttr(topology, name), 10, 32)
		if product *= n; product > 1<<32-1 {
			return configError("cpu topology results in more than %d cpus", uint32(1<<32-1))
		}
	}
	return nil
}

func (p *domainParser) validatePrimaryVideo() error {
	videos := p.devices.SelectElements("video")
	for i, el := range videos {
		if i > 0 && xmlAttr(el.SelectElement("model"), "primary") == "yes" {
			return configError("Only one primary video device is supported")
		}
	}
	return nil
}

func (p *domainParser) validateAliases() error {
	seen := map[string]bool{}
	for _, el := range p.devices.ChildElements() {
		alias := el.SelectElement("alias")
		if alias == nil || el.Tag == "console" {
			continue
		}
		if name := xmlAttr(alias, "name"); seen[name] {
			return configError("non unique alias detected: %s", name)
		} else {
			seen[name] = true
		}
	}
	return nil
}

// validateHugePages is virDomainDefMemtuneValidate.
func (p *domainParser) validateHugePages() error {
	cells := len(p.root.FindElements("./cpu/numa/cell"))
	pages := p.root.FindElements("./memoryBacking/hugepages/page")
	sets := make([][]int, len(pages))
	for i, page := range pages {
		sets[i], _ = parseBitmap(xmlAttr(page, "nodeset"))
		for j := range i {
			size, other := xmlAttr(page, "size"), xmlAttr(pages[j], "size")
			both := slices.ContainsFunc(sets[i], func(n int) bool { return slices.Contains(sets[j], n) })
			switch {
			case both:
				return xmlDetail("nodeset attribute of hugepages of sizes %s and %s intersect", size, other)
			case len(sets[i]) == 0 && len(sets[j]) == 0:
				return xmlDetail("two master hugepages detected: %s and %s", size, other)
			}
		}
		for _, node := range sets[i] {
			if node >= cells && node > 0 {
				return xmlDetail("hugepages: node %d not found", node)
			}
		}
	}
	return nil
}

// validateLoader is virDomainDefOSValidate.
func (p *domainParser) validateLoader() error {
	os := p.root.SelectElement("os")
	loader := os.SelectElement("loader")
	auto := xmlAttr(os, "firmware") != ""
	switch {
	case auto && p.xml.PC == nil:
		return xmlDetail("firmware auto selection not implemented for this driver")
	case auto && xmlHasAttr(loader, "readonly"):
		return xmlDetail("loader attribute 'readonly' cannot be specified when firmware autoselection is enabled")
	case auto && xmlHasAttr(loader, "type"):
		return xmlDetail("loader attribute 'type' cannot be specified when firmware autoselection is enabled")
	case auto && loader != nil && xmlText(loader) != "":
		return xmlDetail("loader path cannot be specified when firmware autoselection is enabled")
	case !auto && loader != nil && xmlText(loader) == "":
		return xmlDetail("no loader path specified and firmware auto selection disabled")
	}
	return nil
}
