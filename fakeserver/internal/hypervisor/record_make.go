package hypervisor

import (
	"errors"
	"fmt"
)

// SetObjects replaces everything that the State holds, without events. If it
// fails, the State is as before; the error says which object it is about.
func (s *State) SetObjects(o Objects) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	objects, doms, source := s.objectState, s.domains, s.chance.copy()
	s.objectState, s.domains = objectState{}, domains{}
	if err := s.makeLocked(o); err != nil {
		s.objectState, s.domains = objects, doms
		s.chance.restore(source)
		return err
	}
	return nil
}

func (s *State) makeLocked(o Objects) error {
	for i, n := range o.Networks {
		if err := s.makeNetworkLocked(n); err != nil {
			return fmt.Errorf("network %d: %w", i, err)
		}
	}
	for i, p := range o.Pools {
		if err := s.makePoolLocked(p); err != nil {
			return fmt.Errorf("storage pool %d: %w", i, err)
		}
	}
	for i, x := range o.Interfaces {
		root, err := parseXML(FromInterface, "(interface_definition)", x.XML)
		if err != nil {
			return fmt.Errorf("interface %d: %w", i, err)
		}
		made, err := readInterface(root)
		if err != nil {
			return fmt.Errorf("interface %d: %w", i, err)
		}
		made.active = x.Active
		if _, ok := s.interfaces.get(made.Name); ok {
			return fmt.Errorf("interface %d: there is another %q", i, made.Name)
		}
		s.interfaces.add(made)
	}
	for i, x := range o.NodeDevices {
		made, err := parseNodeDevice(x.XML)
		if err != nil {
			return fmt.Errorf("node device %d: %w", i, err)
		}
		if _, ok := s.nodeDevices.get(made.name); ok {
			return fmt.Errorf("node device %d: there is another %q", i, made.name)
		}
		s.nodeDevices.add(made)
	}
	return s.makeDomainsLocked(o)
}

func (s *State) makeNetworkLocked(o NetworkObject) error {
	read := func(xml string) (NetworkRef, *networkDef, error) {
		doc, err := s.readNetwork(xml)
		if err != nil {
			return NetworkRef{}, nil, err
		}
		def, err := s.equipNetworkLocked(doc)
		return doc.ref, def, err
	}
	ref, def, err := read(o.XML)
	if err != nil {
		return err
	}
	if err := s.newNetworkLocked(ref); err != nil {
		return err
	}
	n := &network{NetworkRef: ref, def: def}
	n.Standing = Standing{Active: o.Active, Persistent: !o.Transient, Autostart: o.Autostart}
	if o.Transient && !o.Active {
		return fmt.Errorf("%q is transient and not active: it would not be there", ref.Name)
	}
	s.networks.add(n)
	if o.LiveXML == "" {
		return nil
	}
	live, def, err := read(o.LiveXML)
	switch {
	case err != nil:
		return fmt.Errorf("LiveXML: %w", err)
	case live != ref:
		return fmt.Errorf("LiveXML is of another network: %s (%s), not %s (%s)", live.Name, live.UUID, ref.Name, ref.UUID)
	case o.Transient:
		return errors.New("LiveXML of a network that is transient: XML is all it has")
	}
	n.def, n.next = def, n.def
	return nil
}

// newNetworkLocked refuses a network of a name or UUID that is there.
func (s *State) newNetworkLocked(ref NetworkRef) error {
	if n, ok := s.networks.find(func(n *network) bool { return n.Name == ref.Name || n.UUID == ref.UUID }); ok {
		return fmt.Errorf("%s (%s) is in the way of %s (%s)", n.Name, n.UUID, ref.Name, ref.UUID)
	}
	return nil
}

func (s *State) makePoolLocked(o PoolObject) error {
	root, err := parseXML(FromStorage, "(storage_pool_definition)", o.XML)
	if err != nil {
		return err
	}
	p, err := s.readPool(root)
	if err != nil {
		return err
	}
	if q, ok := s.pools.find(func(q *storagePool) bool { return q.Name == p.Name || q.UUID == p.UUID }); ok {
		return fmt.Errorf("%s (%s) is in the way of %s (%s)", q.Name, q.UUID, p.Name, p.UUID)
	}
	if o.Transient && !o.Active {
		return fmt.Errorf("%q is transient and not active: it would not be there", p.Name)
	}
	p.Standing = Standing{Active: o.Active, Persistent: !o.Transient, Autostart: o.Autostart}
	s.pools.add(p)
	return nil
}
