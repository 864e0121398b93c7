package hypervisor

import (
	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// AddInterface puts an interface there as if it had always been. The errors are
// those of virInterfaceDefineXML.
func (s *State) AddInterface(document string, active bool) (InterfaceRef, error) {
	root, err := parseXML(FromInterface, "(interface_definition)", document)
	if err != nil {
		return InterfaceRef{}, err
	}
	i, err := readInterface(root)
	if err != nil {
		return InterfaceRef{}, err
	}
	i.active = active
	s.mu.Lock()
	defer s.unlock()
	s.interfaces.add(i)
	return i.InterfaceRef, nil
}

func readInterface(root *etree.Element) (*hostInterface, error) {
	if err := requireRoot(root, "interface"); err != nil {
		return nil, err
	}
	i := &hostInterface{}
	if i.Name = root.SelectAttrValue("name", ""); i.Name == "" {
		return nil, Errorf(FromInterface, libvirt.ErrXMLError, "interface has no name")
	}
	if mac := root.SelectElement("mac"); mac != nil {
		i.MAC = mac.SelectAttrValue("address", "")
	}
	i.xml = formatXML(root)
	return i, nil
}
