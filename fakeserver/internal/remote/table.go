package remote

import (
	"sync"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Handler answers one call: args is the procedure's *Args, the result its *Ret.
type Handler func(s *Session, args any) (any, error)

// Table holds the handler of each procedure that this fake supports. It is not
// changed once made.
type Table struct {
	remote, qemu []Handler // by the procedure's number
}

// Supported returns the table of everything supported, the same for all nodes.
var Supported = sync.OnceValue(newTable)

func newTable() *Table {
	t := &Table{}
	registerConnect(t)
	registerAuth(t)
	registerEvents(t)
	registerDomains(t)
	registerHost(t)
	registerNetworks(t)
	registerStorage(t)
	registerNodeDevices(t)
	registerInterfaces(t)
	registerSecrets(t)
	registerNWFilters(t)
	return t
}

// Supports reports whether the procedure has a handler.
func (t *Table) Supports(p *rpc.Info) bool { return t.lookup(p) != nil }

// Serve answers a call in the order in which the daemon checks: is the
// connection open, may it do this, does the driver have the function.
func (t *Table) Serve(s *Session, p *rpc.Info, args any) (any, error) {
	if o := s.opened.Load(); o != nil {
		kind := driver.KindOf(libvirt.ErrorDomain(p.ErrorDomain))
		if err := o.admit(kind, p, args); err != nil {
			return nil, err
		}
		if o.Lacks(kind, p.Function) {
			return lacking(p)
		}
	}
	h := t.lookup(p)
	if h == nil {
		return nil, s.unsupported(p)
	}
	if s.host.Access != nil {
		return t.guarded(s, p, args, h)
	}
	return h(s, args)
}

// admit refuses a call of an open connection before any driver has a part in it.
func (o *opened) admit(kind driver.Kind, p *rpc.Info, args any) error {
	if err := o.Reach(kind); err != nil {
		return err
	}
	if o.readOnly {
		if err := p.RefuseReadOnly(args); err != nil {
			return err
		}
	}
	return nil
}

// lacking is the answer of a function that the driver has not.
func lacking(p *rpc.Info) (any, error) {
	if p == rpc.DomainGetSecurityLabelList.Info {
		// libvirt fails here without an error, and the daemon takes that for an answer.
		return &libvirt.DomainGetSecurityLabelListRet{Ret: -1}, nil
	}
	return nil, hypervisor.Unsupported(libvirt.ErrorDomain(p.ErrorDomain), p.Function)
}

func (t *Table) lookup(p *rpc.Info) Handler {
	list := t.remote
	if p.Program == rpc.ProgramQEMU {
		list = t.qemu
	}
	if int(p.Number) >= len(list) {
		return nil
	}
	return list[p.Number]
}

func (t *Table) set(p *rpc.Info, h Handler) {
	list := &t.remote
	if p.Program == rpc.ProgramQEMU {
		list = &t.qemu
	}
	for int(p.Number) >= len(*list) {
		*list = append(*list, nil)
	}
	(*list)[p.Number] = h
}

// unsupported is the answer for a procedure without a handler: that of an API
// function whose driver lacks it.
func (s *Session) unsupported(p *rpc.Info) error {
	domain := libvirt.ErrorDomain(p.ErrorDomain)
	open := s.hypervisor
	switch domain {
	case hypervisor.FromNetwork, hypervisor.FromStorage, hypervisor.FromNodeDev,
		hypervisor.FromInterface, hypervisor.FromSecret, hypervisor.FromNWFilter:
		open = s.objects
	}
	if _, err := open(); err != nil {
		return err
	}
	return hypervisor.Unsupported(domain, p.Function)
}

// handle registers the typed function that answers a procedure.
func handle[A, R any](t *Table, p *rpc.Procedure[A, R], h func(s *Session, args *A) (*R, error)) {
	t.set(p.Info, func(s *Session, args any) (any, error) {
		ret, err := h(s, args.(*A))
		if err != nil {
			return nil, err
		}
		return ret, nil
	})
}
