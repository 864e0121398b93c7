package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// NetworkRef names a network as clients hold it.
type NetworkRef struct {
	Name string
	UUID UUID
}

// NetworkTraits is how a driver treats networks.
type NetworkTraits struct {
	KindTraits
	// FindsByName is true for a driver that finds the network that a client
	// holds by its name. Others go by the UUID, and tell both in errors.
	FindsByName bool
	// XMLFlags are the flags that GetXMLDesc knows.
	XMLFlags uint32
	// Runs is true for a driver that runs networks: it refuses those that it
	// could not run, gives their bridges names and MAC addresses, and knows
	// options for dnsmasq.
	Runs bool
	// AlreadyActive is the detail of the refusal to start a network that runs.
	AlreadyActive string
	// NotActive is that of the refusal to stop a network that does not run. A
	// driver without it stops it all the same.
	NotActive string
	// StillActive is that of the refusal to undefine a network that runs. A
	// driver without it makes the network transient, and refuses what is.
	StillActive string
	// TransientAutostart is that of the refusal to start a transient network
	// with the daemon. A driver without it makes no difference.
	TransientAutostart string
	// RestoresDefinition is true for a driver with which a network that stops
	// goes back to its persistent definition.
	RestoresDefinition bool
}

// network is one virtual network.
type network struct {
	NetworkRef
	Standing
	// def is what is in effect.
	def *networkDef
	// next is the persistent definition, if it is another than def.
	next *networkDef
}

// networkDef is one definition of a network.
type networkDef struct {
	bridge string // "" for a network without
	xml    string
}

func (n *network) objectName() string { return n.Name }

// networkMissing raises VIR_ERR_NO_NETWORK.
func (s *State) networkMissing(format string, args ...any) error {
	return s.traits.Objects.Network.errorf(libvirt.ErrNoNetwork, format, args...)
}

// networkByNameLocked finds a network by its name.
func (s *State) networkByNameLocked(name string) (*network, error) {
	if n, ok := s.networks.get(name); ok {
		return n, nil
	}
	return nil, s.networkMissing("no network with matching name '%s'", name)
}

// networkByUUIDLocked finds a network by its UUID. An error says what a client
// holds, " (NAME)", after the UUID.
func (s *State) networkByUUIDLocked(id UUID, held string) (*network, error) {
	if n, ok := s.networks.find(func(n *network) bool { return n.UUID == id }); ok {
		return n, nil
	}
	return nil, s.networkMissing("no network with matching uuid '%s'%s", id, held)
}

// heldNetworkLocked finds the network that a client holds by its UUID alone:
// the name may be out of date.
func (s *State) heldNetworkLocked(ref NetworkRef) (*network, error) {
	held := " (" + ref.Name + ")"
	if s.traits.Objects.Network.FindsByName {
		held = ""
	}
	return s.networkByUUIDLocked(ref.UUID, held)
}

// networkLocked finds the network that a client holds as the driver does in
// most of its functions.
func (s *State) networkLocked(ref NetworkRef) (*network, error) {
	if s.traits.Objects.Network.FindsByName {
		return s.networkByNameLocked(ref.Name)
	}
	return s.heldNetworkLocked(ref)
}

// NetworkLookupByName finds a network, or fails with VIR_ERR_NO_NETWORK.
func (s *State) NetworkLookupByName(name string) (NetworkRef, error) {
	s.mu.Lock()
	defer s.unlock()
	n, err := s.networkByNameLocked(name)
	if err != nil {
		return NetworkRef{}, err
	}
	return n.NetworkRef, nil
}

// NetworkLookupByUUID finds a network, or fails with VIR_ERR_NO_NETWORK.
func (s *State) NetworkLookupByUUID(id UUID) (NetworkRef, error) {
	s.mu.Lock()
	defer s.unlock()
	n, err := s.networkByUUIDLocked(id, "")
	if err != nil {
		return NetworkRef{}, err
	}
	return n.NetworkRef, nil
}

// NetworkGetXMLDesc returns a network's document.
func (s *State) NetworkGetXMLDesc(ref NetworkRef, flags uint32) (string, error) {
	t := &s.traits.Objects.Network
	if err := t.checkFlags("NetworkGetXMLDesc", flags, t.XMLFlags); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlock()
	n, err := s.networkLocked(ref)
	if err != nil {
		return "", err
	}
	if n.next != nil && flags&uint32(libvirt.NetworkXMLInactive) != 0 {
		return n.next.xml, nil
	}
	return n.def.xml, nil
}

// NetworkGetBridgeName returns the name of a network's bridge on the host. It
// fails with VIR_ERR_INTERNAL_ERROR for a network without.
func (s *State) NetworkGetBridgeName(ref NetworkRef) (string, error) {
	s.mu.Lock()
	defer s.unlock()
	n, err := s.networkLocked(ref)
	if err != nil {
		return "", err
	}
	if n.def.bridge == "" {
		return "", s.traits.Objects.Network.errorf(libvirt.ErrInternalError, "network '%s' does not have a bridge name.", n.Name)
	}
	return n.def.bridge, nil
}

// NetworkGetAutostart reports whether a network starts with the daemon.
func (s *State) NetworkGetAutostart(ref NetworkRef) (bool, error) {
	s.mu.Lock()
	defer s.unlock()
	n, err := s.networkLocked(ref)
	if err != nil {
		return false, err
	}
	return n.Autostart, nil
}

// NetworkIsActive reports whether a network runs.
func (s *State) NetworkIsActive(ref NetworkRef) (bool, error) {
	s.mu.Lock()
	defer s.unlock()
	n, err := s.heldNetworkLocked(ref)
	if err != nil {
		return false, err
	}
	return n.Active, nil
}

// NetworkIsPersistent reports whether a network is kept when it stops.
func (s *State) NetworkIsPersistent(ref NetworkRef) (bool, error) {
	s.mu.Lock()
	defer s.unlock()
	n, err := s.heldNetworkLocked(ref)
	if err != nil {
		return false, err
	}
	return n.Persistent, nil
}
