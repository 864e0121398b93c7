package hypervisor

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

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
