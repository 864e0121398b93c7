package hypervisor

import (
	"strconv"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// defaults completes a definition, virDomainDefPostParse: driver's and common
// parts take turns.
func (p *domainParser) defaults() error {
	for _, step := range []func() error{
		p.supported, p.pcEmulator, p.indexControllers, p.pcMachine,
		p.numberSerials, p.completeDevices,
		p.memory, p.duplicates, p.bootOrder,
		p.consoleCompat, p.implicitControllers, p.implicitVideo,
		p.checkCPU, p.pcAddresses, p.slash,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// checkCPU is virDomainDefPostParseCPU.
func (p *domainParser) checkCPU() error {
	cpu := p.root.SelectElement("cpu")
	if mode := xmlAttr(cpu, "mode"); mode != "" && mode != "custom" || xmlChild(cpu, "model") != nil || !xmlHasAttr(cpu, "check") {
		return nil
	}
	return configError("check attribute specified for CPU with no model")
}

func (p *domainParser) slash() error {
	if strings.Contains(p.def.name, "/") {
		return xmlError("name %s cannot contain '/'", p.def.name)
	}
	return nil
}

// completeDevices is virDomainDefPostParseDeviceIterator, device by device.
func (p *domainParser) completeDevices() error {
	if err := p.pcDevices(); err != nil {
		return err
	}
	for _, el := range p.devices.SelectElements("video") {
		p.chooseVideo(el)
	}
	for _, el := range p.devices.SelectElements("hostdev") {
		if xmlAttr(el, "type") == "scsi" && el.SelectElement("address") == nil {
			p.scsiHostdevAddress(el)
		}
	}
	for _, el := range p.devices.SelectElements("controller") {
		if xmlHasAttr(el.SelectElement("driver"), "iothread") && !strings.HasPrefix(xmlAttr(el, "model"), "virtio") {
			return xmlError("'iothread' attribute only supported for virtio scsi controllers")
		}
	}
	return nil
}

// duplicates refuses what a domain can have but once.
func (p *domainParser) duplicates() error {
	type key struct{ kind, index string }
	seen := map[key]bool{}
	for _, el := range p.devices.SelectElements("controller") {
		k := key{xmlAttr(el, "type"), xmlAttr(el, "index")}
		if k.kind != "usb" && seen[k] {
			return xmlError("Multiple '%s' controllers with index '%s'", k.kind, k.index)
		}
		seen[k] = true
	}
	for _, el := range p.devices.SelectElements("panic") {
		k := key{kind: "panic", index: xmlAttr(el, "model")}
		if seen[k] {
			return xmlError("Multiple panic devices with model '%s'", k.index)
		}
		seen[k] = true
	}
	return nil
}

// implicitControllers adds the controllers that devices need, of the first index
// up to the one that is named, virDomainDefAddImplicitControllers.
func (p *domainParser) implicitControllers() error {
	for _, kind := range []string{"scsi", "fdc", "ide", "sata"} {
		highest := -1
		for _, el := range p.devices.SelectElements("disk") {
			if xmlAttr(el.SelectElement("target"), "bus") == kind && addressType(el) == "drive" {
				highest = max(highest, addressNumber(el, "controller"))
			}
		}
		if err := p.addControllers(kind, highest, ""); err != nil {
			return err
		}
	}
	for _, tag := range []string{"channel", "console"} {
		for _, el := range p.devices.SelectElements(tag) {
			if xmlAttr(el.SelectElement("target"), "type") != "virtio" {
				continue
			}
			index := 0
			if addressType(el) == "virtio-serial" {
				index = addressNumber(el, "controller")
			}
			p.addController("virtio-serial", index, "")
		}
	}
	p.smartcardControllers()
	highest := -1
	model := ""
	for _, el := range p.devices.SelectElements("hostdev") {
		if xmlAttr(el, "type") != "scsi" || addressNumber(el, "controller") <= highest {
			continue
		}
		highest = addressNumber(el, "controller")
		if c := p.findController("scsi", highest); c != nil && xmlHasAttr(c, "model") {
			model = xmlAttr(c, "model")
		}
	}
	if err := p.addControllers("scsi", highest, model); err != nil {
		return err
	}
	return p.pcControllers()
}

// addControllers adds the controllers of a type up to an index. libvirt runs out
// of memory where an address names one that is out of this world.
func (p *domainParser) addControllers(kind string, highest int, model string) error {
	if highest > 1<<12 {
		return BareError(FromNone, libvirt.ErrNoMemory)
	}
	for i := range highest + 1 {
		p.addController(kind, i, model)
	}
	return nil
}

func (p *domainParser) smartcardControllers() {
	all := p.devices.SelectElements("smartcard")
	for _, el := range all {
		index := 0
		switch addressType(el) {
		case "ccid":
			index = addressNumber(el, "controller")
		case "":
			slot := -1
			for _, other := range all {
				if addressType(other) == "ccid" && addressNumber(other, "controller") == 0 {
					slot = max(slot, addressNumber(other, "slot"))
				}
			}
			setAddress(el, "type", "ccid", "controller", "0", "slot", strconv.Itoa(slot+1))
		}
		p.addController("ccid", index, "")
	}
}

// implicitVideo adds a video device where there is a display, and marks the
// first as the primary one.
func (p *domainParser) implicitVideo() error {
	videos := p.devices.SelectElements("video")
	if len(videos) == 0 {
		if p.devices.SelectElement("graphics") == nil {
			return nil
		}
		video := p.devices.CreateElement("video")
		video.CreateElement("model")
		videos = append(videos, video)
	}
	for _, el := range videos {
		if xmlAttr(el.SelectElement("model"), "primary") == "yes" && el != videos[0] {
			p.devices.RemoveChild(el)
			p.devices.InsertChildAt(0, el)
			break
		}
	}
	first := p.devices.SelectElement("video")
	model := first.SelectElement("model")
	if xmlAttr(model, "type") == "none" {
		for _, child := range first.ChildElements() {
			if child.Tag != "alias" && child.Tag != "model" {
				first.RemoveChild(child)
			}
		}
		model.Child = nil
		xmlKeepAttrs(model, "type")
		return nil
	}
	model.CreateAttr("primary", "yes")
	p.chooseVideo(first)
	return nil
}
