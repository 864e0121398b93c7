package hypervisor

import (
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"
)

// DomainLookupByName is virDomainLookupByName. It fails with VIR_ERR_NO_DOMAIN.
func (s *State) DomainLookupByName(name string) (DomainRef, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if dom := s.domains.byName[name]; dom != nil {
		return dom.ref(), nil
	}
	return DomainRef{}, s.noDomain("name '%s'", name)
}

// DomainLookupByUUID is virDomainLookupByUUID. It fails with VIR_ERR_NO_DOMAIN.
func (s *State) DomainLookupByUUID(id UUID) (DomainRef, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if dom := s.domains.byUUID[id]; dom != nil {
		return dom.ref(), nil
	}
	return DomainRef{}, s.noDomain("uuid '%s'", id)
}

// DomainLookupByID is virDomainLookupByID, for active domains. It fails with
// VIR_ERR_NO_DOMAIN, and with VIR_ERR_INVALID_ARG for a negative id.
func (s *State) DomainLookupByID(id int32) (DomainRef, error) {
	if id < 0 {
		return DomainRef{}, InvalidArg(FromDomain, "virDomainLookupByID", "id",
			"id in virDomainLookupByID must be zero or greater")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if dom := s.domains.byID[id]; dom != nil {
		return dom.ref(), nil
	}
	return DomainRef{}, s.noDomain("id %d", id)
}

// noDomain is the error of a look-up that finds nothing.
func (s *State) noDomain(format string, arg any) error {
	t := &s.traits.Domain
	if t.BareNotFound {
		return BareError(t.ErrorDomain, libvirt.ErrNoDomain)
	}
	return t.errorf(libvirt.ErrNoDomain, "no domain with matching "+format, arg)
}

// domainLocked finds the domain that a client means: by UUID alone, whatever
// name and id it remembers. The error repeats the name.
func (s *State) domainLocked(ref DomainRef) (*domain, error) {
	if dom := s.domains.byUUID[ref.UUID]; dom != nil {
		return dom, nil
	}
	return nil, s.traits.Domain.errorf(libvirt.ErrNoDomain, "no domain with matching uuid '%s' (%s)", ref.UUID, ref.Name)
}

// domainCall checks flags against those that the driver's function for one of
// the API knows, and finds the domain: the two checks that nearly every function
// of a driver begins with, in this order. It does not lock.
func (s *State) domainCall(api string, ref DomainRef, flags uint32) (*domain, error) {
	if err := s.traits.Domain.checkDomainFlags(api, flags); err != nil {
		return nil, err
	}
	return s.domainLocked(ref)
}

func (t *DomainTraits) checkDomainFlags(api string, flags uint32) error {
	return t.checkFlags(api, flags, t.Flags[api])
}

// String names the domain for people.
func (r DomainRef) String() string {
	return fmt.Sprintf("%s (%s)", r.Name, r.UUID)
}
