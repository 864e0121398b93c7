package hypervisor

import (
	"net/netip"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// checkDHCP refuses what dnsmasq could not be told about an address of the
// network.
func (d *networkDoc) checkDHCP(dhcp *etree.Element, address netip.Addr, prefix int) error {
	for _, e := range dhcp.ChildElements() {
		var err error
		switch {
		case e.Tag == "range":
			err = d.checkDHCPRange(e, address, prefix)
		case e.Tag == "host":
			err = d.checkDHCPHost(e, address)
		case e.Tag == "bootp" && address.Is4() && e.SelectAttr("file") != nil && e.SelectAttr("server") != nil:
			_, err = parseSocketAddr(xmlAttr(e, "server"))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *networkDoc) checkDHCPRange(e *etree.Element, address netip.Addr, prefix int) error {
	var ends [2]netip.Addr
	for i, name := range []string{"start", "end"} {
		if e.SelectAttr(name) == nil {
			return d.xmlErr("Missing '%s' attribute in dhcp range for network '%s'", name, d.name)
		}
		var err error
		if ends[i], err = parseSocketAddr(xmlAttr(e, name)); err != nil {
			return err
		}
	}
	if err := checkRange(ends[0], ends[1], netip.PrefixFrom(address, prefix)); err != nil {
		return err
	}
	return d.checkLease(e)
}

func (d *networkDoc) checkDHCPHost(e *etree.Element, address netip.Addr) error {
	mac, id, name, ip := xmlAttr(e, "mac"), xmlAttr(e, "id"), xmlAttr(e, "name"), xmlAttr(e, "ip")
	if mac != "" {
		if address.Is6() {
			return d.xmlErr("Invalid to specify MAC address '%s' in network '%s' IPv6 static host definition", mac, d.name)
		}
		parsed, ok := parseMAC(mac)
		if !ok {
			return d.xmlErr("Cannot parse MAC address '%s' in network '%s'", mac, d.name)
		}
		if multicastMAC(parsed) {
			return d.xmlErr("expected unicast mac address, found multicast '%s' in network '%s'", mac, d.name)
		}
	}
	if rest := strings.TrimLeft(id, "0123456789abcdefABCDEF:"); rest != "" {
		return d.xmlErr("Invalid character '%c' in id '%s' of network '%s'", rest[0], id, d.name)
	}
	if name != "" && !isASCIIAlnum(name[0]) {
		return d.xmlErr("Cannot use host name '%s' in network '%s'", name, d.name)
	}
	if ip != "" {
		if _, err := netip.ParseAddr(ip); err != nil {
			return d.xmlErr("Invalid IP address in static host definition for network '%s'", d.name)
		}
	}
	switch {
	case address.Is6() && id == "" && name == "":
		return d.xmlErr("Static host definition in IPv6 network '%s' must have id or name attribute", d.name)
	case address.Is4() && mac == "" && name == "":
		return d.xmlErr("Static host definition in IPv4 network '%s' must have mac or name attribute", d.name)
	case ip == "":
		return d.xmlErr("Missing IP address in static host definition for network '%s'", d.name)
	}
	return d.checkLease(e)
}

// checkLease refuses a lease that dnsmasq would not give.
func (d *networkDoc) checkLease(e *etree.Element) error {
	lease := e.SelectElement("lease")
	expiry, _ := parseUint(xmlAttr(lease, "expiry"), 64)
	least := map[string]uint64{"seconds": 120, "": 2, "minutes": 2}[xmlAttr(lease, "unit")]
	if expiry > 0 && expiry < least {
		return d.unsupported("The minimum lease time should be greater than 2 minutes")
	}
	return nil
}

func isASCIIAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// parseSocketAddr is virSocketAddrParse where libvirt leaves the error to it.
func parseSocketAddr(text string) (netip.Addr, error) {
	address, err := netip.ParseAddr(text)
	if err == nil {
		return address, nil
	}
	full := "Cannot parse socket address '" + text + "': Name or service not known"
	return address, &Error{Code: libvirt.ErrSystemError, Message: full, Str1: "%s", Str2: full, Int1: -1, Int2: -1}
}

// checkRange is virSocketAddrGetRange. An invalid network is not looked at.
func checkRange(start, end netip.Addr, network netip.Prefix) error {
	fail := func(format string, args ...any) error {
		return Errorf(FromNone, libvirt.ErrInternalError, format, args...)
	}
	if start.Is4() != end.Is4() {
		return fail("mismatch of address family in range %s - %s", start, end)
	}
	if network.IsValid() {
		switch masked := network.Masked(); {
		case start.Is4() != network.Addr().Is4():
			return fail("mismatch of address family in range %s - %s for network %s", start, end, network.Addr())
		case !masked.Contains(start) || !masked.Contains(end):
			return fail("range %s - %s is not entirely within network %s", start, end, network)
		case start.Is4() && start == masked.Addr():
			return fail("start of range %s - %s in network %s is the network address", start, end, network)
		case start.Is4() && end == broadcast(masked):
			return fail("end of range %s - %s in network %s is the broadcast address", start, end, network)
		}
	}
	// All but the last two bytes have to be equal.
	from, to := start.AsSlice(), end.AsSlice()
	fixed := len(from) - 2
	if string(from[:fixed]) != string(to[:fixed]) {
		return fail("range %s - %s is too large (> 65535)", start, end)
	}
	if end.Less(start) {
		if start.Is4() {
			return fail("range %s - %s is reversed ", start, end)
		}
		return fail("range %s - %s start larger than end", start, end)
	}
	return nil
}

// broadcast is the last address of an IPv4 network.
func broadcast(network netip.Prefix) netip.Addr {
	b := network.Addr().As4()
	for i := network.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}
