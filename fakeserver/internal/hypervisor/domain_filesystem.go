package hypervisor

import (
	"fmt"
	"strconv"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// filesystemSources is the attribute of <source> for each type of file system.
var filesystemSources = map[string][]string{
	"mount": {"dir"}, "bind": {"dir"}, "file": {"file"}, "block": {"dev"}, "template": {"name"},
	"ram": {"usage", "units"}, "volume": {"pool", "volume"},
}

// filesystem reads a directory or the like of the host that the guest sees,
// virDomainFSDefParseXML.
func (p *domainParser) filesystem(el *etree.Element) error {
	xmlDefault(el, "type", "mount")
	kind := xmlAttr(el, "type")
	for _, name := range []string{"fmode", "dmode"} {
		text := xmlAttr(el, name)
		if text == "" {
			continue
		}
		n, err := parseUintBase(text, 8, 32)
		switch {
		case err != nil:
			return xmlAttrNumber(name, "filesystem", text, "non-negative integer")
		case n > 0o777:
			return xmlError("invalid %s: '0%o'", name, n)
		case n == 0:
			el.RemoveAttr(name)
		default:
			el.CreateAttr(name, fmt.Sprintf("%04o", n))
		}
	}
	driver := el.SelectElement("driver")
	virtiofs := xmlAttr(driver, "type") == "virtiofs"
	if driver != nil && !xmlHasAttr(driver, "type") {
		driver.RemoveAttr("format")
		driver.RemoveAttr("wrpolicy")
	}
	if !virtiofs {
		xmlRemove(el, "binary")
		if driver != nil {
			driver.RemoveAttr("queue")
		}
	}
	source, target := el.SelectElement("source"), xmlAttr(el.SelectElement("target"), "dir")
	socket := xmlAttr(source, "socket")
	if source != nil {
		xmlKeepAttrs(source, filesystemSources[kind]...)
	}
	switch {
	case source != nil && socket != "":
		source.Attr = nil
		source.CreateAttr("socket", socket)
	case kind == "ram":
		if err := ramFilesystem(source); err != nil {
			return err
		}
	case kind != "volume" && (source == nil || len(source.Attr) == 0):
		if target == "" {
			return BareError(FromDomain, libvirt.ErrNoSource)
		}
		return Errorf(FromDomain, libvirt.ErrNoSource, "%s", target)
	}
	if socket == "" {
		xmlDefault(el, "accessmode", "passthrough")
	}
	return nil
}

func ramFilesystem(source *etree.Element) error {
	text := xmlAttr(source, "usage")
	if text == "" {
		return xmlError("missing 'usage' attribute for RAM filesystem")
	}
	n, err := parseUint(text, 64)
	if err != nil {
		return xmlError("cannot parse usage '%s' for RAM filesystem", text)
	}
	bytes, err := scaleInteger(n, xmlAttr(source, "units"), 1024)
	if err != nil {
		return err
	}
	source.CreateAttr("usage", strconv.FormatUint(bytes/1024, 10))
	source.CreateAttr("units", "KiB")
	return nil
}
