package fakeserver

import (
	"errors"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
)

// Snapshot is the state of a node's drivers at one moment: their objects, when the
// host and each domain came up, random source and counters. After
// [Server.Restore], the same calls have the same results as after
// [Server.Snapshot], as far as the clock does not show in them.
//
// A Snapshot never changes, and may be restored any number of times.
type Snapshot struct{ drivers *driver.Copy }

// Snapshot returns the state of the node's drivers. Each is consistent in itself;
// calls that are made at the same time may come before it in one driver and after
// it in another.
func (s *Server) Snapshot() (*Snapshot, error) {
	if s.ctx.Err() != nil {
		return nil, errors.New("no snapshot: the node is closed")
	}
	return &Snapshot{drivers: s.drivers.Copy()}, nil
}

// Restore puts the node's drivers into the state of a Snapshot, of this node or of
// another with the same drivers; a driver that nobody had opened then begins anew.
// Connections stay open, and what clients subscribed to stays subscribed, with its
// callback ids; no events are sent. If Restore fails, nothing has changed.
func (s *Server) Restore(snapshot *Snapshot) error {
	if s.ctx.Err() != nil {
		return errors.New("nothing restored: the node is closed")
	}
	if snapshot == nil || snapshot.drivers == nil {
		return errors.New("nothing restored: the snapshot is empty, and not one of Snapshot's")
	}
	return s.drivers.Restore(snapshot.drivers)
}
