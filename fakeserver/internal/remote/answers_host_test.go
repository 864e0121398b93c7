package remote

import (
	"slices"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func optString(s string) libvirt.OptString { return libvirt.OptString{s} }

// hostQuestions are asked of every driver.
var hostQuestions = []question{
	ask(rpc.ConnectGetSysinfo, libvirt.ConnectGetSysinfoArgs{Flags: 1}),
	ask(rpc.ConnectGetMaxVcpus, libvirt.ConnectGetMaxVcpusArgs{}),
	ask(rpc.ConnectGetMaxVcpus, libvirt.ConnectGetMaxVcpusArgs{Type: optString("QEMU")}),
	ask(rpc.ConnectGetMaxVcpus, libvirt.ConnectGetMaxVcpusArgs{Type: optString("")}),
	ask(rpc.ConnectGetMaxVcpus, libvirt.ConnectGetMaxVcpusArgs{Type: optString("lxc")}),
	ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "x86_64", NeedResults: 1}),
	ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "i686"}),
	ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "ppc64le", NeedResults: 1}),
	ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "aarch64", NeedResults: 1}),
	ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "s390", NeedResults: 1}),
	ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "mips", NeedResults: 1}),
	ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "none", NeedResults: 1}),
	ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "x86_64", Flags: 1}),
	ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "none", Flags: 1}),
	ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{Flags: 1}),
	ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{Virttype: optString("nope")}),
	ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{Arch: optString("nope"), Virttype: optString("nope")}),
	ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{Arch: optString("none")}),
	ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{Arch: optString("mips")}),
	ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{Emulatorbin: optString("/nope")}),
	ask(rpc.NodeGetCPUStats, libvirt.NodeGetCPUStatsArgs{CPUNum: -1}),
	ask(rpc.NodeGetCPUStats, libvirt.NodeGetCPUStatsArgs{CPUNum: -2}),
	ask(rpc.NodeGetCPUStats, libvirt.NodeGetCPUStatsArgs{CPUNum: -2, Nparams: 17}),
	ask(rpc.NodeGetCPUStats, libvirt.NodeGetCPUStatsArgs{CPUNum: -1, Nparams: -1}),
	ask(rpc.NodeGetCPUStats, libvirt.NodeGetCPUStatsArgs{CPUNum: -1, Nparams: 4, Flags: 1}),
	ask(rpc.NodeGetCPUStats, libvirt.NodeGetCPUStatsArgs{CPUNum: 100000}),
	ask(rpc.NodeGetCPUStats, libvirt.NodeGetCPUStatsArgs{CPUNum: 100000, Nparams: 4}),
	ask(rpc.NodeGetCPUStats, libvirt.NodeGetCPUStatsArgs{CPUNum: 100000, Nparams: 2}),
	ask(rpc.NodeGetMemoryStats, libvirt.NodeGetMemoryStatsArgs{CellNum: -1}),
	ask(rpc.NodeGetMemoryStats, libvirt.NodeGetMemoryStatsArgs{CellNum: 0}),
	ask(rpc.NodeGetMemoryStats, libvirt.NodeGetMemoryStatsArgs{CellNum: -2}),
	ask(rpc.NodeGetMemoryStats, libvirt.NodeGetMemoryStatsArgs{CellNum: -1, Nparams: 17}),
	ask(rpc.NodeGetMemoryStats, libvirt.NodeGetMemoryStatsArgs{CellNum: -1, Nparams: -1}),
	ask(rpc.NodeGetMemoryStats, libvirt.NodeGetMemoryStatsArgs{CellNum: -1, Nparams: 3}),
	ask(rpc.NodeGetMemoryStats, libvirt.NodeGetMemoryStatsArgs{CellNum: 0, Nparams: 4}),
	ask(rpc.NodeGetMemoryStats, libvirt.NodeGetMemoryStatsArgs{CellNum: -1, Nparams: 4, Flags: 1}),
	ask(rpc.NodeGetCPUMap, libvirt.NodeGetCPUMapArgs{Flags: 1}),
	ask(rpc.NodeGetCellsFreeMemory, libvirt.NodeGetCellsFreeMemoryArgs{StartCell: 0, Maxcells: 0}),
	ask(rpc.NodeGetCellsFreeMemory, libvirt.NodeGetCellsFreeMemoryArgs{StartCell: -1, Maxcells: 0}),
	ask(rpc.NodeGetCellsFreeMemory, libvirt.NodeGetCellsFreeMemoryArgs{StartCell: -1, Maxcells: 1}),
	ask(rpc.NodeGetCellsFreeMemory, libvirt.NodeGetCellsFreeMemoryArgs{StartCell: 0, Maxcells: 1025}),
	ask(rpc.NodeGetCellsFreeMemory, libvirt.NodeGetCellsFreeMemoryArgs{StartCell: 0, Maxcells: -1}),
	ask(rpc.NodeGetFreePages, libvirt.NodeGetFreePagesArgs{CellCount: 1}),
	ask(rpc.NodeGetFreePages, libvirt.NodeGetFreePagesArgs{Pages: []uint32{4}}),
	ask(rpc.NodeGetFreePages, libvirt.NodeGetFreePagesArgs{Pages: []uint32{4}, CellCount: 1, Flags: 1}),
	ask(rpc.NodeGetFreePages, libvirt.NodeGetFreePagesArgs{Pages: []uint32{4, 2048}, CellCount: 513}),
	ask(rpc.NodeGetFreePages, libvirt.NodeGetFreePagesArgs{Pages: []uint32{5}, CellCount: 1}),
	ask(rpc.NodeGetFreePages, libvirt.NodeGetFreePagesArgs{Pages: []uint32{4}, StartCell: -2, CellCount: 1}),
	ask(rpc.NodeGetFreePages, libvirt.NodeGetFreePagesArgs{Pages: []uint32{5}, StartCell: -2, CellCount: 1}),
	ask(rpc.NodeGetFreePages, libvirt.NodeGetFreePagesArgs{Pages: []uint32{5}, StartCell: -1, CellCount: 1}),
}

var (
	testNetwork = libvirt.Network{Name: "default", UUID: mustUUID("dd8fe884-6c02-601e-7551-cca97df1c5df")}
	testPool    = libvirt.StoragePool{Name: "default-pool", UUID: mustUUID("dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566")}
	testVol     = libvirt.StorageVol{Pool: "default-pool", Name: "nope"}
	testIface   = libvirt.Interface{Name: "eth1", Mac: "00:00:00:00:00:01"}
)

// testQuestions are what test:///default has from the start.
var testQuestions = slices.Concat([]question{
	ask(rpc.ConnectGetCapabilities, rpc.None{}),
	ask(rpc.ConnectGetSysinfo, libvirt.ConnectGetSysinfoArgs{}),
	ask(rpc.NodeGetInfo, rpc.None{}),
	ask(rpc.NodeGetSecurityModel, rpc.None{}),
	ask(rpc.NodeGetCPUStats, libvirt.NodeGetCPUStatsArgs{CPUNum: -1, Nparams: 16}),
	ask(rpc.NodeGetCPUStats, libvirt.NodeGetCPUStatsArgs{CPUNum: 3, Nparams: 2}),
	ask(rpc.NodeGetCPUMap, libvirt.NodeGetCPUMapArgs{NeedMap: 1, NeedOnline: 1}),
	ask(rpc.NodeGetCPUMap, libvirt.NodeGetCPUMapArgs{}),
	ask(rpc.NodeGetFreeMemory, rpc.None{}),
	ask(rpc.NodeGetCellsFreeMemory, libvirt.NodeGetCellsFreeMemoryArgs{Maxcells: 10}),
	ask(rpc.NodeGetCellsFreeMemory, libvirt.NodeGetCellsFreeMemoryArgs{StartCell: 1, Maxcells: 10}),
	ask(rpc.NodeGetCellsFreeMemory, libvirt.NodeGetCellsFreeMemoryArgs{StartCell: 2, Maxcells: 10}),
	ask(rpc.NodeGetFreePages, libvirt.NodeGetFreePagesArgs{Pages: []uint32{4}, CellCount: 1}),

	ask(rpc.ConnectListAllNetworks, libvirt.ConnectListAllNetworksArgs{NeedResults: 1}),
	ask(rpc.ConnectListAllNetworks, libvirt.ConnectListAllNetworksArgs{}),
	ask(rpc.NetworkLookupByName, libvirt.NetworkLookupByNameArgs{Name: "default"}),
	ask(rpc.NetworkLookupByUUID, libvirt.NetworkLookupByUUIDArgs{UUID: testNetwork.UUID}),
	ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: testNetwork}),
	ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: libvirt.Network{Name: "default"}}),
	ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: libvirt.Network{UUID: testNetwork.UUID}}),
	ask(rpc.NetworkGetBridgeName, libvirt.NetworkGetBridgeNameArgs{Net: testNetwork}),
	ask(rpc.NetworkGetAutostart, libvirt.NetworkGetAutostartArgs{Net: testNetwork}),
	ask(rpc.NetworkIsActive, libvirt.NetworkIsActiveArgs{Net: libvirt.Network{UUID: testNetwork.UUID}}),
	ask(rpc.NetworkIsPersistent, libvirt.NetworkIsPersistentArgs{Net: testNetwork}),

	ask(rpc.StoragePoolLookupByName, libvirt.StoragePoolLookupByNameArgs{Name: "default-pool"}),
	ask(rpc.StoragePoolLookupByUUID, libvirt.StoragePoolLookupByUUIDArgs{UUID: testPool.UUID}),
	ask(rpc.StoragePoolLookupByVolume, libvirt.StoragePoolLookupByVolumeArgs{Vol: testVol}),
	ask(rpc.StoragePoolGetInfo, libvirt.StoragePoolGetInfoArgs{Pool: testPool}),
	ask(rpc.StoragePoolGetXMLDesc, libvirt.StoragePoolGetXMLDescArgs{Pool: testPool}),
	ask(rpc.StoragePoolGetAutostart, libvirt.StoragePoolGetAutostartArgs{Pool: testPool}),
	ask(rpc.StoragePoolIsActive, libvirt.StoragePoolIsActiveArgs{Pool: testPool}),
	ask(rpc.StoragePoolIsPersistent, libvirt.StoragePoolIsPersistentArgs{Pool: testPool}),
	ask(rpc.StoragePoolNumOfVolumes, libvirt.StoragePoolNumOfVolumesArgs{Pool: testPool}),
	ask(rpc.StoragePoolListVolumes, libvirt.StoragePoolListVolumesArgs{Pool: testPool, Maxnames: 10}),
	ask(rpc.StoragePoolListAllVolumes, libvirt.StoragePoolListAllVolumesArgs{Pool: testPool, NeedResults: 1}),
	ask(rpc.StorageVolLookupByName, libvirt.StorageVolLookupByNameArgs{Pool: testPool, Name: "nope"}),
	ask(rpc.StorageVolGetInfo, libvirt.StorageVolGetInfoArgs{Vol: testVol}),
	ask(rpc.StorageVolGetXMLDesc, libvirt.StorageVolGetXMLDescArgs{Vol: testVol}),
	ask(rpc.StorageVolGetPath, libvirt.StorageVolGetPathArgs{Vol: testVol}),
	ask(rpc.ConnectListAllStoragePools, libvirt.ConnectListAllStoragePoolsArgs{NeedResults: 1, Flags: 2}),
	// The count alone forgets the flags.
	ask(rpc.ConnectListAllStoragePools, libvirt.ConnectListAllStoragePoolsArgs{Flags: 1}),
	ask(rpc.ConnectListAllStoragePools, libvirt.ConnectListAllStoragePoolsArgs{NeedResults: 1, Flags: 1}),
	ask(rpc.ConnectListAllStoragePools, libvirt.ConnectListAllStoragePoolsArgs{NeedResults: 1, Flags: 1 << 6}),

	ask(rpc.NodeNumOfDevices, libvirt.NodeNumOfDevicesArgs{}),
	ask(rpc.NodeListDevices, libvirt.NodeListDevicesArgs{Maxnames: 10}),
	ask(rpc.NodeListDevices, libvirt.NodeListDevicesArgs{Cap: optString("fc_host"), Maxnames: 10}),
	ask(rpc.NodeListDevices, libvirt.NodeListDevicesArgs{Cap: optString("vports"), Maxnames: 10}),
	ask(rpc.NodeListDevices, libvirt.NodeListDevicesArgs{Cap: optString("vport_ops"), Maxnames: 10}),
	ask(rpc.NodeDeviceGetXMLDesc, libvirt.NodeDeviceGetXMLDescArgs{Name: "computer"}),
	ask(rpc.NodeDeviceGetXMLDesc, libvirt.NodeDeviceGetXMLDescArgs{Name: "scsi_host1"}),
	ask(rpc.NodeDeviceGetXMLDesc, libvirt.NodeDeviceGetXMLDescArgs{Name: "scsi_host2"}),
	ask(rpc.NodeDeviceGetXMLDesc, libvirt.NodeDeviceGetXMLDescArgs{Name: "scsi_host11"}),
	ask(rpc.NodeDeviceGetParent, libvirt.NodeDeviceGetParentArgs{Name: "scsi_host11"}),
	ask(rpc.NodeDeviceNumOfCaps, libvirt.NodeDeviceNumOfCapsArgs{Name: "scsi_host1"}),
	ask(rpc.NodeDeviceListCaps, libvirt.NodeDeviceListCapsArgs{Name: "scsi_host1", Maxnames: 10}),

	ask(rpc.ConnectNumOfInterfaces, rpc.None{}),
	ask(rpc.ConnectListInterfaces, libvirt.ConnectListInterfacesArgs{Maxnames: 10}),
	ask(rpc.ConnectNumOfDefinedInterfaces, rpc.None{}),
	ask(rpc.ConnectListDefinedInterfaces, libvirt.ConnectListDefinedInterfacesArgs{Maxnames: 10}),
	ask(rpc.ConnectListAllInterfaces, libvirt.ConnectListAllInterfacesArgs{NeedResults: 1}),
	ask(rpc.ConnectListAllInterfaces, libvirt.ConnectListAllInterfacesArgs{NeedResults: 1, Flags: 1}),
	ask(rpc.InterfaceLookupByName, libvirt.InterfaceLookupByNameArgs{Name: "eth1"}),
	ask(rpc.InterfaceLookupByMacString, libvirt.InterfaceLookupByMacStringArgs{Mac: "AA:bb:cc:dd:ee:ff"}),
	ask(rpc.InterfaceGetXMLDesc, libvirt.InterfaceGetXMLDescArgs{Iface: testIface}),
	ask(rpc.InterfaceIsActive, libvirt.InterfaceIsActiveArgs{Iface: testIface}),
}, deviceFilterQuestions())

// deviceFilterQuestions ask for each kind of node device.
func deviceFilterQuestions() []question {
	var all []question
	for bit := range 22 {
		all = append(all, ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{NeedResults: 1, Flags: 1 << bit}))
	}
	return append(all,
		ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{NeedResults: 1}),
		ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{NeedResults: 1, Flags: 1<<0 | 1<<10}))
}

// qemuQuestions are what QEMU answers on any x86 host.
var qemuQuestions = []question{
	ask(rpc.ConnectListAllNetworks, libvirt.ConnectListAllNetworksArgs{NeedResults: 1}),
	ask(rpc.ConnectListAllStoragePools, libvirt.ConnectListAllStoragePoolsArgs{NeedResults: 1}),
	ask(rpc.ConnectGetMaxVcpus, libvirt.ConnectGetMaxVcpusArgs{Type: optString("qemu")}),
	ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{Machine: optString("nope")}),
	ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{Arch: optString("i686"), Machine: optString("nope")}),
	ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{
		Emulatorbin: optString("/usr/bin/qemu-system-x86_64"), Arch: optString("aarch64")}),
	ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{
		Emulatorbin: optString("/usr/bin/qemu-system-i386"), Arch: optString("x86_64")}),
	ask(rpc.NodeGetCellsFreeMemory, libvirt.NodeGetCellsFreeMemoryArgs{StartCell: 1, Maxcells: 1}),
	ask(rpc.NodeGetFreePages, libvirt.NodeGetFreePagesArgs{Pages: []uint32{4}, StartCell: 1, CellCount: 1}),
	ask(rpc.NodeGetMemoryStats, libvirt.NodeGetMemoryStatsArgs{CellNum: 1, Nparams: 2}),
}

func mustUUID(text string) libvirt.UUID {
	id, err := hypervisor.ParseUUID(text)
	if err != nil {
		panic(err)
	}
	return libvirt.UUID(id)
}
