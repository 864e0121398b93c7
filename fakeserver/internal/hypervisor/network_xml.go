package hypervisor

import (
	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// AddNetwork puts a network there as if it had always been, without an event.
// The errors are those of virNetworkDefineXML.
func (s *State) AddNetwork(document string, standing Standing) (NetworkRef, error) {
	root, err := parseXML(FromNetwork, "(network_definition)", document)
	if err != nil {
		return NetworkRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	n, err := s.readNetworkLocked(root)
	if err != nil {
		return NetworkRef{}, err
	}
	n.Standing = standing
	s.networks.add(n)
	return n.NetworkRef, nil
}

// readNetworkLocked reads a network from its document, which gets a UUID if it
// has none.
func (s *State) readNetworkLocked(root *etree.Element) (*network, error) {
	if err := requireRoot(root, "network"); err != nil {
		return nil, err
	}
	n := &network{}
	var err error
	if n.Name, n.UUID, err = s.readIdentityLocked(FromNetwork, root); err != nil {
		return nil, err
	}
	if bridge := root.SelectElement("bridge"); bridge != nil {
		n.bridge = bridge.SelectAttrValue("name", "")
	}
	n.xml = formatXML(root)
	return n, nil
}

// readIdentityLocked reads the name and the UUID of an object whose document
// has both as elements. Without a UUID it chooses one and puts it into the
// document.
func (s *State) readIdentityLocked(from libvirt.ErrorDomain, root *etree.Element) (string, UUID, error) {
	name := root.SelectElement("name")
	if name == nil || name.Text() == "" {
		return "", UUID{}, BareError(from, libvirt.ErrNoName)
	}
	if e := root.SelectElement("uuid"); e != nil {
		id, err := ParseUUID(e.Text())
		if err != nil {
			return "", UUID{}, Errorf(from, libvirt.ErrXMLError, "malformed uuid element")
		}
		return name.Text(), id, nil
	}
	id := s.newUUIDLocked()
	e := etree.NewElement("uuid")
	e.SetText(id.String())
	root.InsertChildAt(name.Index()+1, e)
	return name.Text(), id, nil
}
