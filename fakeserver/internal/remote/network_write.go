package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerNetworkWrites(t *Table) {
	handle(t, rpc.NetworkDefineXML, onObjects(networkDefineXML))
	handle(t, rpc.NetworkDefineXMLFlags, onObjects(networkDefineXMLFlags))
	handle(t, rpc.NetworkCreateXML, onObjects(networkCreateXML))
	handle(t, rpc.NetworkCreateXMLFlags, onObjects(networkCreateXMLFlags))
	handle(t, rpc.NetworkUndefine, onObjects(networkUndefine))
	handle(t, rpc.NetworkCreate, onObjects(networkCreate))
	handle(t, rpc.NetworkDestroy, onObjects(networkDestroy))
	handle(t, rpc.NetworkSetAutostart, onObjects(networkSetAutostart))
}

func networkDefineXML(st *hypervisor.State, a *libvirt.NetworkDefineXMLArgs) (*libvirt.NetworkDefineXMLRet, error) {
	n, err := st.NetworkDefineXML(a.XML, 0)
	return &libvirt.NetworkDefineXMLRet{Net: wireNetwork(n)}, err
}

func networkDefineXMLFlags(st *hypervisor.State, a *libvirt.NetworkDefineXMLFlagsArgs) (*libvirt.NetworkDefineXMLFlagsRet, error) {
	n, err := st.NetworkDefineXML(a.XML, a.Flags)
	return &libvirt.NetworkDefineXMLFlagsRet{Net: wireNetwork(n)}, err
}

func networkCreateXML(st *hypervisor.State, a *libvirt.NetworkCreateXMLArgs) (*libvirt.NetworkCreateXMLRet, error) {
	n, err := st.NetworkCreateXML(a.XML, 0)
	return &libvirt.NetworkCreateXMLRet{Net: wireNetwork(n)}, err
}

func networkCreateXMLFlags(st *hypervisor.State, a *libvirt.NetworkCreateXMLFlagsArgs) (*libvirt.NetworkCreateXMLFlagsRet, error) {
	n, err := st.NetworkCreateXML(a.XML, a.Flags)
	return &libvirt.NetworkCreateXMLFlagsRet{Net: wireNetwork(n)}, err
}

func networkUndefine(st *hypervisor.State, a *libvirt.NetworkUndefineArgs) (*rpc.None, error) {
	return nil, st.NetworkUndefine(networkRef(a.Net))
}

func networkCreate(st *hypervisor.State, a *libvirt.NetworkCreateArgs) (*rpc.None, error) {
	return nil, st.NetworkCreate(networkRef(a.Net))
}

func networkDestroy(st *hypervisor.State, a *libvirt.NetworkDestroyArgs) (*rpc.None, error) {
	return nil, st.NetworkDestroy(networkRef(a.Net))
}

func networkSetAutostart(st *hypervisor.State, a *libvirt.NetworkSetAutostartArgs) (*rpc.None, error) {
	return nil, st.NetworkSetAutostart(networkRef(a.Net), a.Autostart != 0)
}

// networkMessage is the wire form of an event of a network.
func networkMessage(e hypervisor.NetworkLifecycleEvent, id int32) (*rpc.Info, any) {
	return rpc.NetworkEventLifecycle.Info, &libvirt.NetworkEventLifecycleMsg{
		CallbackID: id, Net: wireNetwork(e.Network), Event: e.Event, Detail: e.Detail,
	}
}
