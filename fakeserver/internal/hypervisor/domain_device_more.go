package hypervisor

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

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

// smartcard reads a smart card, virDomainSmartcardDefParseXML.
func (p *domainParser) smartcard(el *etree.Element) error {
	mode := xmlAttr(el, "mode")
	if mode != "passthrough" {
		xmlKeepAttrs(el, "mode")
		xmlRemove(el, "source")
		xmlRemove(el, "protocol")
	}
	if mode != "host-certificates" {
		xmlRemove(el, "certificate")
		xmlRemove(el, "database")
	}
	switch mode {
	case "":
		return missingAttr("mode", "smartcard")
	case "host":
	case "host-certificates":
		if len(el.SelectElements("certificate")) != 3 {
			return xmlError("host-certificates mode needs exactly three certificates")
		}
		if db := el.SelectElement("database"); db != nil && !strings.HasPrefix(xmlText(db), "/") {
			return xmlError("expecting absolute path: %s", xmlText(db))
		}
	case "passthrough":
		switch kind := xmlAttr(el, "type"); {
		case kind == "":
			return xmlError("passthrough mode requires a character device type attribute")
		case !slices.Contains(chardevTypes, kind):
			return configError("unknown type presented to host for character device: %s", kind)
		}
		return chardevSource(el)
	default:
		return invalidAttr("mode", "smartcard", mode)
	}
	return nil
}

// watchdog is virDomainWatchdogDefParseXML.
func (p *domainParser) watchdog(el *etree.Element) error {
	if !xmlHasAttr(el, "model") {
		return internalError("watchdog must contain model name")
	}
	xmlDefault(el, "action", "reset")
	return nil
}

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

// rng reads a source of randomness, virDomainRNGDefParseXML.
func (p *domainParser) rng(el *etree.Element) error {
	if !xmlHasAttr(el, "model") {
		return xmlError("missing RNG device model")
	}
	if rate := el.SelectElement("rate"); rate != nil && !xmlHasAttr(rate, "bytes") {
		el.RemoveChild(rate)
	}
	backend := el.SelectElement("backend")
	switch {
	case backend == nil:
		return xmlError("only one RNG backend is supported")
	case !xmlHasAttr(backend, "model"):
		return xmlError("missing RNG device backend model")
	}
	switch xmlAttr(backend, "model") {
	case "random":
		text := xmlText(backend)
		backend.Child = nil
		if text == "" {
			text = p.xml.RandomSource
		}
		backend.SetText(text)
		backend.RemoveAttr("type")
	case "egd":
		switch kind := xmlAttr(backend, "type"); {
		case kind == "":
			return xmlError("missing EGD backend type")
		case !slices.Contains(chardevTypes, kind):
			return configError("unknown backend type '%s' for egd", kind)
		}
		return chardevSource(backend)
	default:
		backend.Child = nil
		backend.RemoveAttr("type")
	}
	return nil
}

// tpm is virDomainTPMDefParseXML.
func (p *domainParser) tpm(el *etree.Element) error {
	backend := el.SelectElement("backend")
	if backend == nil {
		return xmlError("missing TPM device backend")
	}
	kind := xmlAttr(backend, "type")
	if kind != "passthrough" {
		xmlRemove(backend, "device")
	}
	if kind != "emulator" {
		xmlKeepAttrs(backend, "type")
		xmlRemove(backend, "encryption")
		xmlRemove(backend, "active_pcr_banks")
	}
	if kind != "external" {
		xmlRemove(backend, "source")
	}
	switch kind {
	case "":
		return missingAttr("type", "backend")
	case "passthrough":
		xmlDefault(xmlEnsure(backend, "device"), "path", "/dev/tpm0")
	case "emulator":
		switch state := xmlAttr(backend, "persistent_state"); state {
		case "", "yes":
		case "no":
			backend.RemoveAttr("persistent_state")
		default:
			return internalError("Invalid persistent_state value, either 'yes' or 'no'")
		}
		if v := xmlAttr(backend, "version"); v != "" && v != "1.2" && v != "2.0" {
			return invalidAttr("version", "backend", v)
		}
	case "external":
		if !xmlHasAttr(backend.SelectElement("source"), "type") {
			return xmlError("missing external TPM backend source type")
		}
	default:
		return invalidAttr("type", "backend", kind)
	}
	return nil
}

// redirdev is virDomainRedirdevDefParseXML.
func (p *domainParser) redirdev(el *etree.Element) error {
	xmlDefault(el, "bus", "usb")
	switch kind := xmlAttr(el, "type"); {
	case kind == "":
		return internalError("missing type in redirdev")
	case !slices.Contains(chardevTypes, kind):
		return configError("unknown redirdev character device type '%s'", kind)
	}
	if addressType(el) != "" && addressType(el) != "usb" {
		return xmlError("Invalid address for a USB device")
	}
	return chardevSource(el)
}

// shmem reads memory that guests share, virDomainShmemDefParseXML.
func (p *domainParser) shmem(el *etree.Element) error {
	if !xmlHasAttr(el, "name") {
		return xmlError("shmem element must contain 'name' attribute")
	}
	model := xmlEnsure(el, "model")
	xmlDefault(model, "type", "ivshmem")
	switch kind := xmlAttr(model, "type"); kind {
	case "ivshmem":
		el.RemoveAttr("role")
	case "ivshmem-plain", "ivshmem-doorbell":
	default:
		return invalidAttr("type", "model", kind)
	}
	if size := el.SelectElement("size"); size != nil {
		bytes, err := parseScaled("./size[1]", xmlText(size), xmlAttr(size, "unit"), 1)
		if err != nil {
			return err
		}
		size.CreateAttr("unit", "M")
		size.SetText(strconv.FormatUint(bytes>>20, 10))
		if bytes == 0 {
			el.RemoveChild(size)
		}
	}
	server := el.SelectElement("server")
	if server != nil && xmlHasAttr(server, "path") {
		server.CreateAttr("path", path.Clean(xmlAttr(server, "path")))
	}
	if el.SelectElement("msi") != nil && server == nil {
		return xmlError("msi option is only supported with a server")
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

// vsock is virDomainVsockDefParseXML.
func (p *domainParser) vsock(el *etree.Element) error {
	cid := xmlEnsure(el, "cid")
	setDefault := func(auto bool) {
		if !xmlHasAttr(cid, "auto") {
			setYesNo(cid, "auto", auto)
		}
	}
	setDefault(!xmlHasAttr(cid, "address"))
	return nil
}
