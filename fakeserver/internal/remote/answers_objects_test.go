package remote

import (
	"slices"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// What is not there, for questions after it.
var (
	noUUID    = libvirt.UUID{0, 0, 0, 0, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x44, 0x44, 0x44, 0x44}
	noNetwork = libvirt.Network{Name: "nope", UUID: noUUID}
	noPool    = libvirt.StoragePool{Name: "nope", UUID: noUUID}
	noVol     = libvirt.StorageVol{Pool: "nope", Name: "vol", Key: "/nope/vol"}
	noIface   = libvirt.Interface{Name: "nope0", Mac: "00:11:22:33:44:55"}
	noSecret  = libvirt.Secret{UUID: noUUID, UsageType: 1, UsageID: "X"}
	noFilter  = libvirt.Nwfilter{Name: "nope", UUID: noUUID}
	noBinding = libvirt.NwfilterBinding{Portdev: "vnet0", Filtername: "nope"}
)

// sorted brings a list into order whose order in the real daemon is that of a
// hash table.
func sorted(ret any) any {
	switch r := ret.(type) {
	case *libvirt.NodeListDevicesRet:
		slices.Sort(r.Names)
	case *libvirt.ConnectListAllNodeDevicesRet:
		slices.SortFunc(r.Devices, func(a, b libvirt.NodeDevice) int { return strings.Compare(a.Name, b.Name) })
	case *libvirt.ConnectListAllDomainsRet:
		slices.SortFunc(r.Domains, func(a, b libvirt.Domain) int { return strings.Compare(a.Name, b.Name) })
	case *libvirt.ConnectListDefinedDomainsRet:
		slices.Sort(r.Names)
	case *libvirt.ConnectListAllNetworksRet:
		slices.SortFunc(r.Nets, func(a, b libvirt.Network) int { return strings.Compare(a.Name, b.Name) })
	case *libvirt.ConnectListDefinedNetworksRet:
		slices.Sort(r.Names)
	}
	return ret
}

// objectQuestions are asked of every driver.
var objectQuestions = slices.Concat(
	networkQuestions, poolQuestions, volumeQuestions, deviceQuestions, interfaceQuestions, secretQuestions, filterQuestions, hostQuestions)

var networkQuestions = []question{
	ask(rpc.NetworkLookupByName, libvirt.NetworkLookupByNameArgs{Name: "nope"}),
	ask(rpc.NetworkLookupByName, libvirt.NetworkLookupByNameArgs{Name: ""}),
	ask(rpc.NetworkLookupByUUID, libvirt.NetworkLookupByUUIDArgs{UUID: noUUID}),
	ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: noNetwork}),
	ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: noNetwork, Flags: 1}),
	ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: noNetwork, Flags: 11}),
	ask(rpc.NetworkGetBridgeName, libvirt.NetworkGetBridgeNameArgs{Net: noNetwork}),
	ask(rpc.NetworkGetAutostart, libvirt.NetworkGetAutostartArgs{Net: noNetwork}),
	ask(rpc.NetworkIsActive, libvirt.NetworkIsActiveArgs{Net: noNetwork}),
	ask(rpc.NetworkIsActive, libvirt.NetworkIsActiveArgs{Net: libvirt.Network{UUID: noUUID}}),
	ask(rpc.NetworkIsPersistent, libvirt.NetworkIsPersistentArgs{Net: noNetwork}),
	ask(rpc.NetworkGetDhcpLeases, libvirt.NetworkGetDhcpLeasesArgs{Net: noNetwork, NeedResults: 1}),
	ask(rpc.NetworkGetDhcpLeases, libvirt.NetworkGetDhcpLeasesArgs{Net: noNetwork, Mac: libvirt.OptString{"xx"}}),
	ask(rpc.NetworkGetDhcpLeases, libvirt.NetworkGetDhcpLeasesArgs{Net: noNetwork, Mac: libvirt.OptString{"0:1:2:3:4:5 x"}}),
	ask(rpc.NetworkGetDhcpLeases, libvirt.NetworkGetDhcpLeasesArgs{Net: noNetwork, Mac: libvirt.OptString{"00:11:22:33:44:555"}}),
	ask(rpc.NetworkGetDhcpLeases, libvirt.NetworkGetDhcpLeasesArgs{Net: noNetwork, Flags: 5}),
	ask(rpc.ConnectListAllNetworks, libvirt.ConnectListAllNetworksArgs{NeedResults: 1, Flags: 0x140}),
	ask(rpc.ConnectListNetworks, libvirt.ConnectListNetworksArgs{Maxnames: 16384}),
	ask(rpc.ConnectListNetworks, libvirt.ConnectListNetworksArgs{Maxnames: 16385}),
	ask(rpc.ConnectListNetworks, libvirt.ConnectListNetworksArgs{Maxnames: -1}),
	ask(rpc.ConnectListNetworks, libvirt.ConnectListNetworksArgs{}),
	ask(rpc.ConnectListDefinedNetworks, libvirt.ConnectListDefinedNetworksArgs{Maxnames: 100}),
	ask(rpc.ConnectListDefinedNetworks, libvirt.ConnectListDefinedNetworksArgs{Maxnames: 16385}),
	ask(rpc.ConnectNumOfNetworks, rpc.None{}),
	ask(rpc.ConnectNumOfDefinedNetworks, rpc.None{}),
}

var poolQuestions = []question{
	ask(rpc.ConnectGetStoragePoolCapabilities, libvirt.ConnectGetStoragePoolCapabilitiesArgs{Flags: 1}),
	ask(rpc.StoragePoolLookupByName, libvirt.StoragePoolLookupByNameArgs{Name: "nope"}),
	ask(rpc.StoragePoolLookupByUUID, libvirt.StoragePoolLookupByUUIDArgs{UUID: noUUID}),
	ask(rpc.StoragePoolLookupByVolume, libvirt.StoragePoolLookupByVolumeArgs{Vol: noVol}),
	ask(rpc.StoragePoolLookupByTargetPath, libvirt.StoragePoolLookupByTargetPathArgs{Path: "/nope"}),
	ask(rpc.StoragePoolLookupByTargetPath, libvirt.StoragePoolLookupByTargetPathArgs{Path: "//nope//x/"}),
	ask(rpc.StoragePoolGetInfo, libvirt.StoragePoolGetInfoArgs{Pool: noPool}),
	ask(rpc.StoragePoolGetXMLDesc, libvirt.StoragePoolGetXMLDescArgs{Pool: noPool}),
	ask(rpc.StoragePoolGetXMLDesc, libvirt.StoragePoolGetXMLDescArgs{Pool: noPool, Flags: 1}),
	ask(rpc.StoragePoolGetXMLDesc, libvirt.StoragePoolGetXMLDescArgs{Pool: noPool, Flags: 6}),
	ask(rpc.StoragePoolGetAutostart, libvirt.StoragePoolGetAutostartArgs{Pool: noPool}),
	ask(rpc.StoragePoolIsActive, libvirt.StoragePoolIsActiveArgs{Pool: noPool}),
	ask(rpc.StoragePoolIsPersistent, libvirt.StoragePoolIsPersistentArgs{Pool: noPool}),
	ask(rpc.StoragePoolNumOfVolumes, libvirt.StoragePoolNumOfVolumesArgs{Pool: noPool}),
	ask(rpc.StoragePoolListVolumes, libvirt.StoragePoolListVolumesArgs{Pool: noPool, Maxnames: 10}),
	ask(rpc.StoragePoolListVolumes, libvirt.StoragePoolListVolumesArgs{Pool: noPool, Maxnames: 16385}),
	ask(rpc.StoragePoolListVolumes, libvirt.StoragePoolListVolumesArgs{Pool: noPool, Maxnames: -2}),
	ask(rpc.StoragePoolListAllVolumes, libvirt.StoragePoolListAllVolumesArgs{Pool: noPool, NeedResults: 1}),
	ask(rpc.StoragePoolListAllVolumes, libvirt.StoragePoolListAllVolumesArgs{Pool: noPool, NeedResults: 1, Flags: 1}),
	ask(rpc.ConnectListAllStoragePools, libvirt.ConnectListAllStoragePoolsArgs{NeedResults: 1, Flags: 0x300000}),
	ask(rpc.ConnectListAllStoragePools, libvirt.ConnectListAllStoragePoolsArgs{NeedResults: 1, Flags: 0xfff80 &^ (1 << 6)}),
	ask(rpc.ConnectListStoragePools, libvirt.ConnectListStoragePoolsArgs{Maxnames: 16385}),
	ask(rpc.ConnectListStoragePools, libvirt.ConnectListStoragePoolsArgs{Maxnames: 16384}),
	ask(rpc.ConnectListDefinedStoragePools, libvirt.ConnectListDefinedStoragePoolsArgs{Maxnames: 16385}),
	ask(rpc.ConnectListDefinedStoragePools, libvirt.ConnectListDefinedStoragePoolsArgs{Maxnames: 5}),
	ask(rpc.ConnectNumOfStoragePools, rpc.None{}),
	ask(rpc.ConnectNumOfDefinedStoragePools, rpc.None{}),
}

var volumeQuestions = []question{
	ask(rpc.StorageVolLookupByName, libvirt.StorageVolLookupByNameArgs{Pool: noPool, Name: "vol"}),
	ask(rpc.StorageVolLookupByKey, libvirt.StorageVolLookupByKeyArgs{Key: "k"}),
	ask(rpc.StorageVolLookupByPath, libvirt.StorageVolLookupByPathArgs{Path: "/x"}),
	ask(rpc.StorageVolLookupByPath, libvirt.StorageVolLookupByPathArgs{Path: ""}),
	ask(rpc.StorageVolLookupByPath, libvirt.StorageVolLookupByPathArgs{Path: "a//b/../c"}),
	ask(rpc.StorageVolLookupByPath, libvirt.StorageVolLookupByPathArgs{Path: "//a"}),
	ask(rpc.StorageVolLookupByPath, libvirt.StorageVolLookupByPathArgs{Path: "///"}),
	ask(rpc.StorageVolLookupByPath, libvirt.StorageVolLookupByPathArgs{Path: "/a///b/"}),
	ask(rpc.StorageVolLookupByPath, libvirt.StorageVolLookupByPathArgs{Path: "rbd://host//a"}),
	ask(rpc.StorageVolLookupByPath, libvirt.StorageVolLookupByPathArgs{Path: "/rbd://host//a"}),
	ask(rpc.StorageVolGetInfo, libvirt.StorageVolGetInfoArgs{Vol: noVol}),
	ask(rpc.StorageVolGetInfoFlags, libvirt.StorageVolGetInfoFlagsArgs{Vol: noVol}),
	ask(rpc.StorageVolGetInfoFlags, libvirt.StorageVolGetInfoFlagsArgs{Vol: noVol, Flags: 9}),
	ask(rpc.StorageVolGetXMLDesc, libvirt.StorageVolGetXMLDescArgs{Vol: noVol}),
	ask(rpc.StorageVolGetXMLDesc, libvirt.StorageVolGetXMLDescArgs{Vol: noVol, Flags: 1}),
	ask(rpc.StorageVolGetPath, libvirt.StorageVolGetPathArgs{Vol: noVol}),
}

var deviceQuestions = []question{
	ask(rpc.NodeNumOfDevices, libvirt.NodeNumOfDevicesArgs{Cap: libvirt.OptString{"system"}}),
	ask(rpc.NodeNumOfDevices, libvirt.NodeNumOfDevicesArgs{Cap: libvirt.OptString{"nope"}}),
	ask(rpc.NodeNumOfDevices, libvirt.NodeNumOfDevicesArgs{Flags: 1}),
	ask(rpc.NodeListDevices, libvirt.NodeListDevicesArgs{Cap: libvirt.OptString{"system"}, Maxnames: 65536}),
	ask(rpc.NodeListDevices, libvirt.NodeListDevicesArgs{Maxnames: 65537}),
	ask(rpc.NodeListDevices, libvirt.NodeListDevicesArgs{Maxnames: -1}),
	ask(rpc.NodeListDevices, libvirt.NodeListDevicesArgs{Maxnames: 1, Flags: 8}),
	ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{NeedResults: 1, Flags: 1}),
	ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{Flags: 1}),
	ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{NeedResults: 1, Flags: 1 << 22}),
	ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{NeedResults: 1, Flags: 1 << 28}),
	ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{NeedResults: 1, Flags: 1 << 30}),
	ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{NeedResults: 1, Flags: 1<<31 | 1}),
	ask(rpc.NodeDeviceLookupByName, libvirt.NodeDeviceLookupByNameArgs{Name: "nope"}),
	ask(rpc.NodeDeviceLookupByName, libvirt.NodeDeviceLookupByNameArgs{Name: "computer"}),
	ask(rpc.NodeDeviceLookupScsiHostByWwn, libvirt.NodeDeviceLookupScsiHostByWwnArgs{Wwnn: "1", Wwpn: "2"}),
	ask(rpc.NodeDeviceLookupScsiHostByWwn, libvirt.NodeDeviceLookupScsiHostByWwnArgs{Wwnn: "1", Wwpn: "2", Flags: 1}),
	ask(rpc.NodeDeviceGetXMLDesc, libvirt.NodeDeviceGetXMLDescArgs{Name: "nope"}),
	ask(rpc.NodeDeviceGetXMLDesc, libvirt.NodeDeviceGetXMLDescArgs{Name: "computer", Flags: 1}),
	ask(rpc.NodeDeviceGetParent, libvirt.NodeDeviceGetParentArgs{Name: "nope"}),
	ask(rpc.NodeDeviceGetParent, libvirt.NodeDeviceGetParentArgs{Name: "computer"}),
	ask(rpc.NodeDeviceNumOfCaps, libvirt.NodeDeviceNumOfCapsArgs{Name: "nope"}),
	ask(rpc.NodeDeviceNumOfCaps, libvirt.NodeDeviceNumOfCapsArgs{Name: "computer"}),
	ask(rpc.NodeDeviceListCaps, libvirt.NodeDeviceListCapsArgs{Name: "nope", Maxnames: 1}),
	ask(rpc.NodeDeviceListCaps, libvirt.NodeDeviceListCapsArgs{Name: "nope", Maxnames: 65537}),
	ask(rpc.NodeDeviceListCaps, libvirt.NodeDeviceListCapsArgs{Name: "computer", Maxnames: 65536}),
	ask(rpc.NodeDeviceListCaps, libvirt.NodeDeviceListCapsArgs{Name: "computer"}),
	ask(rpc.NodeDeviceIsActive, libvirt.NodeDeviceIsActiveArgs{Name: "nope"}),
	ask(rpc.NodeDeviceIsActive, libvirt.NodeDeviceIsActiveArgs{Name: "computer"}),
	ask(rpc.NodeDeviceIsPersistent, libvirt.NodeDeviceIsPersistentArgs{Name: "nope"}),
	ask(rpc.NodeDeviceIsPersistent, libvirt.NodeDeviceIsPersistentArgs{Name: "computer"}),
	ask(rpc.NodeDeviceGetAutostart, libvirt.NodeDeviceGetAutostartArgs{Name: "nope"}),
	ask(rpc.NodeDeviceGetAutostart, libvirt.NodeDeviceGetAutostartArgs{Name: "computer"}),
}

var interfaceQuestions = []question{
	ask(rpc.ConnectListInterfaces, libvirt.ConnectListInterfacesArgs{Maxnames: 16385}),
	ask(rpc.ConnectListDefinedInterfaces, libvirt.ConnectListDefinedInterfacesArgs{Maxnames: 16385}),
	ask(rpc.ConnectListAllInterfaces, libvirt.ConnectListAllInterfacesArgs{NeedResults: 1, Flags: 4}),
	ask(rpc.ConnectListAllInterfaces, libvirt.ConnectListAllInterfacesArgs{}),
	ask(rpc.InterfaceLookupByName, libvirt.InterfaceLookupByNameArgs{Name: "nope0"}),
	ask(rpc.InterfaceLookupByMacString, libvirt.InterfaceLookupByMacStringArgs{Mac: "00:11:22:33:44:55"}),
	ask(rpc.InterfaceLookupByMacString, libvirt.InterfaceLookupByMacStringArgs{Mac: "xx"}),
	ask(rpc.InterfaceGetXMLDesc, libvirt.InterfaceGetXMLDescArgs{Iface: noIface}),
	ask(rpc.InterfaceGetXMLDesc, libvirt.InterfaceGetXMLDescArgs{Iface: noIface, Flags: 1}),
	ask(rpc.InterfaceGetXMLDesc, libvirt.InterfaceGetXMLDescArgs{Iface: noIface, Flags: 2}),
	ask(rpc.InterfaceIsActive, libvirt.InterfaceIsActiveArgs{Iface: noIface}),
}

var secretQuestions = []question{
	ask(rpc.ConnectNumOfSecrets, rpc.None{}),
	ask(rpc.ConnectListSecrets, libvirt.ConnectListSecretsArgs{Maxuuids: 10}),
	ask(rpc.ConnectListSecrets, libvirt.ConnectListSecretsArgs{Maxuuids: 16385}),
	ask(rpc.ConnectListSecrets, libvirt.ConnectListSecretsArgs{Maxuuids: -1}),
	ask(rpc.ConnectListAllSecrets, libvirt.ConnectListAllSecretsArgs{NeedResults: 1, Flags: 15}),
	ask(rpc.ConnectListAllSecrets, libvirt.ConnectListAllSecretsArgs{NeedResults: 1, Flags: 16}),
	ask(rpc.SecretLookupByUUID, libvirt.SecretLookupByUUIDArgs{UUID: noUUID}),
	ask(rpc.SecretLookupByUsage, libvirt.SecretLookupByUsageArgs{UsageType: 1, UsageID: "X"}),
	ask(rpc.SecretLookupByUsage, libvirt.SecretLookupByUsageArgs{UsageType: 99, UsageID: ""}),
	ask(rpc.SecretGetXMLDesc, libvirt.SecretGetXMLDescArgs{OptSecret: noSecret}),
	ask(rpc.SecretGetXMLDesc, libvirt.SecretGetXMLDescArgs{OptSecret: noSecret, Flags: 2}),
}

var filterQuestions = []question{
	ask(rpc.ConnectNumOfNwfilters, rpc.None{}),
	ask(rpc.ConnectListNwfilters, libvirt.ConnectListNwfiltersArgs{Maxnames: 10}),
	ask(rpc.ConnectListNwfilters, libvirt.ConnectListNwfiltersArgs{Maxnames: 16385}),
	ask(rpc.ConnectListAllNwfilters, libvirt.ConnectListAllNwfiltersArgs{NeedResults: 1}),
	ask(rpc.ConnectListAllNwfilters, libvirt.ConnectListAllNwfiltersArgs{Flags: 1}),
	ask(rpc.NwfilterLookupByName, libvirt.NwfilterLookupByNameArgs{Name: "nope"}),
	ask(rpc.NwfilterLookupByUUID, libvirt.NwfilterLookupByUUIDArgs{UUID: noUUID}),
	ask(rpc.NwfilterGetXMLDesc, libvirt.NwfilterGetXMLDescArgs{OptNwfilter: noFilter}),
	ask(rpc.NwfilterGetXMLDesc, libvirt.NwfilterGetXMLDescArgs{OptNwfilter: noFilter, Flags: 1}),
	ask(rpc.ConnectListAllNwfilterBindings, libvirt.ConnectListAllNwfilterBindingsArgs{NeedResults: 1}),
	ask(rpc.ConnectListAllNwfilterBindings, libvirt.ConnectListAllNwfilterBindingsArgs{NeedResults: 1, Flags: 1}),
	ask(rpc.NwfilterBindingLookupByPortDev, libvirt.NwfilterBindingLookupByPortDevArgs{Name: "vnet0"}),
	ask(rpc.NwfilterBindingGetXMLDesc, libvirt.NwfilterBindingGetXMLDescArgs{OptNwfilter: noBinding}),
	ask(rpc.NwfilterBindingGetXMLDesc, libvirt.NwfilterBindingGetXMLDescArgs{OptNwfilter: noBinding, Flags: 1}),
}
