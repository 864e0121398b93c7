package hypervisor

import (
	"net/netip"
	"strings"

	"github.com/beevik/etree"
)

func (d *networkDoc) checkIPs() error {
	for _, ip := range d.root.SelectElements("ip") {
		if err := d.checkIP(ip); err != nil {
			return err
		}
	}
	return nil
}

func (d *networkDoc) checkIP(ip *etree.Element) error {
	text, mask, family := xmlAttr(ip, "address"), xmlAttr(ip, "netmask"), xmlAttr(ip, "family")
	if text == "" {
		return d.xmlErr("Missing required address attribute in network '%s'", d.name)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return d.xmlErr("Invalid address '%s' in network '%s'", text, d.name)
	}
	netmask, err := netip.ParseAddr(mask)
	if mask != "" && err != nil {
		return d.xmlErr("Invalid netmask '%s' in network '%s'", mask, d.name)
	}
	prefix, _ := parseUint(xmlAttr(ip, "prefix"), 32)
	switch family {
	case "", "ipv4":
		if !address.Is4() {
			told := "no"
			if family != "" {
				told = family
			}
			return d.unsupported("%s family specified for non-IPv4 address '%s' in network '%s'", told, text, d.name)
		}
		switch {
		case mask != "" && !netmask.Is4():
			return d.unsupported("Invalid netmask '%s' for address '%s' in network '%s' (both must be IPv4)", mask, text, d.name)
		case mask != "" && prefix > 0:
			return d.unsupported("Network '%s' IP address cannot have both a prefix and a netmask", d.name)
		case prefix > 32:
			return d.unsupported("Invalid IPv4 prefix '%d' in network '%s'", prefix, d.name)
		}
	case "ipv6":
		switch {
		case !address.Is6():
			return d.unsupported("Family 'ipv6' specified for non-IPv6 address '%s' in network '%s'", text, d.name)
		case mask != "":
			return d.unsupported("netmask not allowed for IPv6 address '%s' in network '%s'", text, d.name)
		case prefix > 128:
			return d.unsupported("Invalid IPv6 prefix '%d' in network '%s'", prefix, d.name)
		}
	default:
		return d.xmlErr("Unrecognized family '%s' in network '%s'", family, d.name)
	}
	if dhcp := ip.SelectElement("dhcp"); dhcp != nil {
		if err := d.checkDHCP(dhcp, address, ipPrefix(ip)); err != nil {
			return err
		}
	}
	if ip.SelectElement("tftp") != nil && !address.Is4() {
		return d.unsupported("Unsupported <tftp> element in an IPv6 element in network '%s'", d.name)
	}
	return nil
}

// ipPrefix is how many bits of an address name the network: as told, or as the
// classes of old have it.
func ipPrefix(e *etree.Element) int {
	if prefix, _ := parseUint(xmlAttr(e, "prefix"), 32); prefix > 0 {
		return int(prefix)
	}
	if mask, err := netip.ParseAddr(xmlAttr(e, "netmask")); err == nil {
		bits := 0
		for _, b := range mask.AsSlice() {
			for ; b&0x80 != 0; b <<= 1 {
				bits++
			}
		}
		return bits
	}
	address, err := netip.ParseAddr(xmlAttr(e, "address"))
	switch {
	case err != nil || address.IsUnspecified():
		return 0
	case address.Is6():
		return 64
	case address.As4()[0] < 0x80:
		return 8
	case address.As4()[0] < 0xc0:
		return 16
	}
	return 24
}

func (d *networkDoc) checkRoutes() error {
	for _, route := range d.root.SelectElements("route") {
		if err := d.checkRoute(route); err != nil {
			return err
		}
	}
	for _, route := range d.root.SelectElements("route") {
		gateway, _ := netip.ParseAddr(xmlAttr(route, "gateway"))
		if !d.reaches(gateway) {
			return d.unsupported("unreachable static route gateway '%s' specified for network '%s'", gateway, d.name)
		}
	}
	return nil
}

// reaches reports whether an address lies in one of the network's own.
func (d *networkDoc) reaches(gateway netip.Addr) bool {
	for _, ip := range d.root.SelectElements("ip") {
		address, err := netip.ParseAddr(xmlAttr(ip, "address"))
		if err == nil && netip.PrefixFrom(address, ipPrefix(ip)).Masked().Contains(gateway) {
			return true
		}
	}
	return false
}

func (d *networkDoc) checkRoute(route *etree.Element) error {
	fail := func(format string, args ...any) error {
		return d.xmlErr("%s: "+format, append([]any{d.name}, args...)...)
	}
	text, via := xmlAttr(route, "address"), xmlAttr(route, "gateway")
	mask, family := xmlAttr(route, "netmask"), xmlAttr(route, "family")
	if text == "" {
		return fail("Missing required address attribute in route definition")
	}
	if via == "" {
		return fail("Missing required gateway attribute in route definition")
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return fail("Bad network address '%s' in route definition", text)
	}
	gateway, err := netip.ParseAddr(via)
	if err != nil {
		return fail("Bad gateway address '%s' in route definition", via)
	}
	prefix, _ := parseUint(xmlAttr(route, "prefix"), 32)
	switch family {
	case "", "ipv4":
		told := "No"
		if family != "" {
			told = "IPv4"
		}
		if !address.Is4() {
			return fail("%s family specified for non-IPv4 address '%s' in route definition", told, text)
		}
		if !gateway.Is4() {
			return fail("%s family specified for non-IPv4 gateway '%s' in route definition", told, text)
		}
		if mask != "" {
			netmask, err := netip.ParseAddr(mask)
			switch {
			case err != nil:
				return fail("Bad netmask address '%s' in route definition", mask)
			case !netmask.Is4():
				return fail("Invalid netmask '%s' for address '%s' (both must be IPv4)", mask, text)
			case xmlAttr(route, "prefix") != "":
				return fail("Route definition cannot have both a prefix and a netmask")
			}
		}
		if prefix > 32 {
			return fail("Invalid prefix %d specified in route definition, must be 0 - 32", prefix)
		}
	case "ipv6":
		switch {
		case !address.Is6():
			return fail("ipv6 family specified for non-IPv6 address '%s' in route definition", text)
		case mask != "":
			return fail("Specifying netmask invalid for IPv6 address '%s' in route definition", text)
		case !gateway.Is6():
			return fail("ipv6 specified for non-IPv6 gateway address '%s' in route definition", via)
		case prefix > 128:
			return fail("Invalid prefix %d specified in route definition, must be 0 - 128", prefix)
		}
	default:
		return fail("Unrecognized family '%s' in route definition", family)
	}
	bits := int(prefix)
	if mask != "" {
		bits = ipPrefix(route)
	}
	if netip.PrefixFrom(address, bits).Masked().Addr() != address {
		return fail("Address '%s' in route definition is not a network address", text)
	}
	return nil
}

// canonicalIP is an address as libvirt formats it. What is none it leaves.
func canonicalIP(text string) string {
	address, err := netip.ParseAddr(strings.TrimSpace(text))
	if err != nil {
		return text
	}
	return address.String()
}
