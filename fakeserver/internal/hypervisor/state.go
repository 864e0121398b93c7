package hypervisor

import (
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

	mu     sync.Mutex // of what follows, up to chance
	events events
	objectState
	domains domains

	chance chance

	host hostState
}

// New makes a State without objects.
func New(cfg Config) *State {
	s := &State{traits: cfg.Traits, now: cfg.Now, chance: newChance(cfg.Seed)}
	if s.now == nil {
		s.now = time.Now
	}
	s.host = newHostState(cfg.Traits.Host.Capabilities, cfg.Hostname, s.now())
	return s
}
