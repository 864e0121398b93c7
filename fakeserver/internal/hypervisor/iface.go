package hypervisor

import (
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// InterfaceRef names an interface of the host as clients hold it.
type InterfaceRef struct{ Name, MAC string }

// InterfaceTraits is how a driver treats the interfaces of the host.
type InterfaceTraits struct {
	KindTraits
	// XMLFlags are the flags that GetXMLDesc knows.
	XMLFlags uint32
	// MissingName and MissingMAC are the details of VIR_ERR_NO_INTERFACE, with
	// one %s for the name or the address.
	MissingName, MissingMAC string
	// AmbiguousMAC is the detail of VIR_ERR_MULTIPLE_INTERFACES, with one %s
	// for the address, or "" for none.
	AmbiguousMAC string
	// FoldsMAC is true for a driver that finds an address in any case, and
	// answers with the client's own spelling.
	FoldsMAC bool
	// CountsListed is false for a driver that returns 0 when it is asked how
	// many interfaces a list has, without the list.
	CountsListed bool
}

// hostInterface is one interface of the host.
type hostInterface struct {
	InterfaceRef
	active bool
	xml    string
}

func (i *hostInterface) objectName() string { return i.Name }

// interfaceLocked finds an interface by its name.
func (s *State) interfaceLocked(name string) (*hostInterface, error) {
	if i, ok := s.interfaces.get(name); ok {
		return i, nil
	}
	t := &s.traits.Objects.Interface
	return nil, t.errorf(libvirt.ErrNoInterface, t.MissingName, name)
}

// InterfaceLookupByName finds an interface, or fails with VIR_ERR_NO_INTERFACE.
func (s *State) InterfaceLookupByName(name string) (InterfaceRef, error) {
	s.mu.Lock()
	defer s.unlock()
	i, err := s.interfaceLocked(name)
	if err != nil {
		return InterfaceRef{}, err
	}
	return i.InterfaceRef, nil
}

// InterfaceLookupByMACString finds the one interface with a MAC address. It
// fails with VIR_ERR_NO_INTERFACE or VIR_ERR_MULTIPLE_INTERFACES.
func (s *State) InterfaceLookupByMACString(mac string) (InterfaceRef, error) {
	t := &s.traits.Objects.Interface
	s.mu.Lock()
	defer s.unlock()
	var found []InterfaceRef
	for _, i := range s.interfaces {
		if i.MAC == mac || t.FoldsMAC && strings.EqualFold(i.MAC, mac) {
			found = append(found, InterfaceRef{Name: i.Name, MAC: mac})
		}
	}
	switch {
	case len(found) == 0:
		return InterfaceRef{}, t.errorf(libvirt.ErrNoInterface, t.MissingMAC, mac)
	case len(found) == 1:
		return found[0], nil
	case t.AmbiguousMAC == "":
		return InterfaceRef{}, BareError(t.ErrorDomain, libvirt.ErrMultipleInterfaces)
	}
	return InterfaceRef{}, t.errorf(libvirt.ErrMultipleInterfaces, t.AmbiguousMAC, mac)
}

// InterfaceGetXMLDesc returns an interface's document.
func (s *State) InterfaceGetXMLDesc(ref InterfaceRef, flags uint32) (string, error) {
	t := &s.traits.Objects.Interface
	if err := t.checkFlags("InterfaceGetXMLDesc", flags, t.XMLFlags); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlock()
	i, err := s.interfaceLocked(ref.Name)
	if err != nil {
		return "", err
	}
	return i.xml, nil
}

// InterfaceIsActive reports whether an interface is up.
func (s *State) InterfaceIsActive(ref InterfaceRef) (bool, error) {
	s.mu.Lock()
	defer s.unlock()
	i, err := s.interfaceLocked(ref.Name)
	if err != nil {
		return false, err
	}
	return i.active, nil
}
