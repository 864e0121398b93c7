package hypervisor

import (
	"net/netip"
	"strings"

	"github.com/beevik/etree"
)

// maxSRVService is DNS_RECORD_LENGTH_SRV: what a DNS record holds besides.
const maxSRVService = 482

// onlyASCII reports whether text is letters, digits and the others only.
func onlyASCII(text, others string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return r >= 0x80 || !isASCIIAlnum(byte(r)) && !strings.ContainsRune(others, r)
	}) < 0
}

func (d *networkDoc) checkDNS() error {
	dns := d.root.SelectElement("dns")
	if dns == nil {
		return nil
	}
	entries := 0
	for _, kind := range []struct {
		name  string
		check func(*etree.Element) error
	}{
		{"forwarder", d.checkForwarder}, {"host", d.checkDNSHost}, {"srv", d.checkSRV}, {"txt", d.checkTXT},
	} {
		for _, e := range dns.SelectElements(kind.name) {
			entries++
			if err := kind.check(e); err != nil {
				return err
			}
		}
	}
	if xmlAttr(dns, "enable") == "no" && entries > 0 {
		return d.xmlErr("Extra data in disabled network '%s'", d.name)
	}
	return nil
}

func (d *networkDoc) checkForwarder(e *etree.Element) error {
	if addr := e.SelectAttr("addr"); addr != nil {
		if _, err := netip.ParseAddr(addr.Value); err != nil {
			return d.xmlErr("Invalid forwarder IP address '%s' in network '%s'", addr.Value, d.name)
		}
	} else if e.SelectAttr("domain") == nil {
		return d.xmlErr("Invalid forwarder element, must contain at least one of addr or domain")
	}
	return nil
}

func (d *networkDoc) checkDNSHost(e *etree.Element) error {
	ip := e.SelectAttr("ip")
	if ip == nil {
		return d.detail("Missing IP address in network '%s' DNS HOST record", d.name)
	}
	if _, err := netip.ParseAddr(ip.Value); err != nil {
		return d.detail("Invalid IP address in network '%s' DNS HOST record", d.name)
	}
	for _, name := range e.SelectElements("hostname") {
		if xmlText(name) != "" {
			return nil
		}
	}
	return d.detail("Missing hostname in network '%s' DNS HOST record", d.name)
}

func (d *networkDoc) checkSRV(e *etree.Element) error {
	service, protocol := e.SelectAttr("service"), e.SelectAttr("protocol")
	switch {
	case service == nil:
		return d.detail("missing required service attribute in DNS SRV record of network '%s'", d.name)
	case len(service.Value) > maxSRVService:
		return d.detail("service attribute '%s' in network '%s' is too long, limit is %d bytes", service.Value, d.name, maxSRVService)
	case !onlyASCII(service.Value, "_-+/*"):
		return d.detail("invalid character in service attribute '%s' in DNS SRV record of network '%s'", service.Value, d.name)
	case protocol == nil:
		return d.detail("missing required protocol attribute in DNS SRV record '%s' of network '%s'", service.Value, d.name)
	case !onlyASCII(protocol.Value, "-+/"):
		return d.detail("invalid character in protocol attribute '%s' in DNS SRV record of network '%s'", protocol.Value, d.name)
	}
	for _, number := range []struct {
		name, invalid string
		least         uint64
	}{
		{"port", "invalid DNS SRV port", 1}, {"priority", "Invalid DNS SRV priority", 0}, {"weight", "invalid DNS SRV weight", 0},
	} {
		text := xmlAttr(e, number.name)
		if text == "" {
			continue
		}
		n, err := parseUint(text, 32)
		if err == nil && e.SelectAttr("target") == nil {
			return d.detail("DNS SRV %s attribute not permitted without target for service '%s' in network '%s'",
				number.name, service.Value, d.name)
		}
		if err != nil || n < number.least || n > 65535 {
			return d.detail("%s attribute for service '%s' in network '%s'", number.invalid, service.Value, d.name)
		}
	}
	return nil
}

func (d *networkDoc) checkTXT(e *etree.Element) error {
	name := e.SelectAttr("name")
	switch {
	case name == nil:
		return d.detail("missing required name attribute in DNS TXT record of network %s", d.name)
	case strings.ContainsAny(name.Value, " ,"):
		return d.detail("prohibited character in DNS TXT record name '%s' of network %s", name.Value, d.name)
	case e.SelectAttr("value") == nil:
		return d.detail("missing required value attribute in DNS TXT record named '%s' of network %s", name.Value, d.name)
	}
	return nil
}
