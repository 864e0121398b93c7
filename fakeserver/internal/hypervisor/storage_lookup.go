package hypervisor

// StoragePoolLookupByName finds a pool, or fails with VIR_ERR_NO_STORAGE_POOL.
func (s *State) StoragePoolLookupByName(name string) (StoragePoolRef, error) {
	s.mu.Lock()
	defer s.unlock()
	p, err := s.poolByNameLocked(name)
	if err != nil {
		return StoragePoolRef{}, err
	}
	return p.StoragePoolRef, nil
}

// StoragePoolLookupByUUID finds a pool, or fails with VIR_ERR_NO_STORAGE_POOL.
func (s *State) StoragePoolLookupByUUID(id UUID) (StoragePoolRef, error) {
	s.mu.Lock()
	defer s.unlock()
	p, err := s.poolByUUIDLocked(id, "")
	if err != nil {
		return StoragePoolRef{}, err
	}
	return p.StoragePoolRef, nil
}

// StoragePoolLookupByVolume finds the pool of a volume by the pool's name, which
// is in the volume's reference. Whether the volume is there does not matter.
func (s *State) StoragePoolLookupByVolume(ref StorageVolRef) (StoragePoolRef, error) {
	return s.StoragePoolLookupByName(ref.Pool)
}

// StoragePoolLookupByTargetPath finds the active pool of a target's path, or
// fails with VIR_ERR_NO_STORAGE_POOL.
func (s *State) StoragePoolLookupByTargetPath(path string) (StoragePoolRef, error) {
	t := &s.traits.Objects.Storage
	if err := t.require(FromStorage, "StoragePoolLookupByTargetPath"); err != nil {
		return StoragePoolRef{}, err
	}
	clean, told := t.sanitizePath(path)
	s.mu.Lock()
	defer s.unlock()
	p, ok := s.pools.find(func(p *storagePool) bool { return p.Active && p.target != "" && p.target == clean })
	if !ok {
		return StoragePoolRef{}, s.poolMissing("no storage pool with matching target path '%s'%s", path, told)
	}
	return p.StoragePoolRef, nil
}
