package hypervisor

func anyVolume(*storageVol) bool { return true }

// StoragePoolNumOfVolumes returns how many volumes an active pool has.
func (s *State) StoragePoolNumOfVolumes(ref StoragePoolRef) (int32, error) {
	s.mu.Lock()
	defer s.unlock()
	p, err := s.activePoolLocked(ref)
	if err != nil {
		return 0, err
	}
	return p.volumes.count(anyVolume), nil
}

// StoragePoolListVolumes returns the names of at most most volumes of an active
// pool.
func (s *State) StoragePoolListVolumes(ref StoragePoolRef, most int32) ([]string, error) {
	s.mu.Lock()
	defer s.unlock()
	p, err := s.activePoolLocked(ref)
	if err != nil {
		return nil, err
	}
	return p.volumes.names(most, anyVolume), nil
}

// StoragePoolListAllVolumes returns the volumes of an active pool.
func (s *State) StoragePoolListAllVolumes(ref StoragePoolRef, flags uint32) ([]StorageVolRef, error) {
	t := &s.traits.Objects.Storage
	if err := t.checkFlags("StoragePoolListAllVolumes", flags, 0); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	p, err := s.heldPoolLocked(ref)
	if err != nil {
		return nil, err
	}
	if err := s.requireActive(p, t.InactiveListAll); err != nil {
		return nil, err
	}
	var refs []StorageVolRef
	for _, v := range p.volumes {
		refs = append(refs, v.ref(p))
	}
	return refs, nil
}
