package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// StorageVolRef names a storage volume as clients hold it: its pool's name, its
// own, and its key.
type StorageVolRef struct{ Pool, Name, Key string }

// StorageVolInfo is virStorageVolInfo: a virStorageVolType and sizes in bytes.
type StorageVolInfo struct {
	Type                 int32
	Capacity, Allocation uint64
}

// storageVol is one volume of a pool.
type storageVol struct {
	name, key, path string
	StorageVolInfo
	physical uint64 // bytes on the host
	xml      string
}

func (v *storageVol) objectName() string { return v.name }

// ref names the volume for clients.
func (v *storageVol) ref(p *storagePool) StorageVolRef {
	return StorageVolRef{Pool: p.Name, Name: v.name, Key: v.key}
}

// volMissing raises VIR_ERR_NO_STORAGE_VOL.
func (s *State) volMissing(format string, args ...any) error {
	return s.traits.Objects.Storage.errorf(libvirt.ErrNoStorageVol, format, args...)
}

// volByNameLocked finds a volume of a pool by its name.
func (s *State) volByNameLocked(p *storagePool, name string) (*storageVol, error) {
	if v, ok := p.volumes.get(name); ok {
		return v, nil
	}
	return nil, s.volMissing("no storage vol with matching name '%s'", name)
}

// volLocked finds the volume that a client holds, by the names of its pool and
// its own.
func (s *State) volLocked(ref StorageVolRef) (*storageVol, error) {
	p, err := s.poolByNameLocked(ref.Pool)
	if err != nil {
		return nil, err
	}
	if err := s.requireActive(p, inactivePool); err != nil {
		return nil, err
	}
	return s.volByNameLocked(p, ref.Name)
}

// findVolLocked returns the first volume of an active pool of which is is true.
func (s *State) findVolLocked(is func(*storageVol) bool) (StorageVolRef, bool) {
	for _, p := range s.pools {
		if !p.Active {
			continue
		}
		if v, ok := p.volumes.find(is); ok {
			return v.ref(p), true
		}
	}
	return StorageVolRef{}, false
}

// StorageVolLookupByName finds a volume of an active pool. It fails with
// VIR_ERR_NO_STORAGE_POOL, VIR_ERR_OPERATION_INVALID or VIR_ERR_NO_STORAGE_VOL.
func (s *State) StorageVolLookupByName(pool StoragePoolRef, name string) (StorageVolRef, error) {
	s.mu.Lock()
	defer s.unlock()
	p, err := s.activePoolLocked(pool)
	if err != nil {
		return StorageVolRef{}, err
	}
	v, err := s.volByNameLocked(p, name)
	if err != nil {
		return StorageVolRef{}, err
	}
	return v.ref(p), nil
}

// StorageVolLookupByKey finds a volume among all active pools, or fails with
// VIR_ERR_NO_STORAGE_VOL.
func (s *State) StorageVolLookupByKey(key string) (StorageVolRef, error) {
	s.mu.Lock()
	defer s.unlock()
	ref, ok := s.findVolLocked(func(v *storageVol) bool { return v.key == key })
	if !ok {
		return ref, s.NoVolumeOfKey(key)
	}
	return ref, nil
}

// NoVolumeOfKey is the error of StorageVolLookupByKey that finds nothing.
func (s *State) NoVolumeOfKey(key string) error {
	return s.volMissing(s.traits.Objects.Storage.MissingKey, key)
}

// StorageVolLookupByPath finds a volume among all active pools, or fails with
// VIR_ERR_NO_STORAGE_VOL.
func (s *State) StorageVolLookupByPath(path string) (StorageVolRef, error) {
	clean, _ := s.traits.Objects.Storage.sanitizePath(path)
	s.mu.Lock()
	defer s.unlock()
	ref, ok := s.findVolLocked(func(v *storageVol) bool { return v.path == clean })
	if !ok {
		return ref, s.NoVolumeOfPath(path)
	}
	return ref, nil
}

// NoVolumeOfPath is the error of StorageVolLookupByPath that finds nothing.
func (s *State) NoVolumeOfPath(path string) error {
	_, told := s.traits.Objects.Storage.sanitizePath(path)
	return s.volMissing("no storage vol with matching path '%s'%s", path, told)
}

// StorageVolGetInfo returns a volume's type and sizes.
func (s *State) StorageVolGetInfo(ref StorageVolRef) (StorageVolInfo, error) {
	s.mu.Lock()
	defer s.unlock()
	v, err := s.volLocked(ref)
	if err != nil {
		return StorageVolInfo{}, err
	}
	return v.StorageVolInfo, nil
}

// StorageVolGetInfoFlags is StorageVolGetInfo, with
// VIR_STORAGE_VOL_GET_PHYSICAL the size on the host in place of the allocation.
func (s *State) StorageVolGetInfoFlags(ref StorageVolRef, flags uint32) (StorageVolInfo, error) {
	const api = "StorageVolGetInfoFlags"
	t := &s.traits.Objects.Storage
	if err := t.require(FromStorage, api); err != nil {
		return StorageVolInfo{}, err
	}
	if err := t.checkFlags(api, flags, uint32(libvirt.StorageVolGetPhysical)); err != nil {
		return StorageVolInfo{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	v, err := s.volLocked(ref)
	if err != nil {
		return StorageVolInfo{}, err
	}
	info := v.StorageVolInfo
	if flags&uint32(libvirt.StorageVolGetPhysical) != 0 {
		info.Allocation = v.physical
	}
	return info, nil
}

// StorageVolGetXMLDesc returns a volume's document.
func (s *State) StorageVolGetXMLDesc(ref StorageVolRef, flags uint32) (string, error) {
	if err := s.traits.Objects.Storage.checkFlags("StorageVolGetXMLDesc", flags, 0); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlock()
	v, err := s.volLocked(ref)
	if err != nil {
		return "", err
	}
	return v.xml, nil
}

// StorageVolGetPath returns a volume's path on the host.
func (s *State) StorageVolGetPath(ref StorageVolRef) (string, error) {
	s.mu.Lock()
	defer s.unlock()
	v, err := s.volLocked(ref)
	if err != nil {
		return "", err
	}
	return v.path, nil
}
