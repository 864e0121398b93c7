package hypervisor

import (
	"fmt"
	"math"

	libvirt "github.com/digitalocean/go-libvirt"
)

// DomainGetMaxMemory is virDomainGetMaxMemory, in KiB.
func (s *State) DomainGetMaxMemory(ref DomainRef) (uint64, error) {
	info, err := s.DomainGetInfo(ref)
	return info.MaxMemory, err
}

// DomainSetMemory is virDomainSetMemory: what a running domain has now, in KiB.
func (s *State) DomainSetMemory(ref DomainRef, kib uint64) error {
	return s.setDomainMemory("virDomainSetMemory", ref, kib, affectLive)
}

// DomainSetMaxMemory is virDomainSetMaxMemory: the most that an inactive domain
// gets, in KiB.
func (s *State) DomainSetMaxMemory(ref DomainRef, kib uint64) error {
	return s.setDomainMemory("virDomainSetMaxMemory", ref, kib, uint32(libvirt.DomainMemMaximum))
}

// DomainSetMemoryFlags is virDomainSetMemoryFlags, in KiB. Flags are
// VIR_DOMAIN_MEM_….
func (s *State) DomainSetMemoryFlags(ref DomainRef, kib uint64, flags uint32) error {
	return s.setDomainMemory("virDomainSetMemoryFlags", ref, kib, flags)
}

func (s *State) setDomainMemory(function string, ref DomainRef, kib uint64, flags uint32) error {
	if kib == 0 {
		return InvalidArg(FromDomain, function, "memory", fmt.Sprintf("memory in %s must not be zero", function))
	}
	if kib >= math.MaxInt64/1024 {
		return Errorf(FromDomain, libvirt.ErrOverflow, "input too large: %d", kib)
	}
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainCall("DomainSetMemoryFlags", ref, flags)
	if err != nil {
		return err
	}
	t := &s.traits.Domain
	if t.OneMemoryDef && flags&affectLive != 0 && flags&affectConfig != 0 {
		return exclusiveFlags("virDomainObjGetOneDefState", "flags", "VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG")
	}
	live, config, err := dom.defs(flags)
	if err != nil {
		return err
	}
	if flags&uint32(libvirt.DomainMemMaximum) != 0 {
		switch {
		case live != nil:
			return t.errorf(libvirt.ErrOperationInvalid, "cannot resize the maximum memory on an active domain")
		case xmlChild(config.root, "cpu", "numa") != nil:
			return t.errorf(libvirt.ErrOperationInvalid, "initial memory size of a domain with NUMA nodes cannot be modified with this API")
		case config.hotplugMemory() != 0 && config.hotplugMemory() < kib:
			return t.errorf(libvirt.ErrOperationInvalid, "cannot set initial memory size greater than the maximum memory size")
		}
		config.setMemory(kib)
		return nil
	}
	for _, def := range []*domainDef{live, config} {
		if def != nil && kib > def.memory {
			return t.errorf(libvirt.ErrInvalidArg, "cannot set memory higher than max memory")
		}
	}
	// The guest's balloon driver complies at once.
	if live != nil {
		live.setCurrentMemory(kib)
		if t.Guest.Events {
			s.emitLocked(DomainBalloonChangeEvent{Domain: dom.ref(), Actual: kib})
		}
	}
	if config != nil {
		config.setCurrentMemory(kib)
	}
	return nil
}
