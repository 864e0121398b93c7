package hypervisor

import (
	"slices"

	libvirt "github.com/digitalocean/go-libvirt"
)

// NodeDeviceTraits is how a driver treats node devices.
type NodeDeviceTraits struct {
	KindTraits
	// ListFlags are the flags that ConnectListAllNodeDevices knows.
	ListFlags uint32
	// CountsNestedCaps is true for a driver that counts the capabilities inside
	// of others, such as a SCSI host's "fc_host", among a device's own.
	CountsNestedCaps bool
}

// nodeDevice is one device of the host.
type nodeDevice struct {
	name, parent string // no parent: ""
	caps         []deviceCap
	standing     Standing
	xml          string
}

// deviceCap is one capability of a device, with those that lie in it.
type deviceCap struct {
	kind       string // as virNodeDeviceListCaps names it
	nested     []string
	wwnn, wwpn string // of a SCSI host that is an "fc_host"
}

func (d *nodeDevice) objectName() string { return d.name }

// hasCap reports whether the device has a capability, itself or inside another.
func (d *nodeDevice) hasCap(kind string) bool {
	return slices.ContainsFunc(d.caps, func(c deviceCap) bool {
		return c.kind == kind || slices.Contains(c.nested, kind)
	})
}

// nodeDeviceLocked finds a device by its name.
func (s *State) nodeDeviceLocked(name string) (*nodeDevice, error) {
	if d, ok := s.nodeDevices.get(name); ok {
		return d, nil
	}
	return nil, s.traits.Objects.NodeDevice.errorf(libvirt.ErrNoNodeDevice, "no node device with matching name '%s'", name)
}

// NodeDeviceLookupByName succeeds if there is such a device, and fails with
// VIR_ERR_NO_NODE_DEVICE else.
func (s *State) NodeDeviceLookupByName(name string) error {
	s.mu.Lock()
	defer s.unlock()
	_, err := s.nodeDeviceLocked(name)
	return err
}

// NodeDeviceLookupSCSIHostByWWN returns the name of the SCSI host with these
// world wide names. libvirt has no error for one that is not there.
func (s *State) NodeDeviceLookupSCSIHostByWWN(wwnn, wwpn string, flags uint32) (string, error) {
	const api = "NodeDeviceLookupSCSIHostByWWN"
	t := &s.traits.Objects.NodeDevice
	if err := t.require(FromNodeDev, api); err != nil {
		return "", err
	}
	if err := t.checkFlags(api, flags, 0); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlock()
	d, ok := s.nodeDevices.find(func(d *nodeDevice) bool {
		return slices.ContainsFunc(d.caps, func(c deviceCap) bool {
			return slices.Contains(c.nested, "fc_host") && c.wwnn == wwnn && c.wwpn == wwpn
		})
	})
	if !ok {
		return "", causeUnknown()
	}
	return d.name, nil
}

// NodeDeviceGetXMLDesc returns a device's document.
func (s *State) NodeDeviceGetXMLDesc(name string, flags uint32) (string, error) {
	if err := s.traits.Objects.NodeDevice.checkFlags("NodeDeviceGetXMLDesc", flags, 0); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlock()
	d, err := s.nodeDeviceLocked(name)
	if err != nil {
		return "", err
	}
	return d.xml, nil
}

// NodeDeviceGetParent returns the name of the device that a device is attached
// to, "" for the root of them all.
func (s *State) NodeDeviceGetParent(name string) (string, error) {
	s.mu.Lock()
	defer s.unlock()
	d, err := s.nodeDeviceLocked(name)
	if err != nil {
		return "", err
	}
	return d.parent, nil
}

// NodeDeviceListCaps returns all capabilities of a device.
func (s *State) NodeDeviceListCaps(name string) ([]string, error) {
	s.mu.Lock()
	defer s.unlock()
	d, err := s.nodeDeviceLocked(name)
	if err != nil {
		return nil, err
	}
	kinds := []string{}
	for _, c := range d.caps {
		kinds = append(kinds, c.kind)
		if s.traits.Objects.NodeDevice.CountsNestedCaps {
			kinds = append(kinds, c.nested...)
		}
	}
	return kinds, nil
}

// nodeDeviceStanding returns the standing of a device for a function of the API
// that not every driver has.
func (s *State) nodeDeviceStanding(api, name string) (Standing, error) {
	if err := s.traits.Objects.NodeDevice.require(FromNodeDev, api); err != nil {
		return Standing{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	d, err := s.nodeDeviceLocked(name)
	if err != nil {
		return Standing{}, err
	}
	return d.standing, nil
}

// NodeDeviceIsActive reports whether a device is there now.
func (s *State) NodeDeviceIsActive(name string) (bool, error) {
	standing, err := s.nodeDeviceStanding("NodeDeviceIsActive", name)
	return standing.Active, err
}

// NodeDeviceIsPersistent reports whether libvirt remembers a device that is not
// there.
func (s *State) NodeDeviceIsPersistent(name string) (bool, error) {
	standing, err := s.nodeDeviceStanding("NodeDeviceIsPersistent", name)
	return standing.Persistent, err
}

// NodeDeviceGetAutostart reports whether a device is made when the host starts.
func (s *State) NodeDeviceGetAutostart(name string) (bool, error) {
	standing, err := s.nodeDeviceStanding("NodeDeviceGetAutostart", name)
	return standing.Autostart, err
}
