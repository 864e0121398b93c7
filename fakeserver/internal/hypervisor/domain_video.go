package hypervisor

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/beevik/etree"
)

// video reads a video device, virDomainVideoDefParseXML.
func (p *domainParser) video(el *etree.Element) error {
	model := xmlEnsure(el, "model")
	if xmlAttr(model, "type") == "default" {
		model.RemoveAttr("type")
	}
	for _, attr := range []string{"ram", "vram", "vram64", "vgamem", "heads"} {
		text := xmlAttr(model, attr)
		n, err := parseUint(text, 32)
		switch {
		case text == "":
			continue
		case err != nil && attr == "heads":
			return internalError("cannot parse video heads '%s'", text)
		case err != nil:
			return xmlError("cannot parse video %s '%s'", attr, text)
		case n == 0 && attr != "heads":
			model.RemoveAttr(attr)
		default:
			model.CreateAttr(attr, strconv.FormatUint(n, 10))
		}
	}
	xmlDefault(model, "heads", "1")
	if xmlAttr(model, "primary") != "yes" {
		model.RemoveAttr("primary")
	}
	if accel := model.SelectElement("acceleration"); accel != nil && len(accel.Attr) == 0 {
		return configError("missing values for acceleration")
	}
	return nil
}

// videoRAM is virDomainVideoDefaultRAM: what a video device has where the
// definition does not say, in KiB.
func videoRAM(kind string) uint32 {
	switch kind {
	case "vga", "cirrus", "vmvga", "bochs":
		return 16 * 1024
	case "xen":
		return 4 * 1024
	case "qxl":
		return 64 * 1024
	}
	return 0
}

// chooseVideo fills in a model where the definition has none, and completes the
// device.
func (p *domainParser) chooseVideo(el *etree.Element) {
	model := el.SelectElement("model")
	xmlDefault(model, "heads", "1")
	if !xmlHasAttr(model, "type") {
		kind := "cirrus"
		if p.def.osType == "xen" || p.def.osType == "linux" {
			kind = "xen"
		} else if p.arch == "ppc64" || p.arch == "ppc64le" {
			kind = "vga"
		}
		model.CreateAttr("type", kind)
	}
	if p.xml.PC != nil && xmlAttr(model, "type") == "qxl" {
		xmlDefault(model, "vgamem", "16384")
	}
	completeVideo(el)
}

// completeVideo fills in a video device, virDomainVideoDefPostParse, once the
// driver has chosen a model.
func completeVideo(el *etree.Element) {
	model := el.SelectElement("model")
	kind := xmlAttr(model, "type")
	if ram := videoRAM(kind); ram != 0 {
		if kind == "qxl" {
			xmlDefault(model, "ram", fmt.Sprint(ram))
		}
		xmlDefault(model, "vram", fmt.Sprint(ram))
	}
	for _, attr := range []string{"ram", "vram"} {
		if n, err := strconv.ParseUint(xmlAttr(model, attr), 10, 32); err == nil {
			model.CreateAttr(attr, strconv.FormatUint(roundUpPowerOfTwo(n), 10))
		}
	}
}

func roundUpPowerOfTwo(n uint64) uint64 {
	up := uint64(1)
	for up < n {
		up *= 2
	}
	return up
}

// validateVideo is virDomainVideoDefValidate.
func (p *domainParser) validateVideo(el *etree.Element) error {
	model := el.SelectElement("model")
	kind := xmlAttr(model, "type")
	switch {
	case kind == "":
		return internalError("missing video model and cannot determine default")
	case kind == "none" && len(p.devices.SelectElements("video")) > 1:
		return configError("a 'none' video type must be the only video device defined for the domain")
	}
	if res := model.SelectElement("resolution"); res != nil && (!xmlHasAttr(res, "x") || !xmlHasAttr(res, "y")) {
		return configError("video resolution values must be greater than 0")
	}
	if kind == "qxl" {
		return nil
	}
	for _, attr := range []string{"ram", "vram64", "vgamem"} {
		if xmlHasAttr(model, attr) {
			return configError("%s attribute only supported for video type qxl", attr)
		}
	}
	return nil
}

var soundModels = []string{"sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "ich7"}

// sound reads a sound device, virDomainSoundDefParseXML.
func (p *domainParser) sound(el *etree.Element) error {
	model := xmlAttr(el, "model")
	switch {
	case model == "":
		return missingAttr("model", "sound")
	case !slices.Contains(soundModels, model):
		return invalidAttr("model", "sound", model)
	}
	if model != "ich6" && model != "ich9" {
		xmlRemove(el, "codec")
	}
	for _, codec := range el.SelectElements("codec") {
		if kind := xmlAttr(codec, "type"); !slices.Contains([]string{"duplex", "micro", "output"}, kind) {
			return configError("unknown codec type '%s'", kind)
		}
	}
	return nil
}
