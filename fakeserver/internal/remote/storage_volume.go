package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerVolumes(t *Table) {
	handle(t, rpc.StoragePoolNumOfVolumes, onObjects(storagePoolNumOfVolumes))
	handle(t, rpc.StoragePoolListVolumes, onObjects(storagePoolListVolumes))
	handle(t, rpc.StoragePoolListAllVolumes, onObjects(storagePoolListAllVolumes))
	handle(t, rpc.StorageVolLookupByName, onObjects(storageVolLookupByName))
	handle(t, rpc.StorageVolLookupByKey, onObjects(storageVolLookupByKey))
	handle(t, rpc.StorageVolLookupByPath, onObjects(storageVolLookupByPath))
	handle(t, rpc.StorageVolGetInfo, onObjects(storageVolGetInfo))
	handle(t, rpc.StorageVolGetInfoFlags, onObjects(storageVolGetInfoFlags))
	handle(t, rpc.StorageVolGetXMLDesc, onObjects(storageVolGetXMLDesc))
	handle(t, rpc.StorageVolGetPath, onObjects(storageVolGetPath))
}

func wireVol(v hypervisor.StorageVolRef) libvirt.StorageVol {
	return libvirt.StorageVol{Pool: v.Pool, Name: v.Name, Key: v.Key}
}

func volRef(v libvirt.StorageVol) hypervisor.StorageVolRef {
	return hypervisor.StorageVolRef{Pool: v.Pool, Name: v.Name, Key: v.Key}
}

func storagePoolNumOfVolumes(st *hypervisor.State, a *libvirt.StoragePoolNumOfVolumesArgs) (*libvirt.StoragePoolNumOfVolumesRet, error) {
	n, err := st.StoragePoolNumOfVolumes(poolRef(a.Pool))
	return &libvirt.StoragePoolNumOfVolumesRet{Num: n}, err
}

func storagePoolListVolumes(st *hypervisor.State, a *libvirt.StoragePoolListVolumesArgs) (*libvirt.StoragePoolListVolumesRet, error) {
	if err := checkMax(a.Maxnames, "maxnames", listMax, "REMOTE_STORAGE_VOL_LIST_MAX"); err != nil {
		return nil, err
	}
	names, err := st.StoragePoolListVolumes(poolRef(a.Pool), a.Maxnames)
	return &libvirt.StoragePoolListVolumesRet{Names: names}, err
}

func storagePoolListAllVolumes(st *hypervisor.State, a *libvirt.StoragePoolListAllVolumesArgs) (*libvirt.StoragePoolListAllVolumesRet, error) {
	refs, err := st.StoragePoolListAllVolumes(poolRef(a.Pool), a.Flags)
	ret := &libvirt.StoragePoolListAllVolumesRet{}
	ret.Vols, ret.Ret = listed(refs, a.NeedResults, wireVol)
	return ret, err
}

func storageVolLookupByName(st *hypervisor.State, a *libvirt.StorageVolLookupByNameArgs) (*libvirt.StorageVolLookupByNameRet, error) {
	v, err := st.StorageVolLookupByName(poolRef(a.Pool), a.Name)
	return &libvirt.StorageVolLookupByNameRet{Vol: wireVol(v)}, err
}

func storageVolLookupByKey(st *hypervisor.State, a *libvirt.StorageVolLookupByKeyArgs) (*libvirt.StorageVolLookupByKeyRet, error) {
	v, err := st.StorageVolLookupByKey(a.Key)
	return &libvirt.StorageVolLookupByKeyRet{Vol: wireVol(v)}, err
}

func storageVolLookupByPath(st *hypervisor.State, a *libvirt.StorageVolLookupByPathArgs) (*libvirt.StorageVolLookupByPathRet, error) {
	v, err := st.StorageVolLookupByPath(a.Path)
	return &libvirt.StorageVolLookupByPathRet{Vol: wireVol(v)}, err
}

func storageVolGetInfo(st *hypervisor.State, a *libvirt.StorageVolGetInfoArgs) (*libvirt.StorageVolGetInfoRet, error) {
	info, err := st.StorageVolGetInfo(volRef(a.Vol))
	return &libvirt.StorageVolGetInfoRet{Type: int8(info.Type), Capacity: info.Capacity, Allocation: info.Allocation}, err
}

func storageVolGetInfoFlags(st *hypervisor.State, a *libvirt.StorageVolGetInfoFlagsArgs) (*libvirt.StorageVolGetInfoFlagsRet, error) {
	info, err := st.StorageVolGetInfoFlags(volRef(a.Vol), a.Flags)
	return &libvirt.StorageVolGetInfoFlagsRet{Type: int8(info.Type), Capacity: info.Capacity, Allocation: info.Allocation}, err
}

func storageVolGetXMLDesc(st *hypervisor.State, a *libvirt.StorageVolGetXMLDescArgs) (*libvirt.StorageVolGetXMLDescRet, error) {
	xml, err := st.StorageVolGetXMLDesc(volRef(a.Vol), a.Flags)
	return &libvirt.StorageVolGetXMLDescRet{XML: xml}, err
}

func storageVolGetPath(st *hypervisor.State, a *libvirt.StorageVolGetPathArgs) (*libvirt.StorageVolGetPathRet, error) {
	path, err := st.StorageVolGetPath(volRef(a.Vol))
	return &libvirt.StorageVolGetPathRet{Name: path}, err
}
