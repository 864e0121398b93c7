package hypervisor

func interfaceUp(i *hostInterface) bool   { return i.active }
func interfaceDown(i *hostInterface) bool { return !i.active }

// ConnectNumOfInterfaces returns how many interfaces are up.
func (s *State) ConnectNumOfInterfaces() int32 {
	s.mu.Lock()
	defer s.unlock()
	return s.interfaces.count(interfaceUp)
}

// ConnectListInterfaces returns the names of at most most interfaces that are
// up.
func (s *State) ConnectListInterfaces(most int32) []string {
	s.mu.Lock()
	defer s.unlock()
	return s.interfaces.names(most, interfaceUp)
}

// ConnectNumOfDefinedInterfaces returns how many interfaces are down.
func (s *State) ConnectNumOfDefinedInterfaces() int32 {
	s.mu.Lock()
	defer s.unlock()
	return s.interfaces.count(interfaceDown)
}

// ConnectListDefinedInterfaces returns the names of at most most interfaces that
// are down.
func (s *State) ConnectListDefinedInterfaces(most int32) []string {
	s.mu.Lock()
	defer s.unlock()
	return s.interfaces.names(most, interfaceDown)
}

// ConnectListAllInterfaces returns the interfaces that flags,
// VIR_CONNECT_LIST_INTERFACES_…, let through.
func (s *State) ConnectListAllInterfaces(flags uint32) ([]InterfaceRef, error) {
	if err := s.traits.Objects.Interface.checkFlags("ConnectListAllInterfaces", flags, listActive|listInactive); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	var refs []InterfaceRef
	for _, i := range s.interfaces {
		if passes(flags, listActive, listInactive, i.active) {
			refs = append(refs, i.InterfaceRef)
		}
	}
	return refs, nil
}

// ConnectCountAllInterfaces is virConnectListAllInterfaces called for the count
// alone.
func (s *State) ConnectCountAllInterfaces(flags uint32) (int32, error) {
	refs, err := s.ConnectListAllInterfaces(flags)
	if err != nil || !s.traits.Objects.Interface.CountsListed {
		return 0, err
	}
	return int32(len(refs)), nil
}
