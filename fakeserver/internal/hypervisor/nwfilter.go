package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// NWFilterRef names a network filter as clients hold it.
type NWFilterRef struct {
	Name string
	UUID UUID
}

// nwFilter is one network filter.
type nwFilter struct {
	NWFilterRef
	xml string
}

func (f *nwFilter) objectName() string { return f.Name }

func anyFilter(*nwFilter) bool { return true }

// filterMissing raises VIR_ERR_NO_NWFILTER.
func (s *State) filterMissing(format string, args ...any) error {
	return s.traits.Objects.NWFilter.errorf(libvirt.ErrNoNwfilter, format, args...)
}

// filterByUUIDLocked finds a filter by its UUID.
func (s *State) filterByUUIDLocked(id UUID) (*nwFilter, error) {
	if f, ok := s.filters.find(func(f *nwFilter) bool { return f.UUID == id }); ok {
		return f, nil
	}
	return nil, s.filterMissing("no nwfilter with matching uuid '%s'", id)
}

// ConnectNumOfNWFilters returns how many network filters there are.
func (s *State) ConnectNumOfNWFilters() (int32, error) {
	if err := s.traits.Objects.NWFilter.require(FromNWFilter, "ConnectNumOfNWFilters"); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.unlock()
	return s.filters.count(anyFilter), nil
}

// ConnectListNWFilters returns the names of at most most network filters.
func (s *State) ConnectListNWFilters(most int32) ([]string, error) {
	if err := s.traits.Objects.NWFilter.require(FromNWFilter, "ConnectListNWFilters"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	return s.filters.names(most, anyFilter), nil
}

// ConnectListAllNWFilters returns all network filters.
func (s *State) ConnectListAllNWFilters(flags uint32) ([]NWFilterRef, error) {
	const api = "ConnectListAllNWFilters"
	t := &s.traits.Objects.NWFilter
	if err := t.require(FromNWFilter, api); err != nil {
		return nil, err
	}
	if err := t.checkFlags(api, flags, 0); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	var refs []NWFilterRef
	for _, f := range s.filters {
		refs = append(refs, f.NWFilterRef)
	}
	return refs, nil
}

// NWFilterLookupByName finds a filter, or fails with VIR_ERR_NO_NWFILTER.
func (s *State) NWFilterLookupByName(name string) (NWFilterRef, error) {
	if err := s.traits.Objects.NWFilter.require(FromNWFilter, "NWFilterLookupByName"); err != nil {
		return NWFilterRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	f, ok := s.filters.get(name)
	if !ok {
		return NWFilterRef{}, s.filterMissing("no nwfilter with matching name '%s'", name)
	}
	return f.NWFilterRef, nil
}

// NWFilterLookupByUUID finds a filter, or fails with VIR_ERR_NO_NWFILTER.
func (s *State) NWFilterLookupByUUID(id UUID) (NWFilterRef, error) {
	if err := s.traits.Objects.NWFilter.require(FromNWFilter, "NWFilterLookupByUUID"); err != nil {
		return NWFilterRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	f, err := s.filterByUUIDLocked(id)
	if err != nil {
		return NWFilterRef{}, err
	}
	return f.NWFilterRef, nil
}

// NWFilterGetXMLDesc returns a filter's document.
func (s *State) NWFilterGetXMLDesc(ref NWFilterRef, flags uint32) (string, error) {
	const api = "NWFilterGetXMLDesc"
	t := &s.traits.Objects.NWFilter
	if err := t.require(FromNWFilter, api); err != nil {
		return "", err
	}
	if err := t.checkFlags(api, flags, 0); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlock()
	f, err := s.filterByUUIDLocked(ref.UUID)
	if err != nil {
		return "", err
	}
	return f.xml, nil
}
