package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxSkew is how far the clocks of a client and the server may be apart.
const maxSkew = 5 * time.Minute

// replays remembers by what clients have proved who they are, so that nobody else can
// do it once more with the same.
type replays struct {
	mu   sync.Mutex
	seen map[[sha256.Size]byte]time.Time
}

// add notes a proof that was made at a time, and reports whether it is new. Those that
// are too old to be taken in any case are forgotten.
func (r *replays) add(proof []byte, made, now time.Time) bool {
	sum := sha256.Sum256(proof)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, twice := r.seen[sum]; twice {
		return false
	}
	if r.seen == nil {
		r.seen = make(map[[sha256.Size]byte]time.Time)
	}
	for old, at := range r.seen {
		if now.Sub(at) > maxSkew {
			delete(r.seen, old)
		}
	}
	r.seen[sum] = made
	return true
}
