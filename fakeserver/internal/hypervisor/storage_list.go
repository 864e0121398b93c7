package hypervisor

func poolRuns(p *storagePool) bool   { return p.Active }
func poolStands(p *storagePool) bool { return !p.Active }

// poolKinds are the types of storage pool, in the order of the flags of lists
// from VIR_CONNECT_LIST_STORAGE_POOLS_DIR on.
var poolKinds = [...]string{
	"dir", "fs", "netfs", "logical", "disk", "iscsi", "scsi", "mpath", "rbd",
	"sheepdog", "gluster", "zfs", "vstorage", "iscsi-direct",
}

const (
	firstPoolKind = listNoAutostart << 1
	listPoolKinds = firstPoolKind<<len(poolKinds) - firstPoolKind
)

// listed reports whether a list with flags shows the pool.
func (p *storagePool) listed(flags uint32) bool {
	if !p.Standing.listed(flags) {
		return false
	}
	if flags&listPoolKinds == 0 {
		return true
	}
	for i, kind := range poolKinds {
		if flags&(firstPoolKind<<i) != 0 && p.kind == kind {
			return true
		}
	}
	return false
}

// ConnectNumOfStoragePools returns how many pools run.
func (s *State) ConnectNumOfStoragePools() int32 {
	s.mu.Lock()
	defer s.unlock()
	return s.pools.count(poolRuns)
}

// ConnectListStoragePools returns the names of at most most pools that run.
func (s *State) ConnectListStoragePools(most int32) []string {
	s.mu.Lock()
	defer s.unlock()
	return s.pools.names(most, poolRuns)
}

// ConnectNumOfDefinedStoragePools returns how many pools do not run.
func (s *State) ConnectNumOfDefinedStoragePools() int32 {
	s.mu.Lock()
	defer s.unlock()
	return s.pools.count(poolStands)
}

// ConnectListDefinedStoragePools returns the names of at most most pools that do
// not run.
func (s *State) ConnectListDefinedStoragePools(most int32) []string {
	s.mu.Lock()
	defer s.unlock()
	return s.pools.names(most, poolStands)
}

// checkListPools refuses flags that no list of pools knows.
func (s *State) checkListPools(flags uint32) error {
	return s.traits.Objects.Storage.checkFlags("ConnectListAllStoragePools", flags, listStandings|listPoolKinds)
}

// ConnectListAllStoragePools returns the pools that flags,
// VIR_CONNECT_LIST_STORAGE_POOLS_…, let through.
func (s *State) ConnectListAllStoragePools(flags uint32) ([]StoragePoolRef, error) {
	if err := s.checkListPools(flags); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	var refs []StoragePoolRef
	for _, p := range s.pools {
		if p.listed(flags) {
			refs = append(refs, p.StoragePoolRef)
		}
	}
	return refs, nil
}

// ConnectCountAllStoragePools is virConnectListAllStoragePools called for the
// count alone, in which it forgets what flags ask for.
func (s *State) ConnectCountAllStoragePools(flags uint32) (int32, error) {
	if err := s.checkListPools(flags); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.unlock()
	return int32(len(s.pools)), nil
}
