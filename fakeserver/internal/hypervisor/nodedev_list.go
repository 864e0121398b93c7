package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// deviceCapKinds are the capabilities of node devices, in the order of the flags
// of lists from VIR_CONNECT_LIST_NODE_DEVICES_CAP_SYSTEM on.
var deviceCapKinds = [...]string{
	"system", "pci", "usb_device", "usb", "net", "scsi_host", "scsi_target",
	"scsi", "storage", "fc_host", "vports", "scsi_generic", "drm", "mdev_types",
	"mdev", "ccw", "css", "vdpa", "ap_card", "ap_queue", "ap_matrix", "vpd",
}

// Flags of lists of node devices, for traits.
const (
	ListNodeDeviceCaps   uint32 = 1<<len(deviceCapKinds) - 1
	ListNodeDeviceStates uint32 = uint32(libvirt.ConnectListNodeDevicesActive | libvirt.ConnectListNodeDevicesInactive)
)

// listed reports whether a list with flags shows the device.
func (d *nodeDevice) listed(flags uint32) bool {
	if !passes(flags, uint32(libvirt.ConnectListNodeDevicesActive), uint32(libvirt.ConnectListNodeDevicesInactive), d.standing.Active) {
		return false
	}
	if flags&ListNodeDeviceCaps == 0 {
		return true
	}
	for i, kind := range deviceCapKinds {
		if flags&(1<<i) != 0 && d.hasCap(kind) {
			return true
		}
	}
	return false
}

// deviceWith matches the devices that have a capability, or with nil all.
func deviceWith(kind *string) func(*nodeDevice) bool {
	return func(d *nodeDevice) bool { return kind == nil || d.hasCap(*kind) }
}

// NodeNumOfDevices returns how many devices have a capability; nil asks for all
// devices.
func (s *State) NodeNumOfDevices(capability *string, flags uint32) (int32, error) {
	if err := s.traits.Objects.NodeDevice.checkFlags("NodeNumOfDevices", flags, 0); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.unlock()
	return s.nodeDevices.count(deviceWith(capability)), nil
}

// NodeListDevices returns the names of at most most devices that have a
// capability; nil asks for all devices.
func (s *State) NodeListDevices(capability *string, most int32, flags uint32) ([]string, error) {
	if err := s.traits.Objects.NodeDevice.checkFlags("NodeListDevices", flags, 0); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	return s.nodeDevices.names(most, deviceWith(capability)), nil
}

// ConnectListAllNodeDevices returns the names of the devices that flags,
// VIR_CONNECT_LIST_NODE_DEVICES_…, let through.
func (s *State) ConnectListAllNodeDevices(flags uint32) ([]string, error) {
	t := &s.traits.Objects.NodeDevice
	if err := t.checkFlags("ConnectListAllNodeDevices", flags, t.ListFlags); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	var names []string
	for _, d := range s.nodeDevices {
		if d.listed(flags) {
			names = append(names, d.name)
		}
	}
	return names, nil
}
