package hypervisor

import (
	"cmp"
	"errors"
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"
)

// makeDomainsLocked makes all domains. Those that are told as they run come first,
// so that those which are started here take nothing away from them.
func (s *State) makeDomainsLocked(o Objects) error {
	if o.LastDomainID < 0 || o.LastDomainID > maxGivenID || o.NetworkDevices < 0 || o.NetworkDevices > maxGivenID {
		return fmt.Errorf("counters %d and %d: want 0 to %d", o.LastDomainID, o.NetworkDevices, maxGivenID)
	}
	for i, x := range o.Domains {
		if err := s.makeDomainLocked(x, o.Verbatim); err != nil {
			return fmt.Errorf("domain %d: %w", i, err)
		}
	}
	for id := range s.domains.byID {
		s.domains.lastID = max(s.domains.lastID, id)
	}
	s.domains.lastID = max(s.domains.lastID, o.LastDomainID)
	if o.NetworkDevices != 0 {
		s.domains.taps = o.NetworkDevices
	}
	for i, x := range o.Domains {
		dom := s.domains.list[i]
		if dom.is(libvirt.DomainShutoff) {
			continue
		}
		if !dom.active() {
			s.domains.activate(dom)
		}
		if x.LiveXML != "" {
			continue
		}
		if dom.persistent {
			dom.newDef = dom.def.clone()
		}
		if err := s.goLiveLocked(dom); err != nil {
			return fmt.Errorf("domain %d (%s): %w", i, dom.def.name, err)
		}
	}
	return nil
}

// maxGivenID leaves ids for the domains that are started later.
const maxGivenID = 1 << 30

// check refuses what no domain can be.
func (o *DomainObject) check(active bool) error {
	switch {
	case o.XML == "" && o.LiveXML == "":
		return errors.New("no XML")
	case o.XML == "" && !o.Transient:
		return errors.New("LiveXML alone, of a domain that is not transient")
	case !active && o.Transient:
		return errors.New("transient and not active: it would not be there")
	case !active && (o.LiveXML != "" || o.StartXML != "" || o.ID != 0):
		return errors.New("LiveXML, StartXML or an ID of a domain that is shut off")
	case o.StartXML != "" && o.LiveXML == "":
		return errors.New("StartXML without LiveXML")
	case o.ID < 0 || o.ID > maxGivenID:
		return fmt.Errorf("id %d: want 1 to %d", o.ID, maxGivenID)
	case o.RebootPending && o.State != "paused":
		return errors.New("RebootPending of a domain that is not paused")
	}
	return nil
}

// makeDomainLocked makes a domain. One that is to be started is left without
// being active.
func (s *State) makeDomainLocked(o DomainObject, verbatim bool) error {
	state, reason, err := stateNumbers(o.State, o.Reason)
	if err != nil {
		return err
	}
	active := state != int32(libvirt.DomainShutoff)
	if err := o.check(active); err != nil {
		return err
	}
	dom := &domain{
		id: -1, state: state, reason: reason,
		persistent: !o.Transient, autostart: o.Autostart,
		managedSave: o.ManagedSave, savedPaused: o.SavedPaused,
		powerButton: o.RebootPending,
	}
	if o.XML != "" {
		if dom.def, err = s.readDefinition(o.XML, verbatim); err != nil {
			return err
		}
	}
	if o.LiveXML != "" {
		dom.newDef = dom.def
		if dom.def, err = s.readLiveDomain(o.LiveXML, cmp.Or(o.StartXML, o.XML, o.LiveXML), verbatim); err != nil {
			return fmt.Errorf("LiveXML: %w", err)
		}
		if n := dom.newDef; n != nil && (n.name != dom.def.name || n.uuid != dom.def.uuid) {
			return fmt.Errorf("XML is of %s (%s), LiveXML of %s (%s)", n.name, n.uuid, dom.def.name, dom.def.uuid)
		}
	}
	for _, other := range []*domain{s.domains.byName[dom.def.name], s.domains.byUUID[dom.def.uuid]} {
		if other != nil {
			return fmt.Errorf("%s is in the way of %s", other.ref(), dom.ref())
		}
	}
	s.domains.add(dom)
	if active {
		if dom.started = o.Started; dom.started.IsZero() {
			dom.started = s.now()
		}
	}
	if o.ID != 0 {
		if other := s.domains.byID[o.ID]; other != nil {
			return fmt.Errorf("%s has the id of %s, %d", other.ref(), dom.ref(), o.ID)
		}
		dom.id = o.ID
		s.domains.byID[dom.id] = dom
	}
	if err := s.claimLocked(dom); err != nil {
		return fmt.Errorf("%s: %w", dom.ref(), err)
	}
	return nil
}
