package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// NWFilterBindingRef names the binding of a network filter to a port as clients
// hold it.
type NWFilterBindingRef struct{ PortDev, Filter string }

// nwFilterBinding is a network filter at work on one port of a network.
type nwFilterBinding struct {
	NWFilterBindingRef
	xml string
}

func (b *nwFilterBinding) objectName() string { return b.PortDev }

// bindingLocked finds a binding by its port.
func (s *State) bindingLocked(port string) (*nwFilterBinding, error) {
	if b, ok := s.bindings.get(port); ok {
		return b, nil
	}
	return nil, s.traits.Objects.NWFilter.errorf(libvirt.ErrNoNwfilterBinding, "no nwfilter binding for port dev '%s'", port)
}

// ConnectListAllNWFilterBindings returns all bindings.
func (s *State) ConnectListAllNWFilterBindings(flags uint32) ([]NWFilterBindingRef, error) {
	const api = "ConnectListAllNWFilterBindings"
	t := &s.traits.Objects.NWFilter
	if err := t.require(FromNWFilter, api); err != nil {
		return nil, err
	}
	if err := t.checkFlags(api, flags, 0); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	var refs []NWFilterBindingRef
	for _, b := range s.bindings {
		refs = append(refs, b.NWFilterBindingRef)
	}
	return refs, nil
}

// NWFilterBindingLookupByPortDev finds the binding of a port, or fails with
// VIR_ERR_NO_NWFILTER_BINDING.
func (s *State) NWFilterBindingLookupByPortDev(port string) (NWFilterBindingRef, error) {
	if err := s.traits.Objects.NWFilter.require(FromNWFilter, "NWFilterBindingLookupByPortDev"); err != nil {
		return NWFilterBindingRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	b, err := s.bindingLocked(port)
	if err != nil {
		return NWFilterBindingRef{}, err
	}
	return b.NWFilterBindingRef, nil
}

// NWFilterBindingGetXMLDesc returns a binding's document.
func (s *State) NWFilterBindingGetXMLDesc(ref NWFilterBindingRef, flags uint32) (string, error) {
	const api = "NWFilterBindingGetXMLDesc"
	t := &s.traits.Objects.NWFilter
	if err := t.require(FromNWFilter, api); err != nil {
		return "", err
	}
	if err := t.checkFlags(api, flags, 0); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlock()
	b, err := s.bindingLocked(ref.PortDev)
	if err != nil {
		return "", err
	}
	return b.xml, nil
}
