package netfault

import (
	"fmt"
	"slices"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// kind is what an armed action does, in the order in which those at one place
// apply.
type kind int

const (
	coalesce kind = iota
	corrupt
	stall
	end // HalfClose, Cut, Reset
	pace
)

// An armed action waits for its place or is at work. The lock of its side guards
// it, but for what is said otherwise.
type armed struct {
	kind  kind
	place int64 // the offset of the first byte that it is about
	spent bool  // it has done all it does
	hit   func()
	hits  bool // hit was called, or is about to be

	xor    []byte            // corrupt
	act    func(*Conn, bool) // end
	unread bool              // end: it wants a byte that nobody reads

	// coalesce, guarded by io
	frames  frameCounter
	scanned int // from the client: how much of held is counted,
	release int // and may pass

	// stall
	limit time.Duration // 0 is no limit
	until time.Time     // set when it has begun to hold

	// pace
	size   int                     // of a piece
	cost   func(int) time.Duration // how long after a piece the next may pass
	next   time.Time               // when it may
	credit time.Duration           // how much lateness is made up for
}

// Arm has an action on bytes, the only one that is set in a, happen at offset
// base plus its Place.After in its direction; [Conn.Offset] counts alike. See the
// package for when exactly it begins. hit, which may be nil, is called when it
// takes effect the first time: in the goroutine of whoever reads, writes or arms,
// with no lock held that Arm, disarm and Close want. disarm takes the action back
// and lets go what it holds; where it can no longer help, it does nothing. It may
// be called at any time and more than once, and waits only if a Coalesce has
// gathered what the client does not take.
//
// Arm panics if no action on bytes is set: package fault has checked its rules.
func (c *Conn) Arm(a fault.Action, base int64, hit func()) (disarm func()) {
	disarm, _ = c.ArmOver(a, base, hit)
	return disarm
}

// ArmOver is Arm, and over reports whether the action has done all that it does:
// nothing of it needs to be kept then.
func (c *Conn) ArmOver(a fault.Action, base int64, hit func()) (disarm func(), over func() bool) {
	f, d := newArmed(a, base)
	f.hit = hit
	s := c.side(d)
	s.mu.Lock()
	s.armed = slices.DeleteFunc(s.armed, func(f *armed) bool { return f.spent })
	i, _ := slices.BinarySearchFunc(s.armed, f, func(other, f *armed) int {
		if other.kind > f.kind {
			return 1
		}
		return -1 // also for the same kind: behind those that are there
	})
	s.armed = slices.Insert(s.armed, i, f)
	s.changedLocked()
	s.mu.Unlock()
	c.afterChange(s)
	disarm = func() {
		s.mu.Lock()
		i := slices.Index(s.armed, f)
		if i >= 0 {
			s.armed = slices.Delete(s.armed, i, i+1)
		}
		f.spent = true
		s.changedLocked()
		s.mu.Unlock()
		if i >= 0 {
			c.afterChange(s)
		}
	}
	over = func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return f.spent
	}
	return disarm, over
}

// afterChange has a change of what is armed take effect on what waits.
func (c *Conn) afterChange(s *side) {
	if s == &c.in {
		c.wake()
		return
	}
	c.settle(s, false)
	s.mu.Lock()
	held, waits := s.keep, s.waitsLocked()
	s.mu.Unlock()
	switch {
	case held && waits: // perhaps for what the caller disarms next
		go c.letGo() // ends with the Conn at the latest
	case held:
		c.letGo()
	}
}

// waitsLocked reports whether something armed may have bytes wait.
func (s *side) waitsLocked() bool {
	return slices.ContainsFunc(s.armed, func(f *armed) bool {
		return f.kind == stall && !f.spent || f.kind == pace && f.cost(1) > 0
	})
}

func newArmed(a fault.Action, base int64) (*armed, fault.Direction) {
	f := &armed{}
	var at fault.Place
	switch {
	case a.Cut != nil:
		f.kind, at, f.act = end, a.Cut.Place, func(c *Conn, _ bool) { c.Cut() }
	case a.Reset != nil:
		f.kind, at, f.act = end, a.Reset.Place, func(c *Conn, _ bool) { c.Reset() }
		f.unread = at.Direction == fault.FromClient
	case a.HalfClose != nil:
		f.kind, at = end, a.HalfClose.Place
		f.act = (*Conn).halfCloseOut
		if at.Direction == fault.FromClient {
			f.act = (*Conn).halfCloseIn
		}
	case a.Stall != nil:
		f.kind, at, f.limit = stall, a.Stall.Place, time.Duration(a.Stall.For)
	case a.Throttle != nil:
		f.kind, at = pace, a.Throttle.Place
		f.throttle(a.Throttle.Rate)
	case a.Drip != nil:
		f.kind, at = pace, a.Drip.Place
		f.drip(a.Drip.Size, time.Duration(a.Drip.Every))
	case a.Corrupt != nil:
		f.kind, at, f.xor = corrupt, a.Corrupt.Place, slices.Clone(a.Corrupt.XOR)
		if len(f.xor) == 0 {
			f.xor = []byte{0xff}
		}
	case a.Coalesce != nil:
		f.kind, at = coalesce, a.Coalesce.Place
		f.frames.want = max(1, a.Coalesce.Frames)
	default:
		panic(fmt.Sprintf("netfault: no action on bytes: %+v", a))
	}
	f.place = base + at.After
	return f, at.Direction
}
