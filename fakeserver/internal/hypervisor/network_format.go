package hypervisor

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/beevik/etree"
)

//go:embed network.rules
var networkRulesText string

var networkRules = sync.OnceValue(func() *xmlRule { return parseXMLRules(networkRulesText) })

// dnsmasqNamespace is that of options which go to dnsmasq as they are.
const dnsmasqNamespace = "http://libvirt.org/schemas/network/dnsmasq/1.0"

// arrange returns the document as libvirt formats it: in its order, with the
// values that it fills in.
func (d *networkDoc) arrange() (*etree.Element, error) {
	out, err := networkRules().arrange(d.root)
	if err != nil {
		return nil, err
	}
	if v := xmlAttr(d.root, "ipv6"); v != "yes" {
		out.RemoveAttr("ipv6")
	}
	if xmlAttr(out, "xmlns:dnsmasq") != dnsmasqNamespace || out.SelectElement("dnsmasq:options") == nil {
		dropDNSMasq(out)
	}
	d.arrangeForward(out)
	d.arrangeBridge(out)
	for _, e := range out.ChildElements() {
		arrangeNetworkElement(e)
	}
	return out, nil
}

// arrangeNetworkElement brings the values in an element and below it into the
// form in which libvirt formats them, and drops what it does not format.
func arrangeNetworkElement(e *etree.Element) {
	if xmlOpaque(e) {
		return
	}
	for _, child := range e.ChildElements() {
		arrangeNetworkElement(child)
	}
	drop := false
	switch e.Tag {
	case "mac":
		if mac, ok := parseMAC(xmlAttr(e, "address")); ok {
			e.CreateAttr("address", mac.String())
		}
	case "domain":
		drop = !xmlHasAttr(e, "name")
	case "vlan":
		trunk := ""
		if len(e.SelectElements("tag")) > 1 || strings.EqualFold(xmlAttr(e, "trunk"), "yes") {
			trunk = "yes"
		}
		setAttrs(e, "trunk", trunk)
	case "lease":
		drop = !xmlHasAttr(e, "expiry")
		arrangeLease(e)
	case "bootp":
		drop = !xmlHasAttr(e, "file")
	case "dhcp":
		drop = e.SelectElement("range") == nil && e.SelectElement("host") == nil
	case "portgroup":
		if v := xmlAttr(e, "default"); strings.EqualFold(v, "yes") {
			e.CreateAttr("default", "yes")
		} else {
			e.RemoveAttr("default")
		}
	}
	if drop {
		e.Parent().RemoveChild(e)
		return
	}
	for i := range e.Attr {
		switch a := &e.Attr[i]; a.Key {
		case "netmask", "gateway", "addr", "start", "end", "ip", "server":
			a.Value = canonicalIP(a.Value)
		case "address":
			if e.Tag != "mac" {
				a.Value = canonicalIP(a.Value)
			}
		}
	}
	if (e.Tag == "ip" || e.Tag == "portgroup") && len(e.ChildElements()) == 0 {
		// libvirt formats a start and an end tag around nothing.
		e.SetText("\n  ")
	}
}

func dropDNSMasq(out *etree.Element) {
	out.RemoveAttr("xmlns:dnsmasq")
	if e := out.SelectElement("dnsmasq:options"); e != nil {
		out.RemoveChild(e)
	}
}

// setAttrs gives an element these attributes, in this order. Those without a
// value are left out.
func setAttrs(e *etree.Element, pairs ...string) {
	e.Attr = nil
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			e.CreateAttr(pairs[i], pairs[i+1])
		}
	}
}

func (d *networkDoc) arrangeForward(out *etree.Element) {
	e := out.SelectElement("forward")
	if e == nil && d.mode() != "" {
		// Without attributes it says "nat", and was dropped as empty.
		e = etree.NewElement("forward")
		insertBefore(out, e, "bridge", "mtu", "mac", "domain", "dns", "vlan", "bandwidth", "port", "ip", "route", "virtualport", "portgroup", "dnsmasq:options")
	}
	if e == nil {
		return
	}
	if d.mode() == "" {
		out.RemoveChild(e)
		return
	}
	devices := d.forwardDevices()
	if len(devices) > 0 {
		for _, pf := range e.SelectElements("pf") {
			e.RemoveChild(pf)
		}
		for _, old := range append(e.SelectElements("interface"), e.SelectElements("address")...) {
			e.RemoveChild(old)
		}
		for _, dev := range devices {
			e.CreateElement("interface").CreateAttr("dev", dev)
		}
	}
	first := ""
	if len(devices) > 0 {
		first = devices[0]
	}
	managed := ""
	if d.mode() == "hostdev" {
		managed = "no"
		if strings.EqualFold(xmlAttr(e, "managed"), "yes") {
			managed = "yes"
		}
	}
	setAttrs(e, "dev", first, "mode", d.mode(), "managed", managed)
}

func (d *networkDoc) arrangeBridge(out *etree.Element) {
	e := out.SelectElement("bridge")
	if e == nil {
		e = etree.NewElement("bridge")
		insertBefore(out, e, "mtu", "mac", "domain", "dns", "vlan", "bandwidth", "port", "ip", "route", "virtualport", "portgroup", "dnsmasq:options")
	}
	name, zone, manager := xmlAttr(e, "name"), xmlAttr(e, "zone"), xmlAttr(e, "macTableManager")
	if !d.bridged() {
		setAttrs(e, "name", name, "zone", zone, "macTableManager", manager)
		if name == "" && manager == "" {
			out.RemoveChild(e)
		}
		return
	}
	stp, delay := "on", xmlAttr(e, "delay")
	if xmlAttr(e, "stp") == "off" {
		stp = "off"
	}
	if delay == "" {
		delay = "0"
	}
	setAttrs(e, "name", name, "zone", zone, "stp", stp, "delay", delay, "macTableManager", manager)
}

// insertBefore puts a child before the first of those names, or at the end.
func insertBefore(parent, child *etree.Element, names ...string) {
	for _, e := range parent.ChildElements() {
		if slices.Contains(names, e.FullTag()) {
			parent.InsertChildAt(e.Index(), child)
			return
		}
	}
	parent.AddChild(child)
}

// arrangeLease gives a lease the unit that its number is in. For ever is 0 of
// none.
func arrangeLease(e *etree.Element) {
	expiry, unit := xmlAttr(e, "expiry"), xmlAttr(e, "unit")
	switch {
	case expiry == "0":
		unit = ""
	case unit == "":
		unit = "minutes"
	}
	setAttrs(e, "expiry", expiry, "unit", unit)
}
