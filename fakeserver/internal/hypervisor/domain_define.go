package hypervisor

import (
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// DomainDefineXMLFlags is virDomainDefineXMLFlags: it makes a persistent domain,
// or changes what an existing one of the same name and UUID is from its next
// start on. Flags are VIR_DOMAIN_DEFINE_…; VALIDATE is taken, but there is no
// schema here to validate against.
func (s *State) DomainDefineXMLFlags(xml string, flags uint32) (DomainRef, error) {
	if err := s.traits.Domain.checkDomainFlags("DomainDefineXMLFlags", flags); err != nil {
		return DomainRef{}, err
	}
	def, err := s.parseDomain(xml)
	if err != nil {
		return DomainRef{}, err
	}
	if strings.Contains(def.name, "\n") {
		return DomainRef{}, Errorf(FromXML, libvirt.ErrXMLDetail, "invalid char in %s: %c", "name", '\n')
	}
	s.mu.Lock()
	defer s.unlock()
	dom, replaced, err := s.assignDomainLocked(def, false)
	if err != nil {
		return DomainRef{}, err
	}
	dom.persistent = true
	detail := libvirt.DomainEventDefinedAdded
	if replaced {
		detail = libvirt.DomainEventDefinedUpdated
	}
	s.lifecycleLocked(dom.ref(), libvirt.DomainEventDefined, int32(detail))
	return dom.ref(), nil
}

// AddDomain puts a domain there as if it had always been, without an event. The
// errors are those of virDomainDefineXML. A domain that is neither active nor
// persistent would not exist.
func (s *State) AddDomain(xml string, standing Standing) (DomainRef, error) {
	def, err := s.parseDomain(xml)
	if err != nil {
		return DomainRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	dom, _, err := s.assignDomainLocked(def, standing.Active)
	if err != nil {
		return DomainRef{}, err
	}
	dom.persistent, dom.autostart = standing.Persistent, standing.Autostart
	if standing.Active && !dom.active() {
		if err := s.activateLocked(dom); err != nil {
			return DomainRef{}, err
		}
		dom.set(libvirt.DomainRunning, int32(libvirt.DomainRunningUnknown))
	}
	return dom.ref(), nil
}

// assignDomainLocked is virDomainObjListAdd: it gives a definition to the
// domain of its UUID, or makes one. live says that the definition is about to
// run. replaced says that there was a definition to replace.
func (s *State) assignDomainLocked(def *domainDef, live bool) (dom *domain, replaced bool, err error) {
	dom = s.domains.byUUID[def.uuid]
	if dom == nil {
		if other := s.domains.byName[def.name]; other != nil {
			return nil, false, Errorf(FromDomain, libvirt.ErrOperationFailed,
				"domain '%s' already exists with uuid %s", def.name, other.def.uuid)
		}
		dom = &domain{def: def, id: -1, state: int32(libvirt.DomainShutoff)}
		s.domains.add(dom)
		return dom, false, nil
	}
	if dom.def.name != def.name {
		return nil, false, Errorf(FromDomain, libvirt.ErrOperationFailed,
			"domain '%s' is already defined with uuid %s", dom.def.name, def.uuid)
	}
	switch {
	case live && dom.active():
		return nil, false, Errorf(FromDomain, libvirt.ErrOperationInvalid, "domain '%s' is already active", def.name)
	case live:
		if dom.newDef == nil {
			dom.newDef = dom.def
		}
		dom.def = def
	case dom.active():
		replaced = dom.newDef != nil
		dom.newDef = def
	default:
		replaced = true
		dom.def = def
	}
	return dom, replaced, nil
}

// lifecycleLocked tells of a VIR_DOMAIN_EVENT_ID_LIFECYCLE event.
func (s *State) lifecycleLocked(ref DomainRef, event libvirt.DomainEventType, detail int32) {
	s.emitLocked(DomainLifecycleEvent{Domain: ref, Event: int32(event), Detail: detail})
}

// DomainUndefineFlags is virDomainUndefineFlags: an inactive domain is gone, an
// active one becomes transient. Flags are VIR_DOMAIN_UNDEFINE_….
func (s *State) DomainUndefineFlags(ref DomainRef, flags uint32) error {
	s.mu.Lock()
	defer s.unlock()
	t := &s.traits.Domain
	if err := t.checkDomainFlags("DomainUndefineFlags", flags); err != nil {
		return err
	}
	for _, pair := range []struct {
		both uint32
		noun string
	}{
		{uint32(libvirt.DomainUndefineNvram | libvirt.DomainUndefineKeepNvram), "nvram"},
		{uint32(libvirt.DomainUndefineTpm | libvirt.DomainUndefineKeepTpm), "TPM"},
	} {
		if flags&pair.both == pair.both {
			return t.errorf(libvirt.ErrOperationInvalid, "cannot both keep and delete %s", pair.noun)
		}
	}
	dom, err := s.domainLocked(ref)
	if err != nil {
		return err
	}
	if !dom.persistent {
		if err := t.Refusals.UndefineTransient.error(ref.Name); err != nil {
			return err
		}
	}
	if dom.managedSave && flags&uint32(libvirt.DomainUndefineManagedSave) == 0 {
		return t.errorf(libvirt.ErrOperationInvalid, "Refusing to undefine while domain managed save image exists")
	}
	s.undefineLocked(dom)
	return nil
}

// undefineLocked removes a domain's definition, and the domain unless it is
// active.
func (s *State) undefineLocked(dom *domain) {
	s.lifecycleLocked(dom.ref(), libvirt.DomainEventUndefined, int32(libvirt.DomainEventUndefinedRemoved))
	dom.managedSave = false
	dom.persistent = false
	if !dom.active() {
		s.domains.remove(dom)
	}
}

// DomainUndefine is virDomainUndefine.
func (s *State) DomainUndefine(ref DomainRef) error { return s.DomainUndefineFlags(ref, 0) }

// DomainRename is virDomainRename, of an inactive persistent domain. It knows no
// flags.
func (s *State) DomainRename(ref DomainRef, name string, flags uint32) error {
	if name == "" {
		return InvalidArg(FromDomain, "virDomainRename", "new_name",
			"string new_name in virDomainRename must not be empty")
	}
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainCall("DomainRename", ref, flags)
	if err != nil {
		return err
	}
	t := &s.traits.Domain
	switch {
	case dom.active():
		return t.errorf(libvirt.ErrOperationInvalid, "cannot rename active domain")
	case !dom.persistent:
		return t.errorf(libvirt.ErrOperationInvalid, "cannot rename a transient domain")
	case dom.managedSave && t.Refusals.RenameSaved.Text != "":
		return t.Refusals.RenameSaved.error(ref.Name)
	case dom.def.name == name:
		return Errorf(FromDomain, libvirt.ErrOperationInvalid, "Can't rename domain to itself")
	case s.domains.byName[name] != nil:
		return Errorf(FromDomain, libvirt.ErrOperationInvalid, "domain with name '%s' already exists", name)
	case strings.Contains(name, "/"):
		return t.errorf(libvirt.ErrXMLError, "name %s cannot contain '/'", name)
	}
	s.lifecycleLocked(dom.ref(), libvirt.DomainEventUndefined, int32(libvirt.DomainEventUndefinedRenamed))
	delete(s.domains.byName, dom.def.name)
	dom.def.rename(name)
	s.domains.byName[name] = dom
	s.lifecycleLocked(dom.ref(), libvirt.DomainEventDefined, int32(libvirt.DomainEventDefinedRenamed))
	return nil
}
