package hypervisor

import (
	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// AddNodeDevice puts a device there as if it had always been, without an event,
// and returns its name.
func (s *State) AddNodeDevice(document string) (string, error) {
	d, err := parseNodeDevice(document)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlock()
	s.nodeDevices.add(d)
	return d.name, nil
}

func parseNodeDevice(document string) (*nodeDevice, error) {
	root, err := parseXML(FromNodeDev, "(node_device_definition)", document)
	if err != nil {
		return nil, err
	}
	return readNodeDevice(root)
}

// readNodeDevice reads a device from its document. What is not a mediated
// device is there for good, which libvirt calls persistent and started by
// itself.
func readNodeDevice(root *etree.Element) (*nodeDevice, error) {
	if err := requireRoot(root, "device"); err != nil {
		return nil, err
	}
	d := &nodeDevice{
		name:     childText(root, "name"),
		parent:   childText(root, "parent"),
		standing: Standing{Active: true, Persistent: true, Autostart: true},
	}
	if d.name == "" {
		return nil, BareError(FromNodeDev, libvirt.ErrNoName)
	}
	for _, e := range root.SelectElements("capability") {
		d.caps = append(d.caps, readDeviceCap(e))
	}
	d.xml = formatXML(root)
	return d, nil
}

// nestedCaps are the types of the capabilities inside others that libvirt takes
// for some of the device's own, and the names it has for them there.
var nestedCaps = map[string]string{
	"fc_host": "fc_host", "vport_ops": "vports", "mdev_types": "mdev_types", "vpd": "vpd",
}

func readDeviceCap(e *etree.Element) deviceCap {
	c := deviceCap{kind: e.SelectAttrValue("type", "")}
	for _, in := range e.SelectElements("capability") {
		kind := in.SelectAttrValue("type", "")
		if name, ok := nestedCaps[kind]; ok {
			c.nested = append(c.nested, name)
		}
		if kind == "fc_host" {
			c.wwnn, c.wwpn = childText(in, "wwnn"), childText(in, "wwpn")
		}
	}
	return c
}
