package netfault

import "time"

const (
	// throttleShare is which part of a second's bytes Throttle lets pass in one
	// piece, and maxPiece the most that ever do.
	throttleShare = 10
	maxPiece      = 64 << 10
)

// throttle lets rate bytes pass in a second: a piece of a tenth of them at
// once, the next when the time for this one has passed, and so on. Of time in
// which nothing passed, up to a tenth of a second is made up for.
func (f *armed) throttle(rate int64) {
	rate = max(1, rate)
	f.size = int(min(max(1, rate/throttleShare), maxPiece))
	f.credit = time.Second / throttleShare
	f.cost = func(n int) time.Duration { return time.Duration(int64(n) * int64(time.Second) / rate) }
}

// drip lets pieces of size bytes pass, with every between two.
func (f *armed) drip(size int, every time.Duration) {
	f.size = max(1, size)
	f.cost = func(int) time.Duration { return every }
}

// passed notes that a piece of n bytes has passed at a time.
func (f *armed) passed(n int, now time.Time) {
	if f.credit > 0 && !f.next.IsZero() {
		if earliest := now.Add(-f.credit); f.next.Before(earliest) {
			f.next = earliest
		}
		now = f.next
	}
	f.next = now.Add(f.cost(n))
}
