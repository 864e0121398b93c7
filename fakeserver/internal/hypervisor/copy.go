package hypervisor

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// Copy is what a State held at one moment: its objects, its random source and its
// counters. It never changes, and shares with no State what changes.
//
// Not in it is what a State is made with, such as the host's name, and what
// subscribed to its events.
type Copy struct {
	source   rand.ChaCha8
	objects  objectState
	domains  domains
	bootedAt time.Time
}

// Copy returns what the State holds now.
func (s *State) Copy() *Copy {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Copy{
		source:   s.chance.copy(),
		objects:  s.objectState.clone(),
		domains:  s.domains.clone(),
		bootedAt: s.host.bootedAt,
	}
}

// Restore puts the State into the one in which the Copy was made. Subscriptions
// stay, with their ids, and there are no events.
func (s *State) Restore(c *Copy) {
	objects, domains := c.objects.clone(), c.domains.clone()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chance.restore(c.source)
	s.objectState, s.domains = objects, domains
	s.host.bootedAt = c.bootedAt
}

// Begin gives the State the objects of a Copy as if they had been made now and
// here. Its random source stays where it is.
func (s *State) Begin(c *Copy) {
	objects, domains := c.objects.clone(), c.domains.clone()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objectState, s.domains = objects, domains
	now := s.now()
	for _, dom := range s.domains.list {
		if dom.active() {
			dom.started = now
		}
	}
}

// clone returns the domains, and what they hold, in the same order.
func (d *domains) clone() domains {
	c := domains{
		list:   make([]*domain, 0, len(d.list)),
		lastID: d.lastID,
		ptys:   maps.Clone(d.ptys), ports: maps.Clone(d.ports), cids: maps.Clone(d.cids),
		taps: d.taps,
	}
	for _, dom := range d.list {
		own := dom.clone()
		c.add(own)
		if own.active() {
			c.byID[own.id] = own
		}
	}
	return c
}

func (d *domain) clone() *domain {
	c := *d
	c.def = d.def.clone()
	if d.newDef != nil {
		c.newDef = d.newDef.clone()
	}
	c.ptys, c.ports, c.cids = slices.Clone(d.ptys), slices.Clone(d.ports), slices.Clone(d.cids)
	return &c
}

// clone returns the objects in lists of their own.
func (o *objectState) clone() objectState {
	return objectState{
		networks:    cloneEach(o.networks, copied),
		pools:       cloneEach(o.pools, (*storagePool).clone),
		nodeDevices: cloneEach(o.nodeDevices, copied),
		interfaces:  cloneEach(o.interfaces, copied),
		secrets:     cloneEach(o.secrets, copied),
		filters:     cloneEach(o.filters, copied),
		bindings:    cloneEach(o.bindings, copied),
	}
}

func (p *storagePool) clone() *storagePool {
	c := *p
	c.volumes = cloneEach(p.volumes, copied)
	return &c
}

// copied copies an object in which nothing that it points to ever changes: a
// network's definitions are replaced as a whole, and so are a device's
// capabilities.
func copied[T any](x *T) *T {
	c := *x
	return &c
}

func cloneEach[L ~[]T, T any](list L, clone func(T) T) L {
	if list == nil {
		return nil
	}
	c := make(L, len(list))
	for i, x := range list {
		c[i] = clone(x)
	}
	return c
}
