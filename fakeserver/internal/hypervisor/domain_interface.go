package hypervisor

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// ifaceSources are the attributes of <source> for each type of interface; those
// with an exclamation mark are required.
var ifaceSources = map[string][]string{
	"network":   {"network!", "portgroup"},
	"bridge":    {"bridge!"},
	"internal":  {"name!"},
	"direct":    {"dev!", "mode"},
	"vhostuser": {"type!", "path!", "mode!"},
	"server":    {"address", "port!"},
	"client":    {"address!", "port!"},
	"mcast":     {"address!", "port!"},
	"udp":       {"address!", "port!"},
	"vdpa":      {"dev!"},
	"vds":       {"switchid!", "portid!", "portgroupid!", "connectionid!"},
	"hostdev":   {"startupPolicy"},
}

// iface reads a network interface, virDomainNetDefParseXML.
func (p *domainParser) iface(el *etree.Element) error {
	xmlDefault(el, "type", "user")
	kind := xmlAttr(el, "type")
	if model := el.SelectElement("model"); model != nil {
		if strings.Trim(xmlAttr(model, "type"), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			return Errorf(FromDomain, libvirt.ErrInvalidArg, "Model name contains invalid characters")
		}
	}
	if err := p.ifaceSource(el, kind); err != nil {
		return err
	}
	if mtu := el.SelectElement("mtu"); mtu != nil {
		n, err := parseUint(xmlAttr(mtu, "size"), 32)
		if err != nil && xmlHasAttr(mtu, "size") {
			return xmlError("malformed mtu size")
		}
		if n == 0 {
			mtu.RemoveAttr("size")
		}
	}
	if vport := el.SelectElement("virtualport"); vport != nil {
		if !slices.Contains([]string{"network", "bridge", "direct", "hostdev"}, kind) {
			return configError("<virtualport> element unsupported for <interface type='%s'>", kind)
		}
		if xmlAttr(vport, "type") == "openvswitch" {
			xmlDefault(xmlEnsure(vport, "parameters"), "interfaceid", p.s.chance.uuid().String())
		}
	}
	if target := el.SelectElement("target"); target != nil && xmlAttr(target, "managed") != "no" {
		for _, generated := range []string{"vnet", "macvtap", "macvlan"} {
			if strings.HasPrefix(xmlAttr(target, "dev"), generated) {
				target.RemoveAttr("dev") // libvirt chose it for a former run
			}
		}
	}
	if !slices.Contains([]string{"network", "bridge", "ethernet"}, kind) {
		xmlRemove(el, "filterref")
	}
	if kind != "hostdev" {
		el.RemoveAttr("managed")
	}
	if err := p.mac(el); err != nil {
		return err
	}
	if driver := el.SelectElement("driver"); driver != nil {
		if !isVirtioNet(el) || kind == "hostdev" && !xmlHasAttr(driver, "name") {
			el.RemoveChild(driver)
		} else if xmlAttr(driver, "queues") == "1" {
			driver.RemoveAttr("queues")
		}
	}
	for _, ip := range append(el.SelectElements("ip"), el.FindElements("./source/ip")...) {
		if addr := net.ParseIP(xmlAttr(ip, "address")); addr != nil {
			ip.CreateAttr("family", "ipv6")
			if addr.To4() != nil {
				ip.CreateAttr("family", "ipv4")
			}
		}
	}
	return nil
}

func isVirtioNet(el *etree.Element) bool {
	return slices.Contains([]string{"virtio", "virtio-transitional", "virtio-non-transitional"},
		xmlAttr(el.SelectElement("model"), "type"))
}

func (p *domainParser) ifaceSource(el *etree.Element, kind string) error {
	source := el.SelectElement("source")
	attrs := ifaceSources[kind]
	if len(attrs) > 0 && source == nil && kind != "hostdev" {
		return xmlError("interface type='%s' requires a 'source' element", kind)
	}
	if source == nil {
		return nil
	}
	var keep []string
	for _, a := range attrs {
		name, required := strings.CutSuffix(a, "!")
		if required && !xmlHasAttr(source, name) {
			return missingAttr(name, "source")
		}
		keep = append(keep, name)
	}
	xmlKeepAttrs(source, keep...)
	if kind == "direct" {
		xmlDefault(source, "mode", "vepa")
		if mode := xmlAttr(source, "mode"); !slices.Contains([]string{"vepa", "private", "bridge", "passthrough"}, mode) {
			return Errorf(FromXML, libvirt.ErrXMLError, "Invalid value for attribute 'mode' in element 'source': '%s'.", mode)
		}
	}
	if kind != "hostdev" {
		xmlRemove(source, "address")
	} else if err := p.hostdevSource(el, xmlAttr(source.SelectElement("address"), "type"), true); err != nil {
		return err
	}
	return nil
}

// mac brings an interface's MAC address into its canonical form, or chooses one
// under libvirt's prefix.
func (p *domainParser) mac(el *etree.Element) error {
	mac := xmlEnsure(el, "mac")
	text := xmlAttr(mac, "address")
	if text == "" {
		mac.CreateAttr("address", p.s.chance.mac(p.xml.MACPrefix))
		return nil
	}
	parsed, ok := parseMAC(text)
	switch {
	case !ok:
		return xmlError("unable to parse mac address '%s'", text)
	case parsed[0]&1 != 0:
		return xmlError("expected unicast mac address, found multicast '%s'", text)
	}
	mac.CreateAttr("address", parsed.String())
	return nil
}

// parseMAC is virMacAddrParse: six numbers in hexadecimal between colons, each
// of one digit or two.
func parseMAC(text string) (net.HardwareAddr, bool) {
	parts := strings.Split(text, ":")
	if len(parts) != 6 {
		return nil, false
	}
	mac := make(net.HardwareAddr, 6)
	for i, part := range parts {
		n, err := parseUintBase(part, 16, 8)
		if err != nil || len(part) > 2 {
			return nil, false
		}
		mac[i] = byte(n)
	}
	return mac, true
}

// nameInterfaces names the host's side of the interfaces that have no name, for
// a driver that does so when it defines a domain.
func (p *domainParser) nameInterfaces() error {
	if p.xml.InterfacePrefix == "" {
		return nil
	}
	taken := map[string]bool{}
	ifaces := p.devices.SelectElements("interface")
	for _, el := range ifaces {
		taken[xmlAttr(el.SelectElement("target"), "dev")] = true
	}
	for _, el := range ifaces {
		if xmlAttr(el.SelectElement("target"), "dev") != "" {
			continue
		}
		for n := 0; ; n++ {
			name := fmt.Sprintf("%s%d", p.xml.InterfacePrefix, n)
			if !taken[name] {
				taken[name] = true
				xmlEnsure(el, "target").CreateAttr("dev", name)
				break
			}
		}
	}
	return nil
}
