package hypervisor

import (
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// StoragePoolRef names a storage pool as clients hold it.
type StoragePoolRef struct {
	Name string
	UUID UUID
}

// StoragePoolInfo is virStoragePoolInfo: a virStoragePoolState and sizes in
// bytes.
type StoragePoolInfo struct {
	State                           int32
	Capacity, Allocation, Available uint64
}

// storagePool is one storage pool with its volumes.
type storagePool struct {
	StoragePoolRef
	Standing
	kind                            string // the type attribute: "dir", "logical"
	target                          string // the path of its target, or ""
	capacity, allocation, available uint64
	xml                             string
	volumes                         byName[*storageVol]
}

func (p *storagePool) objectName() string { return p.Name }

// inactivePool is the detail of most refusals to work on a pool that does not
// run.
const inactivePool = "storage pool '%s' is not active"

// requireActive refuses to work on a pool that does not run. %s in detail, if
// there is one, stands for the pool's name.
func (s *State) requireActive(p *storagePool, detail string) error {
	if p.Active {
		return nil
	}
	return s.traits.Objects.Storage.errorf(libvirt.ErrOperationInvalid, "%s", strings.Replace(detail, "%s", p.Name, 1))
}

// poolMissing raises VIR_ERR_NO_STORAGE_POOL.
func (s *State) poolMissing(format string, args ...any) error {
	return s.traits.Objects.Storage.errorf(libvirt.ErrNoStoragePool, format, args...)
}

// poolByNameLocked finds a pool by its name.
func (s *State) poolByNameLocked(name string) (*storagePool, error) {
	if p, ok := s.pools.get(name); ok {
		return p, nil
	}
	return nil, s.poolMissing("no storage pool with matching name '%s'", name)
}

// poolByUUIDLocked finds a pool by its UUID. An error says what a client holds,
// " (NAME)", after the UUID.
func (s *State) poolByUUIDLocked(id UUID, held string) (*storagePool, error) {
	if p, ok := s.pools.find(func(p *storagePool) bool { return p.UUID == id }); ok {
		return p, nil
	}
	return nil, s.poolMissing("no storage pool with matching uuid '%s'%s", id, held)
}

// heldPoolLocked finds the pool that a client holds by its UUID alone: the name
// may be out of date.
func (s *State) heldPoolLocked(ref StoragePoolRef) (*storagePool, error) {
	held := " (" + ref.Name + ")"
	if s.traits.Objects.Storage.FindsByName {
		held = ""
	}
	return s.poolByUUIDLocked(ref.UUID, held)
}

// poolLocked finds the pool that a client holds as the driver does in most of
// its functions.
func (s *State) poolLocked(ref StoragePoolRef) (*storagePool, error) {
	if s.traits.Objects.Storage.FindsByName {
		return s.poolByNameLocked(ref.Name)
	}
	return s.heldPoolLocked(ref)
}

// activePoolLocked is poolLocked for what needs a pool that runs.
func (s *State) activePoolLocked(ref StoragePoolRef) (*storagePool, error) {
	p, err := s.poolLocked(ref)
	if err != nil {
		return nil, err
	}
	return p, s.requireActive(p, inactivePool)
}

// ConnectGetStoragePoolCapabilities returns the document that describes which
// types of pool there may be.
func (s *State) ConnectGetStoragePoolCapabilities(flags uint32) (string, error) {
	const api = "ConnectGetStoragePoolCapabilities"
	t := &s.traits.Objects.Storage
	if err := t.require(FromStorage, api); err != nil {
		return "", err
	}
	return t.PoolCapabilities, t.checkFlags(api, flags, 0)
}

// StoragePoolGetInfo returns a pool's state and sizes.
func (s *State) StoragePoolGetInfo(ref StoragePoolRef) (StoragePoolInfo, error) {
	s.mu.Lock()
	defer s.unlock()
	p, err := s.poolLocked(ref)
	if err != nil {
		return StoragePoolInfo{}, err
	}
	info := StoragePoolInfo{
		State:    int32(libvirt.StoragePoolInactive),
		Capacity: p.capacity, Allocation: p.allocation, Available: p.available,
	}
	if p.Active {
		info.State = int32(libvirt.StoragePoolRunning)
	}
	return info, nil
}

// StoragePoolGetXMLDesc returns a pool's document.
func (s *State) StoragePoolGetXMLDesc(ref StoragePoolRef, flags uint32) (string, error) {
	t := &s.traits.Objects.Storage
	if err := t.checkFlags("StoragePoolGetXMLDesc", flags, t.XMLFlags); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlock()
	p, err := s.poolLocked(ref)
	if err != nil {
		return "", err
	}
	return p.xml, nil
}

// StoragePoolGetAutostart reports whether a pool starts with the daemon.
func (s *State) StoragePoolGetAutostart(ref StoragePoolRef) (bool, error) {
	s.mu.Lock()
	defer s.unlock()
	p, err := s.poolLocked(ref)
	if err != nil {
		return false, err
	}
	return p.Autostart, nil
}

// StoragePoolIsActive reports whether a pool runs.
func (s *State) StoragePoolIsActive(ref StoragePoolRef) (bool, error) {
	s.mu.Lock()
	defer s.unlock()
	p, err := s.heldPoolLocked(ref)
	if err != nil {
		return false, err
	}
	return p.Active, nil
}

// StoragePoolIsPersistent reports whether a pool is kept when it stops.
func (s *State) StoragePoolIsPersistent(ref StoragePoolRef) (bool, error) {
	s.mu.Lock()
	defer s.unlock()
	p, err := s.heldPoolLocked(ref)
	if err != nil {
		return false, err
	}
	return p.Persistent, nil
}
