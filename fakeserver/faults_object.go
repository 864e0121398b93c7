package fakeserver

import (
	"errors"
	"fmt"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
)

// changeObjects does what a fault does to objects. c is the call that the rule
// matched, or nil.
func (s *Server) changeObjects(a fault.Action, c *call.Call) error {
	switch {
	case a.Crash != nil:
		return s.eachTarget(a.Crash.Target, c, (*Driver).CrashDomain, nil)
	case a.Vanish != nil:
		return s.eachTarget(a.Vanish.Target, c, (*Driver).RemoveDomain, (*Driver).RemoveNetwork)
	case a.Change != nil:
		return s.eachTarget(a.Change.Target, c, domainChanges[a.Change.Do], networkChanges[a.Change.Do])
	case a.Appear != nil:
		return s.appear(a.Appear, c)
	}
	return nil
}

// stormPiece is how many events of a storm are emitted before it looks whether it
// is to end. It is even, since they come in pairs.
const stormPiece = 1000

// storm emits the events of a rule, until it is removed or the node closes.
func (s *Server) storm(h *fault.Handle, c *call.Call) error {
	a := h.Rule().Storm
	d, release, err := s.driverOf(a.Driver, c)
	if err != nil {
		return err
	}
	defer release()
	for left := a.Count; err == nil && left > 0; left -= stormPiece {
		select {
		case <-h.Removed():
			return nil
		case <-s.ctx.Done():
			return errClosed
		default:
			err = d.StormDomain(a.Domain, min(left, stormPiece))
		}
	}
	return err
}

var domainChanges = map[string]func(*Driver, string) error{
	"start":    (*Driver).StartDomain,
	"shutdown": (*Driver).ShutdownDomain,
	"destroy":  (*Driver).DestroyDomain,
	"suspend":  (*Driver).SuspendDomain,
	"resume":   (*Driver).ResumeDomain,
	"reboot":   (*Driver).RebootDomain,
	"undefine": (*Driver).UndefineDomain,
}

var networkChanges = map[string]func(*Driver, string) error{
	"start":    (*Driver).StartNetwork,
	"destroy":  (*Driver).DestroyNetwork,
	"undefine": (*Driver).UndefineNetwork,
}

// driverOf returns the driver of that name; without one, the driver that the
// call's connection has open, else the node's first. release lets go of it:
// test:///default, which resets when nobody has it open, is not held by a fault.
func (s *Server) driverOf(name string, c *call.Call) (d *Driver, release func(), err error) {
	if name == "" && c != nil {
		if open := c.Session().(*exchange).conn.session.Opened(); open != nil {
			return &Driver{state: open.State, shared: open.Objects}, func() {}, nil
		}
	}
	if name == "" {
		name = s.cfg.drivers[0]
	}
	open, err := s.drivers.Use(name)
	if err != nil {
		return nil, nil, err
	}
	return &Driver{state: open.State, shared: open.Objects}, open.Close, nil
}

// eachTarget does something to each object that a target names.
func (s *Server) eachTarget(t fault.Target, c *call.Call, domain, network func(*Driver, string) error) error {
	d, release, err := s.driverOf(t.Driver, c)
	if err != nil {
		return err
	}
	defer release()
	if t.Domain == "" && t.Network == "" {
		if t = targetOf(c); t == (fault.Target{}) {
			return errors.New("the call names no domain or network")
		}
	}
	found := false
	var errs []error
	if t.Domain != "" && domain != nil {
		meant := naming.ParsePattern(t.Domain)
		for _, dom := range d.Domains() {
			if meant.Matches(naming.Object{Name: dom.Name, UUID: dom.UUID, HasUUID: true}) {
				found = true
				errs = append(errs, domain(d, dom.Name))
			}
		}
	}
	if t.Network != "" && network != nil {
		meant := naming.ParsePattern(t.Network)
		for _, net := range d.Networks() {
			if meant.Matches(naming.Object{Name: net.Name, UUID: net.UUID, HasUUID: true}) {
				found = true
				errs = append(errs, network(d, net.Name))
			}
		}
	}
	if !found {
		return fmt.Errorf("nothing is named %s", strings.TrimSpace(t.Domain+" "+t.Network))
	}
	return errors.Join(errs...)
}

// targetOf returns the object that a call is about.
func targetOf(c *call.Call) fault.Target {
	var t fault.Target
	if c == nil {
		return t
	}
	// A pattern in On may mean procedures that name no object.
	objectOf := fault.ObjectOf(c.Procedure)
	if objectOf == nil {
		return t
	}
	name, uuid, ok := objectOf(c.Args)
	if !ok {
		return t
	}
	if name == "" {
		name = uuid
	}
	name = naming.Escape(name) // brackets and stars in it would make it a pattern
	switch {
	case strings.HasPrefix(c.Procedure.Name, "Network"):
		t.Network = name
	case strings.HasPrefix(c.Procedure.Name, "Domain"), strings.HasPrefix(c.Procedure.Name, "QEMUDomain"):
		t.Domain = name
	}
	return t
}

// appear defines an object, and starts it.
func (s *Server) appear(a *fault.Appear, c *call.Call) error {
	d, release, err := s.driverOf(a.Driver, c)
	if err != nil {
		return err
	}
	defer release()
	if a.Domain != "" {
		dom, err := d.DefineDomain(a.Domain)
		if err == nil && !a.Inactive {
			err = d.StartDomain(dom.Name)
		}
		return err
	}
	net, err := d.DefineNetwork(a.Network)
	if err == nil && !a.Inactive {
		err = d.StartNetwork(net.Name)
	}
	return err
}

// withoutLeases returns the answer of a network that gave no lease.
func withoutLeases(ret any) any {
	switch ret.(type) {
	case *libvirt.NetworkGetDhcpLeasesRet:
		return &libvirt.NetworkGetDhcpLeasesRet{}
	case *libvirt.DomainInterfaceAddressesRet:
		return &libvirt.DomainInterfaceAddressesRet{}
	}
	return ret
}
