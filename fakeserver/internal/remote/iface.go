package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerInterfaces(t *Table) {
	handle(t, rpc.ConnectNumOfInterfaces, onObjects(connectNumOfInterfaces))
	handle(t, rpc.ConnectListInterfaces, onObjects(connectListInterfaces))
	handle(t, rpc.ConnectNumOfDefinedInterfaces, onObjects(connectNumOfDefinedInterfaces))
	handle(t, rpc.ConnectListDefinedInterfaces, onObjects(connectListDefinedInterfaces))
	handle(t, rpc.ConnectListAllInterfaces, onObjects(connectListAllInterfaces))
	handle(t, rpc.InterfaceLookupByName, onObjects(interfaceLookupByName))
	handle(t, rpc.InterfaceLookupByMacString, onObjects(interfaceLookupByMACString))
	handle(t, rpc.InterfaceGetXMLDesc, onObjects(interfaceGetXMLDesc))
	handle(t, rpc.InterfaceIsActive, onObjects(interfaceIsActive))
}

func wireInterface(i hypervisor.InterfaceRef) libvirt.Interface {
	return libvirt.Interface{Name: i.Name, Mac: i.MAC}
}

func interfaceRef(i libvirt.Interface) hypervisor.InterfaceRef {
	return hypervisor.InterfaceRef{Name: i.Name, MAC: i.Mac}
}

// checkInterfaceNames refuses a list of names that is too long.
func checkInterfaceNames(n int32) error {
	return checkMax(n, "maxnames", listMax, "REMOTE_INTERFACE_LIST_MAX")
}

func connectNumOfInterfaces(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectNumOfInterfacesRet, error) {
	return &libvirt.ConnectNumOfInterfacesRet{Num: st.ConnectNumOfInterfaces()}, nil
}

func connectListInterfaces(st *hypervisor.State, a *libvirt.ConnectListInterfacesArgs) (*libvirt.ConnectListInterfacesRet, error) {
	if err := checkInterfaceNames(a.Maxnames); err != nil {
		return nil, err
	}
	return &libvirt.ConnectListInterfacesRet{Names: st.ConnectListInterfaces(a.Maxnames)}, nil
}

func connectNumOfDefinedInterfaces(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectNumOfDefinedInterfacesRet, error) {
	return &libvirt.ConnectNumOfDefinedInterfacesRet{Num: st.ConnectNumOfDefinedInterfaces()}, nil
}

func connectListDefinedInterfaces(st *hypervisor.State, a *libvirt.ConnectListDefinedInterfacesArgs) (*libvirt.ConnectListDefinedInterfacesRet, error) {
	if err := checkInterfaceNames(a.Maxnames); err != nil {
		return nil, err
	}
	return &libvirt.ConnectListDefinedInterfacesRet{Names: st.ConnectListDefinedInterfaces(a.Maxnames)}, nil
}

func connectListAllInterfaces(st *hypervisor.State, a *libvirt.ConnectListAllInterfacesArgs) (*libvirt.ConnectListAllInterfacesRet, error) {
	if a.NeedResults == 0 {
		n, err := st.ConnectCountAllInterfaces(uint32(a.Flags))
		return &libvirt.ConnectListAllInterfacesRet{Ret: uint32(n)}, err
	}
	refs, err := st.ConnectListAllInterfaces(uint32(a.Flags))
	ret := &libvirt.ConnectListAllInterfacesRet{}
	ret.Ifaces, ret.Ret = listed(refs, a.NeedResults, wireInterface)
	return ret, err
}

func interfaceLookupByName(st *hypervisor.State, a *libvirt.InterfaceLookupByNameArgs) (*libvirt.InterfaceLookupByNameRet, error) {
	i, err := st.InterfaceLookupByName(a.Name)
	return &libvirt.InterfaceLookupByNameRet{Iface: wireInterface(i)}, err
}

func interfaceLookupByMACString(st *hypervisor.State, a *libvirt.InterfaceLookupByMacStringArgs) (*libvirt.InterfaceLookupByMacStringRet, error) {
	i, err := st.InterfaceLookupByMACString(a.Mac)
	return &libvirt.InterfaceLookupByMacStringRet{Iface: wireInterface(i)}, err
}

func interfaceGetXMLDesc(st *hypervisor.State, a *libvirt.InterfaceGetXMLDescArgs) (*libvirt.InterfaceGetXMLDescRet, error) {
	xml, err := st.InterfaceGetXMLDesc(interfaceRef(a.Iface), a.Flags)
	return &libvirt.InterfaceGetXMLDescRet{XML: xml}, err
}

func interfaceIsActive(st *hypervisor.State, a *libvirt.InterfaceIsActiveArgs) (*libvirt.InterfaceIsActiveRet, error) {
	is, err := st.InterfaceIsActive(interfaceRef(a.Iface))
	return &libvirt.InterfaceIsActiveRet{Active: truth(is)}, err
}
