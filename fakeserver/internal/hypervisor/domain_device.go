package hypervisor

import (
	"strings"

	"github.com/beevik/etree"
)

// parseDevices reads the devices, kind by kind in libvirt's order, which
// decides what is complained about first.
func (p *domainParser) parseDevices() error {
	p.sortDisks()
	for _, kind := range []struct {
		name  string
		parse func(*domainParser, *etree.Element) error
	}{
		{"disk", (*domainParser).disk},
		{"controller", (*domainParser).controller},
		{"lease", (*domainParser).lease},
		{"filesystem", (*domainParser).filesystem},
		{"interface", (*domainParser).iface},
		{"smartcard", (*domainParser).smartcard},
		{"parallel", (*domainParser).chardev},
		{"serial", (*domainParser).chardev},
		{"console", (*domainParser).chardev},
		{"channel", (*domainParser).chardev},
		{"input", (*domainParser).input},
		{"graphics", (*domainParser).graphics},
		{"sound", (*domainParser).sound},
		{"audio", (*domainParser).audio},
		{"video", (*domainParser).video},
		{"hostdev", (*domainParser).hostdev},
		{"watchdog", (*domainParser).watchdog},
		{"memballoon", (*domainParser).memballoon},
		{"rng", (*domainParser).rng},
		{"tpm", (*domainParser).tpm},
		{"nvram", (*domainParser).plain},
		{"hub", (*domainParser).hub},
		{"redirdev", (*domainParser).redirdev},
		{"panic", (*domainParser).plain},
		{"shmem", (*domainParser).shmem},
		{"memory", (*domainParser).memoryDevice},
		{"iommu", (*domainParser).plain},
		{"vsock", (*domainParser).vsock},
	} {
		for _, el := range p.devices.SelectElements(kind.name) {
			if err := p.deviceInfo(el); err != nil {
				return err
			}
			if err := kind.parse(p, el); err != nil {
				return err
			}
		}
	}
	if err := p.checkUSB(); err != nil {
		return err
	}
	p.sortControllers()
	return p.numberPorts()
}

// plain is for devices of which the rules say all.
func (p *domainParser) plain(*etree.Element) error { return nil }

func (p *domainParser) audio(el *etree.Element) error {
	if !xmlHasAttr(el, "id") {
		return missingAttr("id", "audio")
	}
	return nil
}

func (p *domainParser) hub(el *etree.Element) error {
	if !xmlHasAttr(el, "type") {
		return internalError("missing hub device type")
	}
	return nil
}

// lease is virDomainLeaseDefParseXML.
func (p *domainParser) lease(el *etree.Element) error {
	target := el.SelectElement("target")
	switch {
	case el.SelectElement("key") == nil:
		return xmlError("Missing 'key' element for lease")
	case target == nil:
		return xmlError("Missing 'target' element for lease")
	case !xmlHasAttr(target, "path"):
		return xmlError("Missing 'path' attribute to 'target' element for lease")
	}
	return nil
}

// singleDevices are those that a domain has at most one of. The rules would
// quietly keep the first.
func (p *domainParser) singleDevices() error {
	for _, d := range []struct {
		name string
		fail func(string, ...any) error
		noun string
	}{
		{"watchdog", internalError, "watchdog device is"},
		{"memballoon", internalError, "memory balloon device is"},
		{"nvram", internalError, "nvram device is"},
		{"iommu", xmlError, "IOMMU device is"},
		{"vsock", xmlError, "vsock device is"},
	} {
		if len(p.root.FindElements("./devices/"+d.name)) > 1 {
			return d.fail("only a single %s supported", d.noun)
		}
	}
	if len(p.root.SelectElements("resource")) > 1 {
		return xmlError("only one resource element is supported")
	}
	if len(p.root.FindElements("./devices/redirfilter")) > 1 {
		return internalError("only one set of redirection filter rule is supported")
	}
	if len(p.root.FindElements("./devices/tpm")) > 2 {
		return xmlError("a maximum of two TPM devices is supported, one of them being a TPM Proxy device")
	}
	return nil
}

// deviceInfo reads what all devices have, virDomainDeviceInfoParseXML.
func (p *domainParser) deviceInfo(el *etree.Element) error {
	if alias := el.SelectElement("alias"); alias != nil && !isUserAlias(xmlAttr(alias, "name")) {
		el.RemoveChild(alias) // libvirt names devices itself
	}
	if rom := el.SelectElement("rom"); rom != nil {
		if el.Tag != "interface" && el.Tag != "hostdev" {
			el.RemoveChild(rom)
		} else if xmlAttr(rom, "enabled") == "no" && (xmlHasAttr(rom, "bar") || xmlHasAttr(rom, "file")) {
			return configError("ROM tuning is not supported when ROM is disabled")
		}
	}
	if el.Tag != "controller" {
		xmlRemove(el, "master")
	}
	if address := el.SelectElement("address"); address != nil {
		return parseAddress(address)
	}
	return nil
}

func isUserAlias(name string) bool {
	if !strings.HasPrefix(name, "ua-") {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}
