package hypervisor

import (
	"cmp"
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
	return DomainRef{}, s.noDomain(s.traits.Domain.NotFound.Name, "no domain with matching name '%s'", name)
}

// DomainLookupByUUID is virDomainLookupByUUID. It fails with VIR_ERR_NO_DOMAIN.
func (s *State) DomainLookupByUUID(id UUID) (DomainRef, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if dom := s.domains.byUUID[id]; dom != nil {
		return dom.ref(), nil
	}
	return DomainRef{}, s.noDomain(s.traits.Domain.NotFound.UUID, "no domain with matching uuid '%s'", id)
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
	return DomainRef{}, s.noDomain(s.traits.Domain.NotFound.ID, "no domain with matching id %d", id)
}

// noDomain is the error of a look-up that finds nothing: in the driver's own
// words, if it has some.
func (s *State) noDomain(own, common string, arg any) error {
	t := &s.traits.Domain
	if t.BareNotFound {
		return BareError(t.ErrorDomain, libvirt.ErrNoDomain)
	}
	return t.errorf(libvirt.ErrNoDomain, cmp.Or(own, common), arg)
}

// domainLocked finds the domain that a client means: by UUID alone, whatever
// name and id it remembers. The error repeats the name.
func (s *State) domainLocked(ref DomainRef) (*domain, error) {
	if dom := s.domains.byUUID[ref.UUID]; dom != nil {
		return dom, nil
	}
	format := cmp.Or(s.traits.Domain.NotFound.Held, "no domain with matching uuid '%[1]s' (%[2]s)")
	return nil, s.traits.Domain.errorf(libvirt.ErrNoDomain, format, ref.UUID, ref.Name)
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
