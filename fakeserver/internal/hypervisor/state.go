package hypervisor

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Config is what a State is made with.
type Config struct {
	// Traits is what the driver does in its own way. Required.
	Traits *Traits
	// Now tells the time; nil means time.Now.
	Now func() time.Time
	// Seed makes UUIDs, MAC addresses and other chosen values repeat: two
	// States with the same seed and the same calls are equal.
	Seed [32]byte
	// Hostname is the name of the host; "" means "localhost".
	Hostname string
}

// State is what one driver instance holds. Its methods are safe for concurrent
// use.
type State struct {
	traits *Traits
	now    func() time.Time

	mu     sync.Mutex
	rand   *rand.ChaCha8
	events events
	objectState
	domains domains

	host hostState
}

// New makes a State without objects.
func New(cfg Config) *State {
	s := &State{traits: cfg.Traits, now: cfg.Now, rand: rand.NewChaCha8(cfg.Seed)}
	if s.now == nil {
		s.now = time.Now
	}
	s.host = newHostState(cfg.Traits.Host.Capabilities, cfg.Hostname, s.now())
	return s
}

// newUUIDLocked makes a random UUID, of version 4 as libvirt's are.
func (s *State) newUUIDLocked() UUID {
	var id UUID
	s.rand.Read(id[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}
