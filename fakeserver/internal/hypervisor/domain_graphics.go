package hypervisor

import (
	"slices"
	"strconv"

	"github.com/beevik/etree"
)

// graphicsAttrs are the attributes of <graphics> for each type, besides the
// type.
var graphicsAttrs = map[string][]string{
	"vnc": {"socket", "port", "autoport", "websocket", "listen", "keymap", "sharePolicy", "powerControl",
		"passwd", "passwdValidTo", "connected"},
	"spice": {"port", "tlsPort", "autoport", "listen", "keymap", "defaultMode",
		"passwd", "passwdValidTo", "connected"},
	"sdl":     {"display", "xauth", "fullscreen"},
	"desktop": {"display", "fullscreen"},
	"rdp":     {"port", "autoport", "replaceUser", "multiUser", "listen"},
	"dbus":    {"p2p", "address"},
}

// graphics reads a display, virDomainGraphicsDefParseXML.
func (p *domainParser) graphics(el *etree.Element) error {
	kind := xmlAttr(el, "type")
	if kind == "" {
		return missingAttr("type", "graphics")
	}
	if kind == "vnc" || kind == "spice" || kind == "rdp" {
		if err := listens(el, kind); err != nil {
			return err
		}
	}
	xmlKeepAttrs(el, append([]string{"type"}, graphicsAttrs[kind]...)...)
	if xmlAttr(el, "fullscreen") == "no" {
		el.RemoveAttr("fullscreen")
	}
	if kind != "spice" {
		for _, name := range []string{"channel", "image", "jpeg", "zlib", "playback", "streaming", "mouse", "clipboard", "filetransfer"} {
			xmlRemove(el, name)
		}
		if kind == "vnc" || kind == "rdp" || kind == "desktop" {
			xmlRemove(el, "gl")
		}
	}
	if kind != "vnc" && kind != "dbus" {
		xmlRemove(el, "audio")
	}
	switch kind {
	case "vnc":
		return vnc(el)
	case "spice":
		return spice(el)
	case "rdp":
		return rdp(el)
	}
	return nil
}

// graphicsListen returns the first <listen>, which decides about the ports.
func graphicsListen(el *etree.Element) string { return xmlAttr(el.SelectElement("listen"), "type") }

// listens brings the attributes that older documents have and the elements that
// newer ones have into agreement, virDomainGraphicsListensParseXML.
func listens(el *etree.Element, kind string) error {
	all := el.SelectElements("listen")
	address, socket := xmlAttr(el, "listen"), ""
	if kind == "vnc" {
		socket = xmlAttr(el, "socket")
	}
	if len(all) == 0 {
		all = []*etree.Element{el.CreateElement("listen")}
		all[0].CreateAttr("type", "address")
	}
	first := all[0]
	if socket != "" && xmlAttr(first, "type") != "socket" && xmlAttr(first, "type") != "none" {
		first.Attr = nil
		first.CreateAttr("type", "socket")
	}
	for _, l := range all {
		how := xmlAttr(l, "type")
		switch {
		case (how == "socket" || how == "none") && kind == "rdp":
			return configError("listen type '%s' is not available for graphics type '%s'", how, kind)
		case xmlAttr(l, "network") != "" && how != "network":
			return xmlError("'network' attribute is valid only for listen type 'network'")
		case xmlAttr(l, "socket") != "" && how != "socket":
			return xmlError("'socket' attribute is valid only for listen type 'socket'")
		}
		if l == first {
			if err := agree(l, how, "address", "listen", address); err != nil {
				return err
			}
			if err := agree(l, how, "socket", "socket", socket); err != nil {
				return err
			}
		}
		xmlKeepAttrs(l, "type", how) // each type has one attribute, of the same name
		if xmlAttr(l, how) == "" {
			l.RemoveAttr(how)
		}
	}
	el.RemoveAttr("listen")
	el.RemoveAttr("socket")
	switch how := graphicsListen(el); {
	case how == "address" && xmlHasAttr(first, "address"):
		el.CreateAttr("listen", xmlAttr(first, "address"))
	case how == "socket" && kind == "vnc" && xmlHasAttr(first, "socket"):
		el.CreateAttr("socket", xmlAttr(first, "socket"))
	}
	return nil
}

// agree takes the value of an attribute of <graphics> over into the first
// <listen>, and refuses two that differ.
func agree(listen *etree.Element, how, attr, old, value string) error {
	if how != attr || value == "" {
		return nil
	}
	if given := xmlAttr(listen, attr); given != "" && given != value {
		return configError("graphics '%s' attribute '%s' must match '%s' attribute of first listen element (found '%s')",
			old, value, attr, given)
	}
	listen.CreateAttr(attr, value)
	return nil
}

func vnc(el *etree.Element) error {
	auto := !xmlHasAttr(el, "port")
	port, err := strconv.Atoi(xmlAttr(el, "port"))
	if err != nil && !auto {
		return internalError("cannot parse vnc port %s", xmlAttr(el, "port"))
	}
	auto = auto || port == -1
	if said, ok := parseYesNo(xmlAttr(el, "autoport")); ok {
		auto = said
	}
	if auto || port == -1 {
		port = 0
	}
	if n, err := strconv.Atoi(xmlAttr(el, "websocket")); err == nil && n == 0 {
		el.RemoveAttr("websocket")
	}
	if how := graphicsListen(el); how == "socket" || how == "none" {
		el.RemoveAttr("port")
		el.RemoveAttr("autoport")
		el.RemoveAttr("websocket")
	} else {
		el.RemoveAttr("port")
		switch {
		case port != 0:
			el.CreateAttr("port", strconv.Itoa(port))
		case auto:
			el.CreateAttr("port", "-1")
		}
		setYesNo(el, "autoport", auto)
	}
	return graphicsAuth(el)
}

func setYesNo(el *etree.Element, name string, value bool) {
	if value {
		el.CreateAttr(name, "yes")
	} else {
		el.CreateAttr(name, "no")
	}
}

func spice(el *etree.Element) error {
	auto := xmlAttr(el, "autoport") == "yes"
	if text := xmlAttr(el, "autoport"); text != "" && text != "yes" && text != "no" {
		return invalidAttr("autoport", "graphics", text)
	}
	var ports [2]int
	for i, name := range []string{"port", "tlsPort"} {
		text := xmlAttr(el, name)
		n, err := strconv.Atoi(text)
		if text != "" && err != nil {
			return xmlAttrNumber(name, "graphics", text, "integer")
		}
		ports[i] = n
	}
	auto = auto || ports == [2]int{-1, -1}
	if auto {
		ports = [2]int{}
	}
	if how := graphicsListen(el); !auto && ports == [2]int{} && how == "address" {
		// A display without any port listens nowhere.
		first := el.SelectElement("listen")
		first.Attr = nil
		first.CreateAttr("type", "none")
		el.RemoveAttr("listen")
	}
	how := graphicsListen(el)
	for i, name := range []string{"port", "tlsPort"} {
		el.RemoveAttr(name)
		if ports[i] != 0 && how != "none" && how != "socket" {
			el.CreateAttr(name, strconv.Itoa(ports[i]))
		}
	}
	el.RemoveAttr("autoport")
	if how != "none" && how != "socket" {
		setYesNo(el, "autoport", auto)
	}
	if xmlAttr(el, "defaultMode") == "any" {
		el.RemoveAttr("defaultMode")
	}
	spiceChannels(el)
	return graphicsAuth(el)
}

// spiceChannels puts the channels in libvirt's order and drops those that are
// as they are anyway.
func spiceChannels(el *etree.Element) {
	modes := map[string]string{}
	for _, c := range el.SelectElements("channel") {
		modes[xmlAttr(c, "name")] = xmlAttr(c, "mode")
		el.RemoveChild(c)
	}
	for _, name := range []string{"main", "display", "inputs", "cursor", "playback", "record", "smartcard", "usbredir"} {
		if mode := modes[name]; mode != "" && mode != "any" {
			el.AddChild(xmlElement("channel", "name", name, "mode", mode))
		}
	}
}

func rdp(el *etree.Element) error {
	auto := !xmlHasAttr(el, "port") || xmlAttr(el, "port") == "-1" || xmlAttr(el, "autoport") == "yes"
	port, err := strconv.Atoi(xmlAttr(el, "port"))
	if err != nil && xmlHasAttr(el, "port") {
		return internalError("cannot parse rdp port %s", xmlAttr(el, "port"))
	}
	el.RemoveAttr("port")
	el.RemoveAttr("autoport")
	switch {
	case auto:
		el.CreateAttr("port", "0")
		el.CreateAttr("autoport", "yes")
	case port != 0:
		el.CreateAttr("port", strconv.Itoa(port))
	}
	for _, name := range []string{"replaceUser", "multiUser"} {
		if xmlAttr(el, name) != "yes" {
			el.RemoveAttr(name)
		}
	}
	return nil
}

// graphicsAuth is virDomainGraphicsAuthDefParseXML.
func graphicsAuth(el *etree.Element) error {
	if !xmlHasAttr(el, "passwd") {
		el.RemoveAttr("passwdValidTo")
		el.RemoveAttr("connected")
		return nil
	}
	switch connected := xmlAttr(el, "connected"); {
	case connected == "":
	case !slices.Contains([]string{"fail", "disconnect", "keep"}, connected):
		return configError("unknown connected value %s", connected)
	case xmlAttr(el, "type") == "vnc" && connected != "keep":
		return configError("VNC supports connected='keep' only")
	}
	return nil
}

// input reads an input device, virDomainInputDefParseXML.
func (p *domainParser) input(el *etree.Element) error {
	kind := xmlAttr(el, "type")
	if kind == "" {
		return internalError("missing input device type")
	}
	bus := "none"
	switch {
	case p.hvm() && (kind == "mouse" || kind == "keyboard") && p.x86():
		bus = "ps2"
	case p.hvm() && kind == "passthrough":
		bus = "virtio"
	case p.hvm() && kind == "evdev":
	case p.hvm():
		bus = "usb"
	case p.def.osType == "xen" || p.def.osType == "xenpvh":
		bus = "xen"
	case p.virtType == "vz" || p.virtType == "parallels":
		bus = "parallels"
	default:
		bus = "ps2"
	}
	xmlDefault(el, "bus", bus)
	if kind == "evdev" {
		el.RemoveAttr("bus") // there is none to show
	}
	if xmlAttr(el, "bus") == "usb" && addressType(el) != "" && addressType(el) != "usb" {
		return xmlError("Invalid address for a USB device")
	}
	source := el.SelectElement("source")
	if source == nil {
		return nil
	}
	switch kind {
	case "passthrough":
		xmlKeepAttrs(source, "evdev")
	case "evdev":
		xmlKeepAttrs(source, "dev", "grab", "grabToggle", "repeat")
	default:
		el.RemoveChild(source)
		return nil
	}
	if !xmlHasAttr(source, "evdev") && !xmlHasAttr(source, "dev") {
		return xmlError("Missing evdev path for input device")
	}
	return nil
}
