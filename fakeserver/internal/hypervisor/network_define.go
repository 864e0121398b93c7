package hypervisor

import (
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// refuse raises VIR_ERR_OPERATION_INVALID. %s in detail, if there is one,
// stands for the network's name.
func (t *NetworkTraits) refuse(detail, name string) error {
	return t.errorf(libvirt.ErrOperationInvalid, "%s", strings.Replace(detail, "%s", name, 1))
}

// NetworkDefineXML makes a network persistent, or changes its persistent
// definition; one that runs goes on with the definition it has. The only flag is
// VIR_NETWORK_DEFINE_VALIDATE, which asks for a check against the schema: there
// is none here.
func (s *State) NetworkDefineXML(document string, flags uint32) (NetworkRef, error) {
	if err := s.traits.Objects.Network.checkFlags("NetworkDefineXMLFlags", flags, uint32(libvirt.NetworkDefineValidate)); err != nil {
		return NetworkRef{}, err
	}
	doc, err := s.readNetwork(document)
	if err != nil {
		return NetworkRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	ref := doc.ref
	def, err := s.equipNetworkLocked(doc)
	if err != nil {
		return NetworkRef{}, err
	}
	n, err := s.assignNetworkLocked(ref, false)
	if err != nil {
		return NetworkRef{}, err
	}
	if n.Active {
		n.next = def
	} else {
		n.def, n.next = def, nil
	}
	n.Persistent = true
	s.emitNetworkLocked(n.NetworkRef, libvirt.NetworkEventDefined)
	return n.NetworkRef, nil
}

// NetworkCreateXML starts a network that is gone when it stops, unless it is
// defined. The only flag is VIR_NETWORK_CREATE_VALIDATE, as with
// NetworkDefineXML.
func (s *State) NetworkCreateXML(document string, flags uint32) (NetworkRef, error) {
	if err := s.traits.Objects.Network.checkFlags("NetworkCreateXMLFlags", flags, uint32(libvirt.NetworkCreateValidate)); err != nil {
		return NetworkRef{}, err
	}
	doc, err := s.readNetwork(document)
	if err != nil {
		return NetworkRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	ref := doc.ref
	def, err := s.equipNetworkLocked(doc)
	if err != nil {
		return NetworkRef{}, err
	}
	n, err := s.assignNetworkLocked(ref, true)
	if err != nil {
		return NetworkRef{}, err
	}
	if n.Persistent && n.next == nil {
		n.next = n.def
	}
	n.def = def
	n.Active = true
	s.emitNetworkLocked(n.NetworkRef, libvirt.NetworkEventStarted)
	return n.NetworkRef, nil
}

// assignNetworkLocked finds the network that a document is about, or makes it.
// live is true for a document that is to run at once.
func (s *State) assignNetworkLocked(ref NetworkRef, live bool) (*network, error) {
	if n, ok := s.networks.find(func(n *network) bool { return n.UUID == ref.UUID }); ok {
		switch {
		case n.Name != ref.Name:
			return nil, Errorf(FromNetwork, libvirt.ErrOperationFailed, "network '%s' is already defined with uuid %s", n.Name, n.UUID)
		case live && n.Active:
			return nil, Errorf(FromNetwork, libvirt.ErrOperationInvalid, "network is already active as '%s'", n.Name)
		}
		return n, nil
	}
	if n, ok := s.networks.get(ref.Name); ok {
		return nil, Errorf(FromNetwork, libvirt.ErrOperationFailed, "network '%s' already exists with uuid %s", n.Name, n.UUID)
	}
	n := &network{NetworkRef: ref}
	s.networks.add(n)
	return n, nil
}

// NetworkUndefine forgets a network's persistent definition.
func (s *State) NetworkUndefine(ref NetworkRef) error {
	t := &s.traits.Objects.Network
	s.mu.Lock()
	defer s.unlock()
	n, err := s.networkLocked(ref)
	switch {
	case err != nil:
		return err
	case t.StillActive != "" && n.Active:
		return t.refuse(t.StillActive, n.Name)
	case t.StillActive == "" && !n.Persistent:
		return t.refuse("can't undefine transient network", n.Name)
	}
	s.undefineNetworkLocked(n)
	return nil
}

// undefineNetworkLocked forgets a network's persistent definition, and the network
// unless it runs.
func (s *State) undefineNetworkLocked(n *network) {
	s.emitNetworkLocked(n.NetworkRef, libvirt.NetworkEventUndefined)
	n.Persistent, n.Autostart, n.next = false, false, nil
	if !n.Active {
		s.networks.remove(n)
	}
}

// NetworkCreate starts a network that is defined.
func (s *State) NetworkCreate(ref NetworkRef) error {
	t := &s.traits.Objects.Network
	s.mu.Lock()
	defer s.unlock()
	n, err := s.networkLocked(ref)
	if err != nil {
		return err
	}
	if n.Active {
		return t.refuse(t.AlreadyActive, n.Name)
	}
	n.Active = true
	s.emitNetworkLocked(n.NetworkRef, libvirt.NetworkEventStarted)
	return nil
}

// NetworkDestroy stops a network.
func (s *State) NetworkDestroy(ref NetworkRef) error {
	t := &s.traits.Objects.Network
	s.mu.Lock()
	defer s.unlock()
	n, err := s.networkLocked(ref)
	if err != nil {
		return err
	}
	if t.NotActive != "" && !n.Active {
		return t.refuse(t.NotActive, n.Name)
	}
	s.stopNetworkLocked(n)
	return nil
}

// stopNetworkLocked stops a network; one that is not persistent is gone.
func (s *State) stopNetworkLocked(n *network) {
	n.Active = false
	if s.traits.Objects.Network.RestoresDefinition && n.next != nil {
		n.def, n.next = n.next, nil
	}
	s.emitNetworkLocked(n.NetworkRef, libvirt.NetworkEventStopped)
	if !n.Persistent {
		s.networks.remove(n)
	}
}

// RemoveNetwork stops a network if it runs, as virNetworkDestroy does, and then
// removes its definition, as virNetworkUndefine does.
func (s *State) RemoveNetwork(ref NetworkRef) error {
	s.mu.Lock()
	defer s.unlock()
	n, err := s.networkLocked(ref)
	if err != nil {
		return err
	}
	if n.Active {
		s.stopNetworkLocked(n)
	}
	if n.Persistent {
		s.undefineNetworkLocked(n)
	}
	return nil
}

// NetworkSetAutostart says whether a network starts with the daemon.
func (s *State) NetworkSetAutostart(ref NetworkRef, autostart bool) error {
	t := &s.traits.Objects.Network
	s.mu.Lock()
	defer s.unlock()
	n, err := s.networkLocked(ref)
	if err != nil {
		return err
	}
	if t.TransientAutostart != "" && !n.Persistent {
		return t.refuse(t.TransientAutostart, n.Name)
	}
	n.Autostart = autostart
	return nil
}
