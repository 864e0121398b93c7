package hypervisor

import (
	"net"
	"slices"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// networkDoc is the document of a network while it is read: virNetworkDef's
// parser, check by check, with the errors in the parser's words. libvirt has one
// parser for all drivers, and so one error domain.
type networkDoc struct {
	name string
	ref  NetworkRef
	root *etree.Element
	out  *etree.Element // in libvirt's order
}

// xmlErr raises VIR_ERR_XML_ERROR.
func (d *networkDoc) xmlErr(format string, args ...any) error {
	return Errorf(FromNetwork, libvirt.ErrXMLError, format, args...)
}

// detail raises VIR_ERR_XML_DETAIL, which has the same text without a prefix.
func (d *networkDoc) detail(format string, args ...any) error {
	return Errorf(FromNetwork, libvirt.ErrXMLDetail, format, args...)
}

// unsupported raises VIR_ERR_CONFIG_UNSUPPORTED.
func (d *networkDoc) unsupported(format string, args ...any) error {
	return Errorf(FromNetwork, libvirt.ErrConfigUnsupported, format, args...)
}

// check refuses what libvirt's parser refuses.
func (d *networkDoc) check() error {
	for _, check := range []func() error{
		d.checkTop, d.checkBridge, d.checkBandwidths, d.checkVLANs, d.checkDNS,
		d.checkVirtualPorts, d.checkPortGroups, d.checkIPs, d.checkRoutes, d.checkForward, d.checkMode,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (d *networkDoc) checkTop() error {
	if v := xmlAttr(d.root, "ipv6"); v != "" && v != "yes" && v != "no" {
		return d.xmlErr("Invalid ipv6 setting '%s' in network '%s'", v, d.name)
	}
	return nil
}

func (d *networkDoc) checkBridge() error {
	bridge := d.root.SelectElement("bridge")
	if v := xmlAttr(bridge, "delay"); v != "" {
		if _, err := parseUint(v, 64); err != nil {
			return d.xmlErr("Invalid delay value in network '%s'", d.name)
		}
	}
	if v := xmlAttr(bridge, "macTableManager"); v != "" && v != "kernel" && v != "libvirt" {
		return d.xmlErr("Invalid macTableManager setting '%s' in network '%s'", v, d.name)
	}
	if v := xmlAttr(d.root.SelectElement("mac"), "address"); v != "" {
		mac, ok := parseMAC(v)
		if !ok {
			return d.xmlErr("Invalid bridge mac address '%s' in network '%s'", v, d.name)
		}
		if multicastMAC(mac) {
			return d.xmlErr("Invalid multicast bridge mac address '%s' in network '%s'", v, d.name)
		}
	}
	if v := xmlAttr(d.root.SelectElement("mtu"), "size"); v != "" {
		if _, err := parseUint(v, 32); err != nil {
			return d.xmlErr("Invalid mtu size '%s' in network '%s'", v, d.name)
		}
	}
	return nil
}

// mode is the forward mode: "" for an isolated network.
func (d *networkDoc) mode() string {
	forward := d.root.SelectElement("forward")
	if forward == nil {
		return ""
	}
	if mode := xmlAttr(forward, "mode"); mode != "none" {
		if mode == "" {
			return "nat"
		}
		return mode
	}
	return ""
}

// bridged reports whether libvirt makes the network's bridge itself.
func (d *networkDoc) bridged() bool {
	return slices.Contains([]string{"", "nat", "route", "open"}, d.mode())
}

// checkMode refuses what does not go with the forward mode.
func (d *networkDoc) checkMode() error {
	mode, bridge := d.mode(), d.root.SelectElement("bridge")
	forward := d.root.SelectElement("forward")
	devices := d.forwardDevices()
	if d.bridged() {
		switch {
		case mode == "":
		case d.root.SelectElement("ip") == nil:
			return d.xmlErr("%s forwarding requested, but no IP address provided for network '%s'", mode, d.name)
		case len(devices) > 1:
			return d.xmlErr("multiple forwarding interfaces specified for network '%s', only one is supported", d.name)
		case mode == "open" && len(devices) > 0:
			return d.xmlErr("forward dev not allowed for network '%s' with forward mode='%s'", d.name, mode)
		}
		return nil
	}
	if mode != "bridge" {
		for _, attr := range []struct{ name, text string }{
			{"name", "bridge name"}, {"zone", "bridge zone"}, {"macTableManager", "bridge macTableManager setting"},
		} {
			if xmlAttr(bridge, attr.name) != "" {
				return d.xmlErr("%s not allowed in %s mode (network '%s')", attr.text, mode, d.name)
			}
		}
	}
	delay, _ := parseUint(xmlAttr(bridge, "delay"), 64)
	if delay != 0 || xmlAttr(bridge, "stp") != "" || xmlAttr(bridge, "zone") != "" {
		return d.xmlErr("bridge delay/stp/zone options only allowed in route, nat, and isolated mode, not in %s (network '%s')", mode, d.name)
	}
	if xmlAttr(bridge, "name") != "" && (len(devices) > 0 || len(forward.SelectElements("address")) > 0 || forward.SelectElement("pf") != nil) {
		return d.xmlErr("A network with forward mode='%s' can specify a bridge name or a forward dev, but not both (network '%s')", mode, d.name)
	}
	if size, _ := parseUint(xmlAttr(d.root.SelectElement("mtu"), "size"), 32); size != 0 {
		return d.xmlErr("mtu size only allowed in open, route, nat, and isolated mode, not in %s (network '%s')", mode, d.name)
	}
	return nil
}

func multicastMAC(mac net.HardwareAddr) bool { return mac[0]&1 != 0 }
