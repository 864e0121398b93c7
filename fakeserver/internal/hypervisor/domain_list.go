package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// ConnectListAllDomains is virConnectListAllDomains: the domains that pass every
// group of filters (VIR_CONNECT_LIST_DOMAINS_…) of which flags has a member, in
// the order in which they were defined or created.
func (s *State) ConnectListAllDomains(flags uint32) ([]DomainRef, error) {
	if err := s.traits.Domain.checkDomainFlags("ConnectListAllDomains", flags); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	refs := make([]DomainRef, 0, len(s.domains.list))
	for _, dom := range s.domains.list {
		if dom.matches(flags) {
			refs = append(refs, dom.ref())
		}
	}
	return refs, nil
}

// domainFilter is one group of filters: a domain passes if it has one of the
// properties whose flags are set.
type domainFilter struct {
	flag libvirt.ConnectListAllDomainsFlags
	has  func(*domain) bool
}

var domainFilters = [][]domainFilter{
	{
		{libvirt.ConnectListDomainsActive, (*domain).active},
		{libvirt.ConnectListDomainsInactive, func(d *domain) bool { return !d.active() }},
	}, {
		{libvirt.ConnectListDomainsPersistent, func(d *domain) bool { return d.persistent }},
		{libvirt.ConnectListDomainsTransient, func(d *domain) bool { return !d.persistent }},
	}, {
		{libvirt.ConnectListDomainsRunning, func(d *domain) bool { return d.is(libvirt.DomainRunning) }},
		{libvirt.ConnectListDomainsPaused, func(d *domain) bool { return d.is(libvirt.DomainPaused) }},
		{libvirt.ConnectListDomainsShutoff, func(d *domain) bool { return d.is(libvirt.DomainShutoff) }},
		{libvirt.ConnectListDomainsOther, func(d *domain) bool {
			return !d.is(libvirt.DomainRunning) && !d.is(libvirt.DomainPaused) && !d.is(libvirt.DomainShutoff)
		}},
	}, {
		{libvirt.ConnectListDomainsManagedsave, func(d *domain) bool { return d.managedSave }},
		{libvirt.ConnectListDomainsNoManagedsave, func(d *domain) bool { return !d.managedSave }},
	}, {
		{libvirt.ConnectListDomainsAutostart, func(d *domain) bool { return d.autostart }},
		{libvirt.ConnectListDomainsNoAutostart, func(d *domain) bool { return !d.autostart }},
	}, {
		{libvirt.ConnectListDomainsHasSnapshot, func(*domain) bool { return false }},
		{libvirt.ConnectListDomainsNoSnapshot, func(*domain) bool { return true }},
	}, {
		{libvirt.ConnectListDomainsHasCheckpoint, func(*domain) bool { return false }},
		{libvirt.ConnectListDomainsNoCheckpoint, func(*domain) bool { return true }},
	},
}

// ListDomainsFilters are all flags of virConnectListAllDomains.
const ListDomainsFilters = 1<<16 - 1

func (d *domain) matches(flags uint32) bool {
	for _, group := range domainFilters {
		asked, passed := false, false
		for _, f := range group {
			if flags&uint32(f.flag) != 0 {
				asked = true
				passed = passed || f.has(d)
			}
		}
		if asked && !passed {
			return false
		}
	}
	return true
}

// ConnectListDomains is virConnectListDomains: the ids of active domains, at
// most max of them.
func (s *State) ConnectListDomains(max int) []int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []int32
	for _, dom := range s.domains.list {
		if dom.active() && len(ids) < max {
			ids = append(ids, dom.id)
		}
	}
	return ids
}

// ConnectNumOfDomains is virConnectNumOfDomains, of active domains.
func (s *State) ConnectNumOfDomains() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.domains.byID)
}

// ConnectListDefinedDomains is virConnectListDefinedDomains: the names of
// inactive domains, at most max of them.
func (s *State) ConnectListDefinedDomains(max int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, dom := range s.domains.list {
		if !dom.active() && len(names) < max {
			names = append(names, dom.def.name)
		}
	}
	return names
}

// ConnectNumOfDefinedDomains is virConnectNumOfDefinedDomains, of inactive
// domains.
func (s *State) ConnectNumOfDefinedDomains() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.domains.list) - len(s.domains.byID)
}
