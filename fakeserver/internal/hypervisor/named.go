package hypervisor

// What a driver finds out about a call before it asks whether the client may make it.

// DomainOfXML returns which domain a document defines, or what is wrong with it. The
// UUID of one that has none is made up, and another at the next time.
func (s *State) DomainOfXML(xml string) (DomainRef, error) {
	def, err := s.parseDomain(xml)
	if err != nil {
		return DomainRef{}, err
	}
	return DomainRef{Name: def.name, UUID: def.uuid, ID: -1}, nil
}

// NetworkOfXML is DomainOfXML for networks.
func (s *State) NetworkOfXML(xml string) (NetworkRef, error) {
	doc, err := s.readNetwork(xml)
	if err != nil {
		return NetworkRef{}, err
	}
	return doc.ref, nil
}

// CheckDomainFlags refuses flags that the driver's function for one of the API on
// domains ("DomainCreateWithFlags") does not know.
func (s *State) CheckDomainFlags(api string, flags uint32) error {
	return s.traits.Domain.checkDomainFlags(api, flags)
}
