package hypervisor

import (
	"path"

	libvirt "github.com/digitalocean/go-libvirt"
)

// DomainManagedSave is virDomainManagedSave: it stops a domain so that its next
// start goes on where it was. Flags are VIR_DOMAIN_SAVE_….
func (s *State) DomainManagedSave(ref DomainRef, flags uint32) error {
	const running, paused = uint32(libvirt.DomainSaveRunning), uint32(libvirt.DomainSavePaused)
	if flags&running != 0 && flags&paused != 0 {
		return exclusiveFlags("virDomainManagedSave", "ctl", "VIR_DOMAIN_SAVE_RUNNING", "VIR_DOMAIN_SAVE_PAUSED")
	}
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainCall("DomainManagedSave", ref, flags)
	if err != nil {
		return err
	}
	if err := dom.requireActive(); err != nil {
		return err
	}
	t := &s.traits.Domain
	if !dom.persistent {
		return t.errorf(libvirt.ErrOperationInvalid, "cannot do managed save for transient domain")
	}
	dom.savedPaused = dom.is(libvirt.DomainPaused)
	if t.Guest.Events && !dom.savedPaused {
		s.lifecycleLocked(dom.ref(), libvirt.DomainEventSuspended, int32(libvirt.DomainEventSuspendedPaused))
	}
	if flags&(running|paused) != 0 {
		dom.savedPaused = flags&paused != 0
	}
	dom.managedSave = true
	s.stopLocked(dom, libvirt.DomainShutoffSaved, libvirt.DomainEventStoppedSaved, false)
	return nil
}

// DomainHasManagedSaveImage is virDomainHasManagedSaveImage. It knows no flags.
func (s *State) DomainHasManagedSaveImage(ref DomainRef, flags uint32) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainCall("DomainHasManagedSaveImage", ref, flags)
	if err != nil {
		return false, err
	}
	return dom.managedSave, nil
}

// DomainManagedSaveRemove is virDomainManagedSaveRemove. It knows no flags.
func (s *State) DomainManagedSaveRemove(ref DomainRef, flags uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainCall("DomainManagedSaveRemove", ref, flags)
	if err != nil {
		return err
	}
	if dir := s.traits.Domain.ManagedSaveDir; dir != "" && !dom.managedSave {
		return SystemError(s.traits.Domain.ErrorDomain, ENOENT,
			"Failed to remove managed save file '%s'", path.Join(dir, dom.def.name+".save"))
	}
	dom.managedSave = false
	return nil
}
