package hypervisor

import (
	"net/netip"
	"slices"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// forwardModes are libvirt's names of them.
var forwardModes = []string{"none", "nat", "route", "open", "bridge", "private", "vepa", "passthrough", "hostdev"}

// forwardDevices are the host's interfaces that a network forwards to.
func (d *networkDoc) forwardDevices() []string {
	forward := d.root.SelectElement("forward")
	if forward == nil {
		return nil
	}
	var devices []string
	for _, e := range forward.SelectElements("interface") {
		devices = append(devices, xmlAttr(e, "dev"))
	}
	if dev := xmlAttr(forward, "dev"); dev != "" && len(devices) == 0 {
		devices = []string{dev}
	}
	return devices
}

func (d *networkDoc) checkForward() error {
	forward := d.root.SelectElement("forward")
	if forward == nil {
		return nil
	}
	if mode := xmlAttr(forward, "mode"); mode != "" && !slices.Contains(forwardModes, mode) {
		return d.unsupported("unknown forwarding type '%s'", mode)
	}
	if driver := xmlAttr(forward.SelectElement("driver"), "name"); driver != "" && driver != "kvm" && driver != "vfio" {
		return d.unsupported("Unknown forward <driver name='%s'/> in network %s", driver, d.name)
	}
	switch nats := forward.SelectElements("nat"); {
	case len(nats) > 1:
		return d.xmlErr("Only one <nat> element is allowed in <forward> of network %s", d.name)
	case len(nats) == 1:
		if err := d.checkNAT(nats[0]); err != nil {
			return err
		}
	}
	dev := xmlAttr(forward, "dev")
	interfaces, addresses, pfs := forward.SelectElements("interface"), forward.SelectElements("address"), forward.SelectElements("pf")
	if dev != "" && len(addresses)+len(pfs) > 0 {
		// libvirt's own slip: nothing stands for the %s.
		return d.xmlErr("%s", "the <forward> 'dev' attribute cannot be used when <address> or <pf> sub-elements are present in network %s")
	}
	switch {
	case len(interfaces) > 0:
		return d.checkForwardInterfaces(dev, interfaces)
	case dev != "" || len(addresses) > 0:
		return nil
	case len(pfs) > 1:
		return d.xmlErr("Only one <pf> element is allowed in <forward> of network %s", d.name)
	case len(pfs) == 1 && pfs[0].SelectAttr("dev") == nil:
		return d.xmlErr("Missing required dev attribute in <pf> element of network '%s'", d.name)
	}
	return nil
}

func (d *networkDoc) checkForwardInterfaces(dev string, interfaces []*etree.Element) error {
	seen := map[string]bool{}
	for i, e := range interfaces {
		name := e.SelectAttr("dev")
		switch {
		case name == nil:
			return d.xmlErr("Missing required dev attribute in <forward> <interface> element of network %s", d.name)
		case i == 0 && dev != "" && dev != name.Value:
			return d.xmlErr("<forward dev='%s'> must match first <interface dev='%s'/> in network %s", dev, name.Value, d.name)
		case seen[name.Value]:
			return d.xmlErr("interface '%s' can only be listed once in network %s", name.Value, d.name)
		}
		seen[name.Value] = true
	}
	return nil
}

func (d *networkDoc) checkNAT(nat *etree.Element) error {
	if d.mode() != "nat" {
		return d.xmlErr("The <nat> element can only be used when <forward> 'mode' is 'nat' in network %s", d.name)
	}
	addresses := nat.SelectElements("address")
	if len(addresses) > 1 {
		return d.xmlErr("Only one <address> element is allowed in <nat> in <forward> in network %s", d.name)
	}
	if len(addresses) == 1 {
		var ends [2]netip.Addr
		for _, name := range []string{"start", "end"} {
			if addresses[0].SelectAttr(name) == nil {
				return d.xmlErr("missing '%s' attribute in <address> element in <nat> in <forward> in network %s", name, d.name)
			}
		}
		for i, name := range []string{"start", "end"} {
			text := xmlAttr(addresses[0], name)
			address, err := netip.ParseAddr(text)
			if err != nil || !address.Is4() {
				return d.xmlErr("Bad ipv4 %s address '%s' in <nat> in <forward> in network '%s'", name, text, d.name)
			}
			ends[i] = address
		}
		if err := checkRange(ends[0], ends[1], netip.Prefix{}); err != nil {
			return err
		}
	}
	ports := nat.SelectElements("port")
	if len(ports) > 1 {
		return d.xmlErr("Only one <port> element is allowed in <nat> in <forward> in network %s", d.name)
	}
	if len(ports) == 1 {
		least := uint64(0)
		for _, name := range []string{"start", "end"} {
			n, err := parseUint(xmlAttr(ports[0], name), 32)
			if err != nil || n > 65535 || n < least {
				return d.detail("Missing or invalid '%s' attribute in <port> in <nat> in <forward> in network %s", name, d.name)
			}
			least = n
		}
	}
	return nil
}

// inNetworkAndPortGroups visits an element of the network and of each of its
// port groups.
func (d *networkDoc) inNetworkAndPortGroups(name string, visit func(e *etree.Element, ofNetwork bool) error) error {
	for _, parent := range append([]*etree.Element{d.root}, d.root.SelectElements("portgroup")...) {
		if e := parent.SelectElement(name); e != nil {
			if err := visit(e, parent == d.root); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *networkDoc) checkBandwidths() error {
	return d.inNetworkAndPortGroups("bandwidth", func(e *etree.Element, _ bool) error {
		for _, direction := range []string{"inbound", "outbound"} {
			rates := e.SelectElements(direction)
			if len(rates) > 1 {
				return Errorf(FromNone, libvirt.ErrXMLDetail, "Only one child <%s> element allowed", direction)
			}
			if len(rates) == 1 {
				if err := checkRate(rates[0]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func checkRate(rate *etree.Element) error {
	unsupported := func(format string, args ...any) error {
		return Errorf(FromNone, libvirt.ErrConfigUnsupported, format, args...)
	}
	average, floor := rate.SelectAttr("average"), rate.SelectAttr("floor")
	if average == nil && floor == nil {
		return Errorf(FromNone, libvirt.ErrXMLDetail, "Missing mandatory average or floor attributes")
	}
	if average == nil && (rate.SelectAttr("peak") != nil || rate.SelectAttr("burst") != nil) {
		return unsupported("'peak' and 'burst' require 'average' attribute")
	}
	for _, name := range []string{"average", "peak", "burst", "floor"} {
		if a := rate.SelectAttr(name); a != nil {
			if _, err := parseUint(a.Value, 64); err != nil {
				return unsupported("could not convert bandwidth %s value '%s'", name, a.Value)
			}
		}
	}
	switch {
	case floor == nil:
		return nil
	case rate.Tag == "outbound":
		return unsupported("'floor' attribute allowed only in <inbound> element")
	}
	return unsupported("floor attribute is not supported for this config")
}

func (d *networkDoc) checkVLANs() error {
	return d.inNetworkAndPortGroups("vlan", func(e *etree.Element, _ bool) error {
		tags := e.SelectElements("tag")
		if len(tags) == 0 {
			return Errorf(FromNone, libvirt.ErrXMLError, "missing tag id - each <vlan> must have at least one <tag id='n'/> subelement")
		}
		for _, tag := range tags {
			id := tag.SelectAttr("id")
			if id == nil {
				return Errorf(FromXML, libvirt.ErrXMLError, "Missing required attribute 'id' in element 'tag'")
			}
			if n, err := parseUint(id.Value, 32); err == nil && n > 4095 {
				return Errorf(FromNone, libvirt.ErrXMLError, "vlan tag id %d too large (maximum 4095)", n)
			}
		}
		return nil
	})
}

func (d *networkDoc) checkVirtualPorts() error {
	return d.inNetworkAndPortGroups("virtualport", func(e *etree.Element, ofNetwork bool) error {
		kind := e.SelectAttr("type")
		if kind == nil && ofNetwork {
			return Errorf(FromNone, libvirt.ErrXMLError, "missing required virtualport type")
		}
		if kind != nil && !slices.Contains([]string{"802.1Qbg", "802.1Qbh", "openvswitch", "midonet"}, kind.Value) {
			return Errorf(FromNone, libvirt.ErrConfigUnsupported, "unknown virtualport type %s", kind.Value)
		}
		return nil
	})
}

func (d *networkDoc) checkPortGroups() error {
	for _, e := range d.root.SelectElements("portgroup") {
		if xmlAttr(e, "name") == "" {
			return d.xmlErr("Missing required name attribute in portgroup")
		}
	}
	return nil
}
