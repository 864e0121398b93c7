package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// DomainSuspend is virDomainSuspend.
func (s *State) DomainSuspend(ref DomainRef) error {
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainLocked(ref)
	if err != nil {
		return err
	}
	refusals := &s.traits.Domain.Refusals
	switch {
	case !dom.active():
		return refusals.SuspendInactive.error(ref.Name)
	case dom.is(libvirt.DomainPaused):
		return refusals.SuspendPaused.error(ref.Name)
	}
	dom.set(libvirt.DomainPaused, int32(libvirt.DomainPausedUser))
	s.lifecycleLocked(dom.ref(), libvirt.DomainEventSuspended, int32(libvirt.DomainEventSuspendedPaused))
	return nil
}

// DomainResume is virDomainResume.
func (s *State) DomainResume(ref DomainRef) error {
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainLocked(ref)
	if err != nil {
		return err
	}
	refusals := &s.traits.Domain.Refusals
	switch {
	case !dom.active():
		return refusals.ResumeInactive.error(ref.Name)
	case !dom.is(libvirt.DomainPaused):
		return refusals.ResumeRunning.error(ref.Name)
	}
	dom.set(libvirt.DomainRunning, int32(libvirt.DomainRunningUnpaused))
	s.lifecycleLocked(dom.ref(), libvirt.DomainEventResumed, int32(libvirt.DomainEventResumedUnpaused))
	if dom.powerButton {
		dom.powerButton = false
		s.guestEndsLocked(dom, dom.def.onReboot)
	}
	return nil
}
