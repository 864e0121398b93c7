package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// DomainCreateXML is virDomainCreateXML: it starts a transient domain, or a
// persistent one with another definition until it stops. Flags are
// VIR_DOMAIN_START_…; a domain with AUTODESTROY lives on here.
func (s *State) DomainCreateXML(xml string, flags uint32) (DomainRef, error) {
	if err := s.traits.Domain.checkDomainFlags("DomainCreateXML", flags); err != nil {
		return DomainRef{}, err
	}
	def, err := s.parseDomain(xml)
	if err != nil {
		return DomainRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	dom, _, err := s.assignDomainLocked(def, true)
	if err != nil {
		return DomainRef{}, err
	}
	if err := s.bootLocked(dom, flags); err != nil {
		return DomainRef{}, err
	}
	return dom.ref(), nil
}

// DomainCreateWithFlags is virDomainCreateWithFlags: it starts an inactive
// domain, from its managed save if there is one. Flags are VIR_DOMAIN_START_….
// The result names the domain with its new id.
func (s *State) DomainCreateWithFlags(ref DomainRef, flags uint32) (DomainRef, error) {
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainCall("DomainCreateWithFlags", ref, flags)
	if err != nil {
		return DomainRef{}, err
	}
	t := &s.traits.Domain
	if dom.active() {
		return DomainRef{}, t.Refusals.StartActive.error(ref.Name)
	}
	start := s.bootLocked
	if dom.managedSave && t.ManagedSaveDir != "" && flags&uint32(libvirt.DomainStartForceBoot) == 0 {
		start = s.restoreLocked
	}
	if err := start(dom, flags); err != nil {
		return DomainRef{}, err
	}
	dom.managedSave = false
	return dom.ref(), nil
}

// DomainCreate is virDomainCreate.
func (s *State) DomainCreate(ref DomainRef) error {
	_, err := s.DomainCreateWithFlags(ref, 0)
	return err
}

// activateLocked makes the domain's definition run. Where it cannot, a domain
// that is not persistent is gone.
func (s *State) activateLocked(dom *domain) error {
	s.domains.activate(dom)
	dom.started = s.now()
	if dom.persistent && dom.newDef == nil {
		dom.newDef = dom.def.clone()
	}
	err := s.goLiveLocked(dom)
	if err == nil {
		return nil
	}
	s.endLocked(dom, libvirt.DomainShutoffFailed)
	return err
}

// bootLocked starts a domain from nothing.
func (s *State) bootLocked(dom *domain, flags uint32) error {
	if r := &s.traits.Domain.Refusals.StartNoConsole; r.Text != "" && xmlChild(dom.def.root, "devices", "console") == nil {
		return r.error(dom.def.name)
	}
	if err := s.activateLocked(dom); err != nil {
		return err
	}
	ref := dom.ref()
	if flags&uint32(libvirt.DomainStartPaused) != 0 {
		dom.set(libvirt.DomainPaused, int32(libvirt.DomainPausedUser))
		s.lifecycleLocked(ref, libvirt.DomainEventStarted, int32(libvirt.DomainEventStartedBooted))
		s.lifecycleLocked(ref, libvirt.DomainEventSuspended, int32(libvirt.DomainEventSuspendedPaused))
		return nil
	}
	dom.set(libvirt.DomainRunning, int32(libvirt.DomainRunningBooted))
	if s.traits.Domain.Guest.Events {
		// QEMU starts stopped, and its monitor tells first that it goes on.
		s.lifecycleLocked(ref, libvirt.DomainEventResumed, int32(libvirt.DomainEventResumedUnpaused))
	}
	s.lifecycleLocked(ref, libvirt.DomainEventStarted, int32(libvirt.DomainEventStartedBooted))
	return nil
}

// restoreLocked starts a domain from its managed save, as it was then.
func (s *State) restoreLocked(dom *domain, flags uint32) error {
	if err := s.activateLocked(dom); err != nil {
		return err
	}
	ref := dom.ref()
	s.lifecycleLocked(ref, libvirt.DomainEventStarted, int32(libvirt.DomainEventStartedRestored))
	if dom.savedPaused || flags&uint32(libvirt.DomainStartPaused) != 0 {
		// libvirt does say so: restoring is an incoming migration.
		dom.set(libvirt.DomainPaused, int32(libvirt.DomainPausedMigration))
		s.lifecycleLocked(ref, libvirt.DomainEventSuspended, int32(libvirt.DomainEventSuspendedRestored))
		return nil
	}
	dom.set(libvirt.DomainRunning, int32(libvirt.DomainRunningRestored))
	s.lifecycleLocked(ref, libvirt.DomainEventResumed, int32(libvirt.DomainEventResumedFromSnapshot))
	return nil
}
