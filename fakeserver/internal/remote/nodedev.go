package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerNodeDevices(t *Table) {
	handle(t, rpc.NodeNumOfDevices, onObjects(nodeNumOfDevices))
	handle(t, rpc.NodeListDevices, onObjects(nodeListDevices))
	handle(t, rpc.ConnectListAllNodeDevices, onObjects(connectListAllNodeDevices))
	handle(t, rpc.NodeDeviceLookupByName, onObjects(nodeDeviceLookupByName))
	handle(t, rpc.NodeDeviceLookupScsiHostByWwn, onObjects(nodeDeviceLookupSCSIHostByWWN))
	handle(t, rpc.NodeDeviceGetXMLDesc, onObjects(nodeDeviceGetXMLDesc))
	handle(t, rpc.NodeDeviceGetParent, onObjects(nodeDeviceGetParent))
	handle(t, rpc.NodeDeviceNumOfCaps, onObjects(nodeDeviceNumOfCaps))
	handle(t, rpc.NodeDeviceListCaps, onObjects(nodeDeviceListCaps))
	handle(t, rpc.NodeDeviceIsActive, onObjects(nodeDeviceIsActive))
	handle(t, rpc.NodeDeviceIsPersistent, onObjects(nodeDeviceIsPersistent))
	handle(t, rpc.NodeDeviceGetAutostart, onObjects(nodeDeviceGetAutostart))
}

func wireNodeDevice(name string) libvirt.NodeDevice { return libvirt.NodeDevice{Name: name} }

func nodeNumOfDevices(st *hypervisor.State, a *libvirt.NodeNumOfDevicesArgs) (*libvirt.NodeNumOfDevicesRet, error) {
	n, err := st.NodeNumOfDevices(optional(a.Cap), a.Flags)
	return &libvirt.NodeNumOfDevicesRet{Num: n}, err
}

func nodeListDevices(st *hypervisor.State, a *libvirt.NodeListDevicesArgs) (*libvirt.NodeListDevicesRet, error) {
	if err := checkMax(a.Maxnames, "maxnames", nodeDeviceMax, "REMOTE_NODE_DEVICE_LIST_MAX"); err != nil {
		return nil, err
	}
	names, err := st.NodeListDevices(optional(a.Cap), a.Maxnames, a.Flags)
	return &libvirt.NodeListDevicesRet{Names: names}, err
}

func connectListAllNodeDevices(st *hypervisor.State, a *libvirt.ConnectListAllNodeDevicesArgs) (*libvirt.ConnectListAllNodeDevicesRet, error) {
	names, err := st.ConnectListAllNodeDevices(a.Flags)
	ret := &libvirt.ConnectListAllNodeDevicesRet{}
	ret.Devices, ret.Ret = listed(names, a.NeedResults, wireNodeDevice)
	return ret, err
}

func nodeDeviceLookupByName(st *hypervisor.State, a *libvirt.NodeDeviceLookupByNameArgs) (*libvirt.NodeDeviceLookupByNameRet, error) {
	err := st.NodeDeviceLookupByName(a.Name)
	return &libvirt.NodeDeviceLookupByNameRet{Dev: wireNodeDevice(a.Name)}, err
}

func nodeDeviceLookupSCSIHostByWWN(st *hypervisor.State, a *libvirt.NodeDeviceLookupScsiHostByWwnArgs) (*libvirt.NodeDeviceLookupScsiHostByWwnRet, error) {
	name, err := st.NodeDeviceLookupSCSIHostByWWN(a.Wwnn, a.Wwpn, a.Flags)
	return &libvirt.NodeDeviceLookupScsiHostByWwnRet{Dev: wireNodeDevice(name)}, err
}

func nodeDeviceGetXMLDesc(st *hypervisor.State, a *libvirt.NodeDeviceGetXMLDescArgs) (*libvirt.NodeDeviceGetXMLDescRet, error) {
	xml, err := st.NodeDeviceGetXMLDesc(a.Name, a.Flags)
	return &libvirt.NodeDeviceGetXMLDescRet{XML: xml}, err
}

func nodeDeviceGetParent(st *hypervisor.State, a *libvirt.NodeDeviceGetParentArgs) (*libvirt.NodeDeviceGetParentRet, error) {
	parent, err := st.NodeDeviceGetParent(a.Name)
	return &libvirt.NodeDeviceGetParentRet{ParentName: present(parent)}, err
}

func nodeDeviceNumOfCaps(st *hypervisor.State, a *libvirt.NodeDeviceNumOfCapsArgs) (*libvirt.NodeDeviceNumOfCapsRet, error) {
	caps, err := st.NodeDeviceListCaps(a.Name)
	return &libvirt.NodeDeviceNumOfCapsRet{Num: int32(len(caps))}, err
}

func nodeDeviceListCaps(st *hypervisor.State, a *libvirt.NodeDeviceListCapsArgs) (*libvirt.NodeDeviceListCapsRet, error) {
	if err := checkMax(a.Maxnames, "maxnames", nodeDeviceMax, "REMOTE_NODE_DEVICE_CAPS_LIST_MAX"); err != nil {
		return nil, err
	}
	caps, err := st.NodeDeviceListCaps(a.Name)
	return &libvirt.NodeDeviceListCapsRet{Names: caps[:min(int(a.Maxnames), len(caps))]}, err
}

func nodeDeviceIsActive(st *hypervisor.State, a *libvirt.NodeDeviceIsActiveArgs) (*libvirt.NodeDeviceIsActiveRet, error) {
	is, err := st.NodeDeviceIsActive(a.Name)
	return &libvirt.NodeDeviceIsActiveRet{Active: truth(is)}, err
}

func nodeDeviceIsPersistent(st *hypervisor.State, a *libvirt.NodeDeviceIsPersistentArgs) (*libvirt.NodeDeviceIsPersistentRet, error) {
	is, err := st.NodeDeviceIsPersistent(a.Name)
	return &libvirt.NodeDeviceIsPersistentRet{Persistent: truth(is)}, err
}

func nodeDeviceGetAutostart(st *hypervisor.State, a *libvirt.NodeDeviceGetAutostartArgs) (*libvirt.NodeDeviceGetAutostartRet, error) {
	is, err := st.NodeDeviceGetAutostart(a.Name)
	return &libvirt.NodeDeviceGetAutostartRet{Autostart: truth(is)}, err
}
