package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerStorage(t *Table) {
	handle(t, rpc.ConnectNumOfStoragePools, onObjects(connectNumOfStoragePools))
	handle(t, rpc.ConnectListStoragePools, onObjects(connectListStoragePools))
	handle(t, rpc.ConnectNumOfDefinedStoragePools, onObjects(connectNumOfDefinedStoragePools))
	handle(t, rpc.ConnectListDefinedStoragePools, onObjects(connectListDefinedStoragePools))
	handle(t, rpc.ConnectListAllStoragePools, onObjects(connectListAllStoragePools))
	handle(t, rpc.ConnectGetStoragePoolCapabilities, onObjects(connectGetStoragePoolCapabilities))
	handle(t, rpc.StoragePoolLookupByName, onObjects(storagePoolLookupByName))
	handle(t, rpc.StoragePoolLookupByUUID, onObjects(storagePoolLookupByUUID))
	handle(t, rpc.StoragePoolLookupByVolume, onObjects(storagePoolLookupByVolume))
	handle(t, rpc.StoragePoolLookupByTargetPath, onObjects(storagePoolLookupByTargetPath))
	handle(t, rpc.StoragePoolGetInfo, onObjects(storagePoolGetInfo))
	handle(t, rpc.StoragePoolGetXMLDesc, onObjects(storagePoolGetXMLDesc))
	handle(t, rpc.StoragePoolGetAutostart, onObjects(storagePoolGetAutostart))
	handle(t, rpc.StoragePoolIsActive, onObjects(storagePoolIsActive))
	handle(t, rpc.StoragePoolIsPersistent, onObjects(storagePoolIsPersistent))
	registerVolumes(t)
}

func wirePool(p hypervisor.StoragePoolRef) libvirt.StoragePool {
	return libvirt.StoragePool{Name: p.Name, UUID: libvirt.UUID(p.UUID)}
}

func poolRef(p libvirt.StoragePool) hypervisor.StoragePoolRef {
	return hypervisor.StoragePoolRef{Name: p.Name, UUID: hypervisor.UUID(p.UUID)}
}

// checkPoolNames refuses a list of names that is too long.
func checkPoolNames(n int32) error {
	return checkMax(n, "maxnames", listMax, "REMOTE_STORAGE_POOL_LIST_MAX")
}

func connectNumOfStoragePools(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectNumOfStoragePoolsRet, error) {
	return &libvirt.ConnectNumOfStoragePoolsRet{Num: st.ConnectNumOfStoragePools()}, nil
}

func connectListStoragePools(st *hypervisor.State, a *libvirt.ConnectListStoragePoolsArgs) (*libvirt.ConnectListStoragePoolsRet, error) {
	if err := checkPoolNames(a.Maxnames); err != nil {
		return nil, err
	}
	return &libvirt.ConnectListStoragePoolsRet{Names: st.ConnectListStoragePools(a.Maxnames)}, nil
}

func connectNumOfDefinedStoragePools(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectNumOfDefinedStoragePoolsRet, error) {
	return &libvirt.ConnectNumOfDefinedStoragePoolsRet{Num: st.ConnectNumOfDefinedStoragePools()}, nil
}

func connectListDefinedStoragePools(st *hypervisor.State, a *libvirt.ConnectListDefinedStoragePoolsArgs) (*libvirt.ConnectListDefinedStoragePoolsRet, error) {
	if err := checkPoolNames(a.Maxnames); err != nil {
		return nil, err
	}
	return &libvirt.ConnectListDefinedStoragePoolsRet{Names: st.ConnectListDefinedStoragePools(a.Maxnames)}, nil
}

func connectListAllStoragePools(st *hypervisor.State, a *libvirt.ConnectListAllStoragePoolsArgs) (*libvirt.ConnectListAllStoragePoolsRet, error) {
	if a.NeedResults == 0 {
		n, err := st.ConnectCountAllStoragePools(uint32(a.Flags))
		return &libvirt.ConnectListAllStoragePoolsRet{Ret: uint32(n)}, err
	}
	refs, err := st.ConnectListAllStoragePools(uint32(a.Flags))
	ret := &libvirt.ConnectListAllStoragePoolsRet{}
	ret.Pools, ret.Ret = listed(refs, a.NeedResults, wirePool)
	return ret, err
}

func connectGetStoragePoolCapabilities(st *hypervisor.State, a *libvirt.ConnectGetStoragePoolCapabilitiesArgs) (*libvirt.ConnectGetStoragePoolCapabilitiesRet, error) {
	caps, err := st.ConnectGetStoragePoolCapabilities(a.Flags)
	return &libvirt.ConnectGetStoragePoolCapabilitiesRet{Capabilities: caps}, err
}

func storagePoolLookupByName(st *hypervisor.State, a *libvirt.StoragePoolLookupByNameArgs) (*libvirt.StoragePoolLookupByNameRet, error) {
	p, err := st.StoragePoolLookupByName(a.Name)
	return &libvirt.StoragePoolLookupByNameRet{Pool: wirePool(p)}, err
}

func storagePoolLookupByUUID(st *hypervisor.State, a *libvirt.StoragePoolLookupByUUIDArgs) (*libvirt.StoragePoolLookupByUUIDRet, error) {
	p, err := st.StoragePoolLookupByUUID(hypervisor.UUID(a.UUID))
	return &libvirt.StoragePoolLookupByUUIDRet{Pool: wirePool(p)}, err
}

func storagePoolLookupByVolume(st *hypervisor.State, a *libvirt.StoragePoolLookupByVolumeArgs) (*libvirt.StoragePoolLookupByVolumeRet, error) {
	p, err := st.StoragePoolLookupByVolume(volRef(a.Vol))
	return &libvirt.StoragePoolLookupByVolumeRet{Pool: wirePool(p)}, err
}

func storagePoolLookupByTargetPath(st *hypervisor.State, a *libvirt.StoragePoolLookupByTargetPathArgs) (*libvirt.StoragePoolLookupByTargetPathRet, error) {
	p, err := st.StoragePoolLookupByTargetPath(a.Path)
	return &libvirt.StoragePoolLookupByTargetPathRet{Pool: wirePool(p)}, err
}

func storagePoolGetInfo(st *hypervisor.State, a *libvirt.StoragePoolGetInfoArgs) (*libvirt.StoragePoolGetInfoRet, error) {
	info, err := st.StoragePoolGetInfo(poolRef(a.Pool))
	return &libvirt.StoragePoolGetInfoRet{
		State: uint8(info.State), Capacity: info.Capacity, Allocation: info.Allocation, Available: info.Available,
	}, err
}

func storagePoolGetXMLDesc(st *hypervisor.State, a *libvirt.StoragePoolGetXMLDescArgs) (*libvirt.StoragePoolGetXMLDescRet, error) {
	xml, err := st.StoragePoolGetXMLDesc(poolRef(a.Pool), uint32(a.Flags))
	return &libvirt.StoragePoolGetXMLDescRet{XML: xml}, err
}

func storagePoolGetAutostart(st *hypervisor.State, a *libvirt.StoragePoolGetAutostartArgs) (*libvirt.StoragePoolGetAutostartRet, error) {
	is, err := st.StoragePoolGetAutostart(poolRef(a.Pool))
	return &libvirt.StoragePoolGetAutostartRet{Autostart: truth(is)}, err
}

func storagePoolIsActive(st *hypervisor.State, a *libvirt.StoragePoolIsActiveArgs) (*libvirt.StoragePoolIsActiveRet, error) {
	is, err := st.StoragePoolIsActive(poolRef(a.Pool))
	return &libvirt.StoragePoolIsActiveRet{Active: truth(is)}, err
}

func storagePoolIsPersistent(st *hypervisor.State, a *libvirt.StoragePoolIsPersistentArgs) (*libvirt.StoragePoolIsPersistentRet, error) {
	is, err := st.StoragePoolIsPersistent(poolRef(a.Pool))
	return &libvirt.StoragePoolIsPersistentRet{Persistent: truth(is)}, err
}
