package call

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// observers are those who see the calls of a journal as they end.
type observers struct {
	n atomic.Int32 // how many; without any, the end of a call costs this look
	// mu is held while they are told, and is taken before the journal's own lock.
	mu   sync.Mutex
	list []*observer
}

type observer struct {
	since uint64
	f     func(r, was *Record)
}

// Observe has f see each call that arrives from now on, once it has ended,
// however many the journal forgets meanwhile. An end that replaces the first, see
// [Journal.End], is shown as well; was is then what f was shown before, and else
// nil. f must not change the records, and may keep copies of them.
//
// f is called by the goroutine that answers the call, before the reply can leave:
// a client that has its answer finds that f has seen the call. No lock is held
// that the journal's readers want, but one that has f called for one call at a
// time: f must not wait for calls of the same node, and must not call Observe or
// stop.
//
// stop ends it, and returns once f is not running and will not be called again. It
// returns the calls that arrived meanwhile and have not ended yet, the oldest
// first; further calls of stop return none. While nobody observes, calls cost no
// more than without this.
func (j *Journal) Observe(f func(r, was *Record)) (stop func() (unfinished []Record)) {
	o := &observer{f: f}
	j.observing.mu.Lock()
	defer j.observing.mu.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	o.since = j.last
	j.observing.list = append(j.observing.list, o)
	j.observing.n.Add(1)
	return func() []Record { return j.unobserve(o) }
}

// unobserve is what Observe's stop does.
func (j *Journal) unobserve(o *observer) (unfinished []Record) {
	j.observing.mu.Lock()
	defer j.observing.mu.Unlock()
	i := slices.Index(j.observing.list, o)
	if i < 0 {
		return nil
	}
	j.observing.list = slices.Delete(j.observing.list, i, i+1)
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, seq := range slices.Sorted(maps.Keys(j.aside)) {
		if seq > o.since {
			unfinished = append(unfinished, *j.aside[seq])
		}
	}
	for _, r := range j.sinceLocked(o.since) {
		if !r.Finished {
			unfinished = append(unfinished, r)
		}
	}
	if j.observing.n.Add(-1) == 0 {
		j.aside = nil
	}
	return unfinished
}

// endObserved notes the end of a call and tells those who observe.
func (j *Journal) endObserved(seq uint64, end ended) {
	j.observing.mu.Lock()
	defer j.observing.mu.Unlock() // also if f ends the goroutine
	var r, was Record
	j.mu.Lock()
	switch found := j.recordLocked(seq); {
	case found != nil:
		was = *found
		r = was
		end.note(&r)
		j.endLocked(found, end) // which may drop it
	case j.aside[seq] != nil:
		r = *j.aside[seq]
		delete(j.aside, seq)
		end.note(&r)
	default:
		j.mu.Unlock()
		return
	}
	j.mu.Unlock()
	for _, o := range j.observing.list {
		switch {
		case seq <= o.since:
		case was.Finished:
			o.f(&r, &was)
		default:
			o.f(&r, nil)
		}
	}
}

// keepAsideLocked keeps a call that the ring drops for those who observe, until
// it ends.
func (j *Journal) keepAsideLocked(r *Record) {
	if r.Finished || j.observing.n.Load() == 0 {
		return
	}
	if j.aside == nil {
		j.aside = make(map[uint64]*Record)
	}
	kept := *r
	j.aside[r.Seq] = &kept
}
