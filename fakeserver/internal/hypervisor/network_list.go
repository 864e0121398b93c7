package hypervisor

func activeNetwork(n *network) bool   { return n.Active }
func inactiveNetwork(n *network) bool { return !n.Active }

// ConnectNumOfNetworks returns how many networks run.
func (s *State) ConnectNumOfNetworks() int32 {
	s.mu.Lock()
	defer s.unlock()
	return s.networks.count(activeNetwork)
}

// ConnectListNetworks returns the names of at most most networks that run.
func (s *State) ConnectListNetworks(most int32) []string {
	s.mu.Lock()
	defer s.unlock()
	return s.networks.names(most, activeNetwork)
}

// ConnectNumOfDefinedNetworks returns how many networks do not run.
func (s *State) ConnectNumOfDefinedNetworks() int32 {
	s.mu.Lock()
	defer s.unlock()
	return s.networks.count(inactiveNetwork)
}

// ConnectListDefinedNetworks returns the names of at most most networks that do
// not run.
func (s *State) ConnectListDefinedNetworks(most int32) []string {
	s.mu.Lock()
	defer s.unlock()
	return s.networks.names(most, inactiveNetwork)
}

// ConnectListAllNetworks returns the networks that flags,
// VIR_CONNECT_LIST_NETWORKS_…, let through.
func (s *State) ConnectListAllNetworks(flags uint32) ([]NetworkRef, error) {
	if err := s.traits.Objects.Network.checkFlags("ConnectListAllNetworks", flags, listStandings); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	var refs []NetworkRef
	for _, n := range s.networks {
		if n.listed(flags) {
			refs = append(refs, n.NetworkRef)
		}
	}
	return refs, nil
}
