package fakeserver

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Domain names a domain, in go-libvirt's form. ID is -1 while it is inactive.
type Domain = libvirt.Domain

func domain(ref hypervisor.DomainRef) Domain {
	return Domain{Name: ref.Name, UUID: libvirt.UUID(ref.UUID), ID: ref.ID}
}

// Domains returns all domains, active ones and others.
func (d *Driver) Domains() []Domain {
	refs, err := d.state.ConnectListAllDomains(0)
	if err != nil {
		return nil // no flag is unknown: there is none
	}
	all := make([]Domain, len(refs))
	for i, ref := range refs {
		all[i] = domain(ref)
	}
	return all
}

// Domain looks a domain up by its name (virDomainLookupByName).
func (d *Driver) Domain(name string) (Domain, error) {
	ref, err := d.state.DomainLookupByName(name)
	return domain(ref), public(err)
}

// DefineDomain defines a domain, or changes one of the same name and UUID
// (virDomainDefineXML).
func (d *Driver) DefineDomain(xml string) (Domain, error) {
	ref, err := d.state.DomainDefineXMLFlags(xml, 0)
	return domain(ref), public(err)
}

// CreateDomain starts a domain that is gone once it ends (virDomainCreateXML).
func (d *Driver) CreateDomain(xml string) (Domain, error) {
	ref, err := d.state.DomainCreateXML(xml, 0)
	return domain(ref), public(err)
}

// DomainXML returns a domain's XML (virDomainGetXMLDesc).
func (d *Driver) DomainXML(name string, flags libvirt.DomainXMLFlags) (string, error) {
	ref, err := d.state.DomainLookupByName(name)
	if err != nil {
		return "", public(err)
	}
	xml, err := d.state.DomainGetXMLDesc(ref, uint32(flags))
	return xml, public(err)
}

// DomainState returns a domain's state and the reason of it
// (virDomainGetState), the latter by the numbers of that state's own list.
func (d *Driver) DomainState(name string) (state libvirt.DomainState, reason int32, err error) {
	ref, err := d.state.DomainLookupByName(name)
	if err != nil {
		return 0, 0, public(err)
	}
	st, reason, err := d.state.DomainGetState(ref, 0)
	return libvirt.DomainState(st), reason, public(err)
}

// StartDomain starts a defined domain (virDomainCreate).
func (d *Driver) StartDomain(name string) error { return d.domain(name, d.state.DomainCreate) }

// ShutdownDomain asks the guest to shut down, which it does at once
// (virDomainShutdown).
func (d *Driver) ShutdownDomain(name string) error { return d.domain(name, d.state.DomainShutdown) }

// DestroyDomain ends a domain without asking its guest (virDomainDestroy).
func (d *Driver) DestroyDomain(name string) error { return d.domain(name, d.state.DomainDestroy) }

// UndefineDomain removes a domain's definition (virDomainUndefine).
func (d *Driver) UndefineDomain(name string) error { return d.domain(name, d.state.DomainUndefine) }

// SuspendDomain pauses a domain (virDomainSuspend).
func (d *Driver) SuspendDomain(name string) error { return d.domain(name, d.state.DomainSuspend) }

// ResumeDomain lets a paused domain run on (virDomainResume).
func (d *Driver) ResumeDomain(name string) error { return d.domain(name, d.state.DomainResume) }

// RebootDomain asks the guest to reboot, which it does at once
// (virDomainReboot).
func (d *Driver) RebootDomain(name string) error {
	return d.domain(name, func(ref hypervisor.DomainRef) error { return d.state.DomainReboot(ref, 0) })
}

// SetDomainAutostart says whether a domain starts with the daemon
// (virDomainSetAutostart).
func (d *Driver) SetDomainAutostart(name string, autostart bool) error {
	return d.domain(name, func(ref hypervisor.DomainRef) error {
		return d.state.DomainSetAutostart(ref, autostart)
	})
}

// CrashDomain ends an active domain as the death of its hypervisor's process
// does: it is shut off, reason crashed, and a lifecycle event STOPPED, detail
// FAILED, tells so. It fails with VIR_ERR_OPERATION_INVALID for a domain that is
// not active.
func (d *Driver) CrashDomain(name string) error { return d.domain(name, d.state.CrashDomain) }

// RemoveDomain ends a domain if it is active, and removes its definition and its
// managed save, with the events of both.
func (d *Driver) RemoveDomain(name string) error { return d.domain(name, d.state.RemoveDomain) }

// StormDomain sends n lifecycle events of a domain, by turns SUSPENDED and
// RESUMED, while nothing happens to the domain.
func (d *Driver) StormDomain(name string, n int) error {
	return d.domain(name, func(ref hypervisor.DomainRef) error { return d.state.StormDomain(ref, n) })
}

// EmitDomainLifecycle sends a lifecycle event of a domain while nothing happens to
// it: a virDomainEventType and its detail, by the numbers of that event's own list.
func (d *Driver) EmitDomainLifecycle(name string, event libvirt.DomainEventType, detail int32) error {
	return d.domain(name, func(ref hypervisor.DomainRef) error {
		d.state.Emit(hypervisor.DomainLifecycleEvent{Domain: ref, Event: int32(event), Detail: detail})
		return nil
	})
}

func (d *Driver) domain(name string, do func(hypervisor.DomainRef) error) error {
	ref, err := d.state.DomainLookupByName(name)
	if err != nil {
		return public(err)
	}
	return public(do(ref))
}
