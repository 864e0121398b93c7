package hypervisor

import (
	"cmp"
	"net"
	"slices"
	"strconv"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// chardevSources are the attributes of <source> for each kind of character
// device on the host. A kind that is not here has no source.
var chardevSources = map[string][]string{
	"pty":          {},
	"dev":          {"path"},
	"file":         {"path", "append"},
	"pipe":         {"path"},
	"udp":          {"mode", "host", "service"},
	"tcp":          {"mode", "host", "service", "tls"},
	"unix":         {"mode", "path"},
	"spiceport":    {"channel"},
	"nmdm":         {"master", "slave"},
	"qemu-vdagent": {},
	"dbus":         {"channel"},
}

var (
	serialTargets = []string{"none", "isa-serial", "usb-serial", "pci-serial", "spapr-vio-serial", "system-serial",
		"sclp-serial", "isa-debug"}
	serialModels = []string{"none", "isa-serial", "usb-serial", "pci-serial", "spapr-vty", "pl011", "sclpconsole",
		"sclplmconsole", "16550a", "isa-debugcon"}
	consoleTargets = []string{"none", "serial", "xen", "uml", "virtio", "lxc", "openvz", "sclp", "sclplm"}
	channelTargets = []string{"none", "guestfwd", "virtio", "xen"}
)

// chardev reads a serial or parallel port, a console or a channel,
// virDomainChrDefParseXML.
func (p *domainParser) chardev(el *etree.Element) error {
	xmlDefault(el, "type", "pty")
	el.RemoveAttr("tty")
	target := el.SelectElement("target")
	if target == nil {
		if el.Tag == "channel" {
			return xmlError("target type must be specified for channel device")
		}
		target = el.CreateElement("target")
	}
	if err := chardevTarget(el.Tag, target); err != nil {
		return err
	}
	if err := chardevSource(el); err != nil {
		return err
	}
	switch {
	case xmlAttr(el, "type") == "spicevmc" && xmlAttr(target, "type") != "virtio":
		return configError("spicevmc device type only supports virtio")
	case xmlAttr(target, "type") == "usb-serial" && addressType(el) != "" && addressType(el) != "usb":
		return configError("usb-serial requires address of usb type")
	}
	return nil
}

// chardevTarget is virDomainChrDefParseTargetXML.
func chardevTarget(tag string, target *etree.Element) error {
	kinds := map[string][]string{"serial": serialTargets, "console": consoleTargets, "channel": channelTargets}[tag]
	kind := xmlAttr(target, "type")
	switch {
	case tag == "parallel":
		kind = ""
	case kind == "" && tag == "channel":
		return xmlError("target type must be specified for channel device")
	case kind != "" && !slices.Contains(kinds, kind):
		return configError("unknown target type '%s' specified for character device", kind)
	}
	if kind == "none" {
		kind = ""
	}
	model := target.SelectElement("model")
	if tag == "serial" {
		if name := xmlAttr(model, "name"); name != "" && !slices.Contains(serialModels, name) {
			return configError("unknown target model '%s' specified for character device", name)
		} else if name == "none" {
			target.RemoveChild(model)
		}
	} else {
		xmlRemove(target, "model")
	}
	if kind == "" {
		target.RemoveAttr("type")
	}
	if tag == "channel" {
		return channelTarget(kind, target)
	}
	xmlKeepAttrs(target, "type", "port")
	if text := xmlAttr(target, "port"); text != "" {
		port, err := parseUint(text, 32)
		if err != nil {
			return xmlError("Invalid port number: %s", text)
		}
		target.CreateAttr("port", strconv.FormatUint(port, 10))
	}
	return nil
}

func channelTarget(kind string, target *etree.Element) error {
	if kind != "guestfwd" {
		xmlKeepAttrs(target, "type", "name")
		return nil
	}
	xmlKeepAttrs(target, "type", "address", "port")
	ip := net.ParseIP(xmlAttr(target, "address"))
	switch {
	case !xmlHasAttr(target, "address"):
		return xmlError("guestfwd channel does not define a target address")
	case ip == nil:
		return Errorf(FromNone, libvirt.ErrSystemError, "Cannot parse socket address '%s': Name or service not known",
			xmlAttr(target, "address"))
	case ip.To4() == nil:
		return configError("guestfwd channel only supports IPv4 addresses")
	case !xmlHasAttr(target, "port"):
		return missingAttr("port", "target")
	}
	return nil
}

// chardevSource reads what a character device is connected to,
// virDomainChrSourceDefParseXML.
func chardevSource(el *etree.Element) error {
	kind := xmlAttr(el, "type")
	sources := el.SelectElements("source")
	switch {
	case len(sources) > 1 && kind != "udp":
		return xmlError("only one source element is allowed for character device")
	case len(sources) > 2:
		return xmlError("only two source elements are allowed for character device")
	}
	attrs, has := chardevSources[kind]
	for _, source := range sources {
		el.RemoveChild(source)
		if !has {
			continue
		}
		xmlKeepAttrs(source, attrs...)
		if slices.Contains(attrs, "mode") {
			xmlDefault(source, "mode", "connect")
		}
		if kind == "unix" && !xmlHasAttr(source, "path") {
			continue // libvirt will choose one
		}
		trimSource(source, kind)
		if kind == "udp" && xmlAttr(source, "mode") == "bind" {
			el.InsertChildAt(0, source)
		} else {
			el.AddChild(source)
		}
	}
	protocol := el.SelectElement("protocol")
	switch {
	case kind != "tcp":
		xmlRemove(el, "protocol")
	case protocol == nil:
		el.CreateElement("protocol").CreateAttr("type", "raw")
	default:
		xmlDefault(protocol, "type", "raw")
		if name := xmlAttr(protocol, "type"); !slices.Contains([]string{"raw", "telnet", "telnets", "tls"}, name) {
			return configError("Unknown protocol '%s'", name)
		}
	}
	if log := el.SelectElement("log"); log != nil && !xmlHasAttr(log, "file") {
		el.RemoveChild(log)
	}
	return nil
}

// trimSource drops the children that a source of this kind has not.
func trimSource(source *etree.Element, kind string) {
	if kind != "tcp" && kind != "unix" {
		xmlRemove(source, "reconnect")
	}
	if kind != "file" && kind != "dev" && kind != "pipe" && kind != "unix" {
		xmlRemove(source, "seclabel")
	}
	if kind != "qemu-vdagent" {
		xmlRemove(source, "clipboard")
		xmlRemove(source, "mouse")
	}
}

// numberPorts gives parallel ports without a number the next, and consoles
// their place in the list whatever they say.
func (p *domainParser) numberPorts() error {
	highest := -1
	for _, el := range p.devices.SelectElements("parallel") {
		highest = portOf(el, highest+1, highest)
	}
	for i, el := range p.devices.SelectElements("console") {
		el.SelectElement("target").CreateAttr("port", strconv.Itoa(i))
	}
	return nil
}

// portOf gives a device a port unless it has one, and returns the higher of
// that and highest.
func portOf(el *etree.Element, port, highest int) int {
	target := el.SelectElement("target")
	if given, err := strconv.Atoi(xmlAttr(target, "port")); err == nil {
		port = given
	}
	target.CreateAttr("port", strconv.Itoa(port))
	return max(highest, port)
}

// maxISASerials is how many serial ports an ISA bus has.
const maxISASerials = 4

// numberSerials is virDomainChrIsaSerialDefPostParse, and what
// virDomainChrDefPostParse does to serial ports.
func (p *domainParser) numberSerials() error {
	var used [maxISASerials]bool
	count, highest := 0, -1
	all := p.devices.SelectElements("serial")
	for _, el := range all {
		target := el.SelectElement("target")
		port, err := strconv.Atoi(xmlAttr(target, "port"))
		if err != nil {
			port = -1
		}
		highest = max(highest, port)
		if xmlAttr(target, "type") != "isa-serial" {
			continue
		}
		count++
		switch {
		case count > maxISASerials || port >= maxISASerials:
			return internalError("Maximum supported number of ISA serial ports is '%d'", maxISASerials)
		case port >= 0 && used[port]:
			return internalError("target port '%d' already allocated", port)
		case port >= 0:
			used[port] = true
		}
	}
	for _, el := range all {
		target := el.SelectElement("target")
		if xmlHasAttr(target, "port") {
			continue
		}
		if xmlAttr(target, "type") != "isa-serial" {
			highest = portOf(el, highest+1, highest)
			continue
		}
		port := slices.Index(used[:], false)
		used[port] = true
		highest = portOf(el, port, highest)
	}
	return nil
}

// consoleCompat is virDomainDefAddConsoleCompat: once the first console of a
// machine was a name for its first serial port, and still is.
func (p *domainParser) consoleCompat() error {
	consoles, serials := p.devices.SelectElements("console"), p.devices.SelectElements("serial")
	for i, el := range consoles {
		target := el.SelectElement("target")
		kind := "serial"
		if !p.hvm() {
			kind = cmp.Or(p.xml.ConsoleTarget, kind)
		}
		xmlDefault(target, "type", kind)
		if i > 0 && xmlAttr(target, "type") == "serial" {
			return configError("Only the first console can be a serial port")
		}
	}
	if !p.hvm() {
		return nil
	}
	isSerial := len(consoles) > 0 && xmlAttr(consoles[0].SelectElement("target"), "type") == "serial"
	switch {
	case isSerial && len(serials) == 0:
		serial := consoles[0].Copy()
		serial.Tag = "serial"
		xmlRemove(serial, "target")
		serial.AddChild(xmlElement("target", "port", "0"))
		p.devices.AddChild(serial)
	case !isSerial && len(serials) > 0:
		switch xmlAttr(serials[0].SelectElement("target"), "type") {
		case "", "isa-serial", "spapr-vio-serial", "system-serial", "sclp-serial":
			console := xmlElement("console")
			console.AddChild(xmlElement("target", "type", "serial"))
			p.devices.InsertChildAt(0, console)
		}
	}
	return nil
}

// mirrorConsole makes the first console look like the serial port that it
// stands for, as libvirt does whenever it formats the domain.
func mirrorConsole(devices *etree.Element) {
	console, serial := devices.SelectElement("console"), devices.SelectElement("serial")
	if serial == nil || console == nil || xmlAttr(console.SelectElement("target"), "type") != "serial" {
		return
	}
	mirror := serial.Copy()
	mirror.Tag = "console"
	target := mirror.SelectElement("target")
	port := xmlAttr(target, "port")
	xmlRemove(target, "model")
	target.Attr = nil
	target.CreateAttr("type", "serial")
	target.CreateAttr("port", port)
	devices.InsertChildAt(console.Index(), mirror)
	devices.RemoveChild(console)
	if tty := xmlAttr(mirror.SelectElement("source"), "path"); port == "0" && xmlAttr(mirror, "type") == "pty" && tty != "" {
		mirror.CreateAttr("tty", tty)
	}
}
