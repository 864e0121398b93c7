package remote

import (
	"errors"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Access decides about permissions: it reports whether one is granted.
type Access func(AccessCheck) bool

// AccessCheck is one question to the access manager.
type AccessCheck struct {
	Peer     *call.Peer
	User     string // of SASL, "" if there was none
	ReadOnly bool
	// Procedure is what was called; of an event, what registered for it.
	Procedure  *rpc.Info
	Permission string // such as "domain.start"
	// Objects is what it is about, the object first and then what it is part of;
	// nothing for the permissions of the connection.
	Objects []naming.Object
}

// guard asks the access manager for one call.
type guard struct {
	session *Session
	opened  *opened
	call    *rpc.Info
}

// guarded answers a call for which permissions may be needed, by its handler h. Where
// the real drivers ask is behind the look-up of the object and before everything that
// is said of its state.
func (t *Table) guarded(s *Session, p *rpc.Info, args any, h Handler) (any, error) {
	o := s.opened.Load()
	a := permissionsOf()[p]
	if a == nil || o == nil || !o.Driver.AsksAccess(driver.KindOf(libvirt.ErrorDomain(p.ErrorDomain))) {
		return h(s, args)
	}
	list := lists[p]
	if s.answersItself(args) || list.noRoom(args) {
		return h(s, args)
	}
	g := &guard{session: s, opened: o, call: p}
	if look := lookups[p]; look != nil {
		ret, err := h(s, args)
		if err != nil {
			return nil, err
		}
		return ret, g.found(a, look, ret, args)
	}
	for i := range a.permissions {
		perm := &a.permissions[i]
		if !perm.asked(args) {
			continue
		}
		objects, ok := g.meant(a, perm.class, args)
		if !ok {
			break // it is up to the handler to say so
		}
		if !g.may(perm.name, objects) {
			return g.refuse(a, args, h)
		}
	}
	if list.answer != nil {
		return list.answer(g, t, a.filter, args)
	}
	return h(s, args)
}

// may asks for one permission.
func (g *guard) may(permission string, objects []naming.Object) bool {
	return g.session.may(g.opened, g.call, permission, objects)
}

func (s *Session) may(o *opened, p *rpc.Info, permission string, objects []naming.Object) bool {
	check := AccessCheck{Peer: s.peer, ReadOnly: o.readOnly, Procedure: p, Permission: permission, Objects: objects}
	if user := s.user.Load(); user != nil {
		check.User = *user
	}
	return s.host.Access(check)
}

// mayOpen asks whether the client may open what CONNECT_OPEN is about to. The daemon
// asks before the session has it.
func (s *Session) mayOpen(o *opened) error {
	kind := o.Driver.Only
	if s.host.Access == nil || !o.Driver.AsksAccess(kind) || s.may(o, rpc.ConnectOpen.Info, "connect.getattr", nil) {
		return nil
	}
	return o.denied()
}

// mayReceive asks whether the client may learn of an event. The daemon does so itself,
// of every driver's events.
func (s *Session) mayReceive(registered *rpc.Info, e hypervisor.Event) bool {
	o := s.opened.Load()
	if s.host.Access == nil || o == nil {
		return true
	}
	a := permissionsOf()[registered]
	return s.may(o, registered, a.filter.name, []naming.Object{eventObject(e)})
}

func eventObject(e hypervisor.Event) naming.Object {
	switch e := e.(type) {
	case hypervisor.DomainLifecycleEvent:
		return domainObject(e.Domain)
	case hypervisor.DomainRebootEvent:
		return domainObject(e.Domain)
	case hypervisor.DomainBalloonChangeEvent:
		return domainObject(e.Domain)
	case hypervisor.DomainMetadataChangeEvent:
		return domainObject(e.Domain)
	case hypervisor.NetworkLifecycleEvent:
		return networkObject(e.Network)
	}
	return naming.Object{}
}

// denied is the one answer to whoever may not, which does not tell why.
func (o *opened) denied() error {
	return hypervisor.Errorf(hypervisor.FromAccess, libvirt.ErrAccessDenied, "'%s' denied access", o.Driver.OwnName())
}

// meant returns the objects that a permission is needed on, and false if what the
// arguments name is not there, or a document of theirs is wrong.
func (g *guard) meant(a *asks, class string, args any) ([]naming.Object, bool) {
	if class == "connect" {
		return nil, true
	}
	if a.find == nil {
		return nil, false
	}
	if xml, ok := documentOf(args); ok {
		return g.opened.defined(class, xml)
	}
	var buf [4]naming.Object
	found := a.find(args, buf[:0])
	if len(found) == 0 {
		return nil, false
	}
	return g.opened.resolve(class, found)
}

// refuse answers a call that is not permitted; h is its handler.
func (g *guard) refuse(a *asks, args any, h Handler) (any, error) {
	if g.call == rpc.ConnectGetType.Info {
		// libvirt falls back on the driver's name.
		return &libvirt.ConnectGetTypeRet{Type: g.opened.Driver.OwnName()}, nil
	}
	if err := g.badFlags(a, args, h); err != nil {
		return nil, err
	}
	return nil, g.opened.denied()
}

// badFlags returns what the driver says of the flags of a call, which it looks at
// before it asks for permission. Where the call only reads, its handler can tell.
func (g *guard) badFlags(a *asks, args any, h Handler) error {
	if a.flags == nil || a.flags(args) == 0 {
		return nil
	}
	if a.permissions[0].class == "domain" {
		return g.opened.State.CheckDomainFlags(strings.TrimPrefix(g.call.Function, "vir"), uint32(a.flags(args)))
	}
	if !g.call.ReadOnly {
		return nil
	}
	var e *hypervisor.Error
	if _, err := h(g.session, args); errors.As(err, &e) && e.Code == libvirt.ErrInvalidArg && e.Str2 == "flags" {
		return err
	}
	return nil
}

// answersItself reports whether the daemon answers a call before it would ask any
// driver: about itself, or since an argument is out of range.
func (s *Session) answersItself(args any) bool {
	event, last := int32(0), int32(1)
	switch a := args.(type) {
	case *libvirt.ConnectSupportsFeatureArgs:
		return answersFeature(a.Feature)
	case *libvirt.ConnectDomainEventRegisterAnyArgs:
		event, last = a.EventID, lastOldDomainEvent
	case *libvirt.ConnectDomainEventCallbackRegisterAnyArgs:
		event, last = a.EventID, s.lastDomainEvent()
	case *libvirt.ConnectNetworkEventRegisterAnyArgs:
		event, last = a.EventID, lastNetworkEvent
	case *libvirt.ConnectStoragePoolEventRegisterAnyArgs:
		event, last = a.EventID, lastPoolEvent
	case *libvirt.ConnectNodeDeviceEventRegisterAnyArgs:
		event, last = a.EventID, lastNodeDeviceEvent
	case *libvirt.ConnectSecretEventRegisterAnyArgs:
		event, last = a.EventID, lastSecretEvent
	}
	return event < 0 || event >= last
}
