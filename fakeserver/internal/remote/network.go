package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerNetworks(t *Table) {
	handle(t, rpc.ConnectNumOfNetworks, onObjects(connectNumOfNetworks))
	handle(t, rpc.ConnectListNetworks, onObjects(connectListNetworks))
	handle(t, rpc.ConnectNumOfDefinedNetworks, onObjects(connectNumOfDefinedNetworks))
	handle(t, rpc.ConnectListDefinedNetworks, onObjects(connectListDefinedNetworks))
	handle(t, rpc.ConnectListAllNetworks, onObjects(connectListAllNetworks))
	handle(t, rpc.NetworkLookupByName, onObjects(networkLookupByName))
	handle(t, rpc.NetworkLookupByUUID, onObjects(networkLookupByUUID))
	handle(t, rpc.NetworkGetXMLDesc, onObjects(networkGetXMLDesc))
	handle(t, rpc.NetworkGetBridgeName, onObjects(networkGetBridgeName))
	handle(t, rpc.NetworkGetAutostart, onObjects(networkGetAutostart))
	handle(t, rpc.NetworkIsActive, onObjects(networkIsActive))
	handle(t, rpc.NetworkIsPersistent, onObjects(networkIsPersistent))
	handle(t, rpc.NetworkGetDhcpLeases, onObjects(networkGetDHCPLeases))
	registerNetworkWrites(t)
}

func wireNetwork(n hypervisor.NetworkRef) libvirt.Network {
	return libvirt.Network{Name: n.Name, UUID: libvirt.UUID(n.UUID)}
}

func networkRef(n libvirt.Network) hypervisor.NetworkRef {
	return hypervisor.NetworkRef{Name: n.Name, UUID: hypervisor.UUID(n.UUID)}
}

// checkNetworkNames refuses a list of names that is too long.
func checkNetworkNames(n int32) error {
	return checkMax(n, "maxnames", listMax, "REMOTE_NETWORK_LIST_MAX")
}

func connectNumOfNetworks(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectNumOfNetworksRet, error) {
	return &libvirt.ConnectNumOfNetworksRet{Num: st.ConnectNumOfNetworks()}, nil
}

func connectListNetworks(st *hypervisor.State, a *libvirt.ConnectListNetworksArgs) (*libvirt.ConnectListNetworksRet, error) {
	if err := checkNetworkNames(a.Maxnames); err != nil {
		return nil, err
	}
	return &libvirt.ConnectListNetworksRet{Names: st.ConnectListNetworks(a.Maxnames)}, nil
}

func connectNumOfDefinedNetworks(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectNumOfDefinedNetworksRet, error) {
	return &libvirt.ConnectNumOfDefinedNetworksRet{Num: st.ConnectNumOfDefinedNetworks()}, nil
}

func connectListDefinedNetworks(st *hypervisor.State, a *libvirt.ConnectListDefinedNetworksArgs) (*libvirt.ConnectListDefinedNetworksRet, error) {
	if err := checkNetworkNames(a.Maxnames); err != nil {
		return nil, err
	}
	return &libvirt.ConnectListDefinedNetworksRet{Names: st.ConnectListDefinedNetworks(a.Maxnames)}, nil
}

func connectListAllNetworks(st *hypervisor.State, a *libvirt.ConnectListAllNetworksArgs) (*libvirt.ConnectListAllNetworksRet, error) {
	refs, err := st.ConnectListAllNetworks(uint32(a.Flags))
	ret := &libvirt.ConnectListAllNetworksRet{}
	ret.Nets, ret.Ret = listed(refs, a.NeedResults, wireNetwork)
	return ret, err
}

func networkLookupByName(st *hypervisor.State, a *libvirt.NetworkLookupByNameArgs) (*libvirt.NetworkLookupByNameRet, error) {
	n, err := st.NetworkLookupByName(a.Name)
	return &libvirt.NetworkLookupByNameRet{Net: wireNetwork(n)}, err
}

func networkLookupByUUID(st *hypervisor.State, a *libvirt.NetworkLookupByUUIDArgs) (*libvirt.NetworkLookupByUUIDRet, error) {
	n, err := st.NetworkLookupByUUID(hypervisor.UUID(a.UUID))
	return &libvirt.NetworkLookupByUUIDRet{Net: wireNetwork(n)}, err
}

func networkGetXMLDesc(st *hypervisor.State, a *libvirt.NetworkGetXMLDescArgs) (*libvirt.NetworkGetXMLDescRet, error) {
	xml, err := st.NetworkGetXMLDesc(networkRef(a.Net), a.Flags)
	return &libvirt.NetworkGetXMLDescRet{XML: xml}, err
}

func networkGetBridgeName(st *hypervisor.State, a *libvirt.NetworkGetBridgeNameArgs) (*libvirt.NetworkGetBridgeNameRet, error) {
	name, err := st.NetworkGetBridgeName(networkRef(a.Net))
	return &libvirt.NetworkGetBridgeNameRet{Name: name}, err
}

func networkGetAutostart(st *hypervisor.State, a *libvirt.NetworkGetAutostartArgs) (*libvirt.NetworkGetAutostartRet, error) {
	is, err := st.NetworkGetAutostart(networkRef(a.Net))
	return &libvirt.NetworkGetAutostartRet{Autostart: truth(is)}, err
}

func networkIsActive(st *hypervisor.State, a *libvirt.NetworkIsActiveArgs) (*libvirt.NetworkIsActiveRet, error) {
	is, err := st.NetworkIsActive(networkRef(a.Net))
	return &libvirt.NetworkIsActiveRet{Active: truth(is)}, err
}

func networkIsPersistent(st *hypervisor.State, a *libvirt.NetworkIsPersistentArgs) (*libvirt.NetworkIsPersistentRet, error) {
	is, err := st.NetworkIsPersistent(networkRef(a.Net))
	return &libvirt.NetworkIsPersistentRet{Persistent: truth(is)}, err
}

func networkGetDHCPLeases(st *hypervisor.State, a *libvirt.NetworkGetDhcpLeasesArgs) (*libvirt.NetworkGetDhcpLeasesRet, error) {
	leases, err := st.NetworkGetDHCPLeases(networkRef(a.Net), optional(a.Mac), a.Flags)
	ret := &libvirt.NetworkGetDhcpLeasesRet{}
	ret.Leases, ret.Ret = listed(leases, a.NeedResults, wireLease)
	return ret, err
}

func wireLease(l hypervisor.DHCPLease) libvirt.NetworkDhcpLease {
	out := libvirt.NetworkDhcpLease{
		Iface: l.Interface, Expirytime: l.Expiry, Type: int32(libvirt.IPAddrTypeIpv4),
		Mac: present(l.MAC), Iaid: present(l.IAID), Ipaddr: l.IPAddress, Prefix: l.Prefix,
		Hostname: present(l.Hostname), Clientid: present(l.ClientID),
	}
	if l.IPv6 {
		out.Type = int32(libvirt.IPAddrTypeIpv6)
	}
	return out
}
