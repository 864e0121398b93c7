package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// DomainDestroyFlags is virDomainDestroyFlags. Flags are VIR_DOMAIN_DESTROY_….
func (s *State) DomainDestroyFlags(ref DomainRef, flags uint32) error {
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainCall("DomainDestroyFlags", ref, flags)
	if err != nil {
		return err
	}
	if err := dom.requireActive(); err != nil {
		return err
	}
	s.destroyLocked(dom)
	return nil
}

// destroyLocked ends an active domain from outside.
func (s *State) destroyLocked(dom *domain) {
	if s.traits.Domain.Guest.Events {
		s.lifecycleLocked(dom.ref(), libvirt.DomainEventShutdown, int32(libvirt.DomainEventShutdownHost))
	}
	s.stopLocked(dom, libvirt.DomainShutoffDestroyed, libvirt.DomainEventStoppedDestroyed, false)
}

// DomainDestroy is virDomainDestroy.
func (s *State) DomainDestroy(ref DomainRef) error { return s.DomainDestroyFlags(ref, 0) }

// stopLocked ends a domain's run. keepID says that the event still shows the
// domain with its id, as it does where the guest ended by itself.
func (s *State) stopLocked(dom *domain, reason libvirt.DomainShutoffReason, detail libvirt.DomainEventStoppedDetailType, keepID bool) {
	ref := dom.ref()
	if !keepID && (dom.newDef != nil || !s.traits.Domain.TransientKeepsID) {
		ref.ID = -1
	}
	s.lifecycleLocked(ref, libvirt.DomainEventStopped, int32(detail))
	s.endLocked(dom, reason)
}

// endLocked makes a domain inactive, without an event; one that is not
// persistent is gone.
func (s *State) endLocked(dom *domain, reason libvirt.DomainShutoffReason) {
	s.domains.deactivate(dom)
	s.releaseLocked(dom)
	if dom.newDef != nil {
		dom.def, dom.newDef = dom.newDef, nil
	}
	dom.powerButton = false
	dom.set(libvirt.DomainShutoff, int32(reason))
	if !dom.persistent {
		s.domains.remove(dom)
	}
}

// DomainShutdownFlags is virDomainShutdownFlags. The guest complies at once: a
// fake that let it take its time would make every test wait. Flags are
// VIR_DOMAIN_SHUTDOWN_….
func (s *State) DomainShutdownFlags(ref DomainRef, flags uint32) error {
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainCall("DomainShutdownFlags", ref, flags)
	if err != nil {
		return err
	}
	refusals := &s.traits.Domain.Refusals
	if flags&uint32(libvirt.DomainShutdownGuestAgent) != 0 {
		acpi := flags&uint32(libvirt.DomainShutdownAcpiPowerBtn) != 0
		if err := s.askAgentLocked(dom, ref); err != nil && !acpi {
			return err
		}
		if !dom.active() {
			return nil // libvirt thinks that the guest has just gone
		}
	}
	if !dom.active() {
		return refusals.ShutdownInactive.error(ref.Name)
	}
	if dom.is(libvirt.DomainPaused) {
		if err := refusals.ShutdownPaused.error(ref.Name); err != nil {
			return err
		}
	}
	s.guestEndsLocked(dom, dom.def.onPoweroff)
	return nil
}

// DomainShutdown is virDomainShutdown.
func (s *State) DomainShutdown(ref DomainRef) error { return s.DomainShutdownFlags(ref, 0) }

// askAgentLocked fails as every question to a guest's agent does: here guests
// have none, whatever their definition prepares for one.
func (s *State) askAgentLocked(dom *domain, ref DomainRef) error {
	t := &s.traits.Domain
	switch {
	case t.Refusals.NoGuestAgent.Text == "":
		return nil // a driver that knows nothing of agents
	case !dom.is(libvirt.DomainRunning):
		return t.errorf(libvirt.ErrOperationInvalid, "domain is not running")
	case dom.def.hasAgentChannel():
		return t.Refusals.DeadGuestAgent.error(ref.Name)
	}
	return t.Refusals.NoGuestAgent.error(ref.Name)
}

// guestEndsLocked is what a guest does that was asked to shut down or reboot:
// what the definition says for it, on_poweroff or on_reboot.
func (s *State) guestEndsLocked(dom *domain, action string) {
	events := s.traits.Domain.Guest.Events
	if action == "restart" || action == "rename-restart" {
		if events {
			s.emitLocked(DomainRebootEvent{Domain: dom.ref()})
			return
		}
		dom.set(libvirt.DomainRunning, int32(libvirt.DomainRunningBooted))
		return
	}
	if events {
		s.lifecycleLocked(dom.ref(), libvirt.DomainEventShutdown, int32(libvirt.DomainEventShutdownGuest))
	}
	s.stopLocked(dom, libvirt.DomainShutoffShutdown, libvirt.DomainEventStoppedShutdown, events)
}

// DomainReboot is virDomainReboot. The guest complies at once, unless it is
// paused: then it does when it is resumed. Flags are VIR_DOMAIN_REBOOT_….
func (s *State) DomainReboot(ref DomainRef, flags uint32) error {
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainCall("DomainReboot", ref, flags)
	if err != nil {
		return err
	}
	t := &s.traits.Domain
	agent, acpi := uint32(libvirt.DomainRebootGuestAgent), uint32(libvirt.DomainRebootAcpiPowerBtn)
	if flags&(agent|acpi) == agent {
		if err := s.askAgentLocked(dom, ref); err != nil {
			return err
		}
	}
	if err := dom.requireActive(); err != nil {
		return err
	}
	if t.Guest.Events && dom.is(libvirt.DomainPaused) {
		dom.powerButton = true
		return nil
	}
	s.guestEndsLocked(dom, dom.def.onReboot)
	return nil
}

// DomainReset is virDomainReset. It knows no flags.
func (s *State) DomainReset(ref DomainRef, flags uint32) error {
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainCall("DomainReset", ref, flags)
	if err != nil {
		return err
	}
	if err := dom.requireActive(); err != nil {
		return err
	}
	dom.powerButton = false
	if s.traits.Domain.Guest.Events {
		s.emitLocked(DomainRebootEvent{Domain: dom.ref()})
	}
	return nil
}
