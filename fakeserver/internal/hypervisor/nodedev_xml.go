package hypervisor

import (
	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// NodeDevice is a device that was read from its document, ready to be put into
// any State. It never changes.
type NodeDevice struct{ device nodeDevice }

// ReadNodeDevice reads a device's document.
func ReadNodeDevice(document string) (NodeDevice, error) {
	root, err := parseXML(FromNodeDev, "(node_device_definition)", document)
	if err != nil {
		return NodeDevice{}, err
	}
	d, err := readNodeDevice(root)
	if err != nil {
		return NodeDevice{}, err
	}
	return NodeDevice{*d}, nil
}

// AddNodeDevices puts devices there as if they had always been, without an
// event.
func (s *State) AddNodeDevices(devices ...NodeDevice) {
	s.mu.Lock()
	defer s.unlock()
	for _, d := range devices {
		own := d.device
		s.nodeDevices.add(&own)
	}
}

// AddNodeDevice is AddNodeDevices for a document; it returns the device's name.
func (s *State) AddNodeDevice(document string) (string, error) {
	d, err := ReadNodeDevice(document)
	if err != nil {
		return "", err
	}
	s.AddNodeDevices(d)
	return d.device.name, nil
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
