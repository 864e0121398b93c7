package hypervisor

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// validate refuses what the driver that runs networks cannot run, in
// networkValidate's order.
func (d *networkDoc) validate() error {
	if strings.Contains(d.name, "\n") {
		return illegalChar("name", '\n')
	}
	for _, check := range []func() error{d.validateMode, d.validateDHCP, d.validatePortGroups, d.validateVLANs} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// illegalChar is virXMLCheckIllegalChars' error.
func illegalChar(element string, c rune) error {
	return Errorf(FromXML, libvirt.ErrXMLDetail, "invalid char in %s: %c", element, c)
}

// validateMode refuses the settings of a bridge that libvirt does not make.
func (d *networkDoc) validateMode() error {
	if d.bridged() {
		return nil
	}
	dns := d.root.SelectElement("dns")
	for _, e := range []struct {
		name string
		set  bool
	}{
		{"mac", xmlAttr(d.root.SelectElement("mac"), "address") != ""},
		{"ip", d.root.SelectElement("ip") != nil},
		{"dns", dns != nil && (dns.SelectElement("txt") != nil || dns.SelectElement("host") != nil || dns.SelectElement("srv") != nil)},
		{"domain", d.root.SelectElement("domain") != nil && d.root.SelectElement("domain").SelectAttr("name") != nil},
	} {
		if e.set {
			return d.unsupported("Unsupported <%s> element in network %s with forward mode='%s'", e.name, d.name, d.mode())
		}
	}
	if limited(d.root) && !d.limitable() {
		return d.unsupported("Unsupported network-wide <bandwidth> element in network %s with forward mode='%s'", d.name, d.mode())
	}
	return nil
}

// limited reports whether an element has a bandwidth that limits anything.
func limited(e *etree.Element) bool {
	bandwidth := e.SelectElement("bandwidth")
	return bandwidth != nil && (bandwidth.SelectElement("inbound") != nil || bandwidth.SelectElement("outbound") != nil)
}

// limitable reports whether there is a bridge to limit.
func (d *networkDoc) limitable() bool {
	return d.bridged() || d.mode() == "bridge" && xmlAttr(d.root.SelectElement("bridge"), "name") != ""
}

func (d *networkDoc) validateDHCP() error {
	served := map[string]bool{}
	for _, ip := range d.root.SelectElements("ip") {
		dhcp := ip.SelectElement("dhcp")
		if dhcp == nil || dhcp.SelectElement("range") == nil && dhcp.SelectElement("host") == nil {
			continue
		}
		version := "IPv4"
		if address, err := netip.ParseAddr(xmlAttr(ip, "address")); err == nil && address.Is6() {
			version = "IPv6"
		}
		if served[version] {
			return d.unsupported("Multiple %s dhcp sections found -- dhcp is supported only for a single %s address on each network", version, version)
		}
		served[version] = true
	}
	return nil
}

func (d *networkDoc) validatePortGroups() error {
	groups := d.root.SelectElements("portgroup")
	isDefault := ""
	for i, g := range groups {
		name := xmlAttr(g, "name")
		if strings.EqualFold(xmlAttr(g, "default"), "yes") {
			if isDefault != "" {
				return d.unsupported("network '%s' has multiple default <portgroup> elements (%s and %s), but only one default is allowed",
					d.name, isDefault, name)
			}
			isDefault = name
		}
		if slices.ContainsFunc(groups[i+1:], func(other *etree.Element) bool { return xmlAttr(other, "name") == name }) {
			return d.unsupported("multiple <portgroup> elements with the same name (%s) in network '%s'", name, d.name)
		}
		if limited(g) && !d.limitable() {
			return d.unsupported("Unsupported <bandwidth> element in network '%s' in portgroup '%s' with forward mode='%s'",
				d.name, name, d.mode())
		}
	}
	return nil
}

// validateVLANs refuses tags where nothing would put them on: that is for Open
// vSwitch and for SR-IOV devices.
func (d *networkDoc) validateVLANs() error {
	switched := func(e *etree.Element) bool {
		return d.mode() == "bridge" && xmlAttr(e.SelectElement("virtualport"), "type") == "openvswitch"
	}
	allowed := d.mode() == "hostdev" || d.mode() == "passthrough" || switched(d.root)
	used := d.root.SelectElement("vlan") != nil
	bad, hasDefault := false, false
	for _, g := range d.root.SelectElements("portgroup") {
		hasDefault = hasDefault || strings.EqualFold(xmlAttr(g, "default"), "yes")
		if !used && g.SelectElement("vlan") == nil {
			continue
		}
		if g.SelectElement("virtualport") != nil {
			bad = bad || !switched(g)
		} else {
			bad = bad || !allowed
		}
	}
	if bad || used && !allowed && !hasDefault {
		return d.unsupported("<vlan> element specified for network %s, whose type doesn't support vlan configuration", d.name)
	}
	return nil
}
