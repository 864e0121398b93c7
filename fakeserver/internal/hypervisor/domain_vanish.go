package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// CrashDomain ends an active domain as the death of its hypervisor's process
// does, processMonitorEOFEvent: reason VIR_DOMAIN_SHUTOFF_CRASHED, and an event
// STOPPED whose detail is FAILED, which still shows the domain's id. on_crash has
// no say: it is for a guest that panics. It fails with VIR_ERR_OPERATION_INVALID
// for a domain that is not active.
func (s *State) CrashDomain(ref DomainRef) error {
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainLocked(ref)
	if err != nil {
		return err
	}
	if err := dom.requireActive(); err != nil {
		return err
	}
	s.stopLocked(dom, libvirt.DomainShutoffCrashed, libvirt.DomainEventStoppedFailed, s.traits.Domain.Guest.Events)
	return nil
}

// RemoveDomain ends a domain if it is active, as virDomainDestroy does, and then
// removes its definition with all that holds it, as virDomainUndefineFlags does.
func (s *State) RemoveDomain(ref DomainRef) error {
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainLocked(ref)
	if err != nil {
		return err
	}
	if dom.active() {
		s.destroyLocked(dom)
	}
	if dom.persistent {
		s.undefineLocked(dom)
	}
	return nil
}

// stormGust is how many events of a storm are queued at once.
const stormGust = 1000

// StormDomain sends n lifecycle events of a domain, by turns SUSPENDED and
// RESUMED, while nothing happens to the domain. Long storms let other calls, and
// their events, in between.
func (s *State) StormDomain(ref DomainRef, n int) error {
	for sent := 0; ; sent += stormGust {
		gust := min(n-sent, stormGust)
		if err := s.gustDomain(ref, gust); err != nil || sent+gust >= n {
			return err
		}
	}
}

func (s *State) gustDomain(ref DomainRef, n int) error {
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainLocked(ref)
	if err != nil {
		return err
	}
	for i := range n {
		if i%2 == 0 {
			s.lifecycleLocked(dom.ref(), libvirt.DomainEventSuspended, int32(libvirt.DomainEventSuspendedPaused))
		} else {
			s.lifecycleLocked(dom.ref(), libvirt.DomainEventResumed, int32(libvirt.DomainEventResumedUnpaused))
		}
	}
	return nil
}
