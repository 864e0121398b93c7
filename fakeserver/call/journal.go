package call

import (
	"context"
	"slices"
	"sync"
	"time"
)

// What a journal keeps. Calls beyond are dropped, the oldest first.
const (
	// MaxRecords is how many calls.
	MaxRecords = 4096
	// MaxRecordBytes is how many bytes of frames, calls and replies together.
	MaxRecordBytes = 64 << 20
)

// firstRecords is what a journal makes room for at the first call.
const firstRecords = 16

// Journal remembers what clients did, in the order in which it arrived. It is
// safe for concurrent use. The server writes it, with Begin, Fault, End, Replied,
// Connected, Disconnected and LoggedIn, and for SSH with BeginCommand,
// CommandSocket, EndCommand and RefuseCommand; everyone may read.
type Journal struct {
	now func() time.Time

	mu sync.Mutex
	// ring holds n records from head on; its length is zero or a power of two.
	// Their numbers follow each other, and last is the newest.
	ring    []Record
	head, n int
	last    uint64
	bytes   int
	dropped uint64
	waiters []*waiter[Record]
	// aside are calls that ring has dropped and that are still being handled; nil
	// while nobody observes.
	aside map[uint64]*Record

	observing observers

	logins   book[LoginRecord]
	commands book[CommandRecord]

	connections []*ConnectionRecord
	live        map[uint64]*ConnectionRecord
}

// NewJournal makes a journal that tells the time by now. It takes no memory to
// speak of before the first call.
func NewJournal(now func() time.Time) *Journal { return &Journal{now: now} }

// Begin notes that a call of callBytes bytes has arrived, and returns its
// number, which c.Seq returns from then on.
func (j *Journal) Begin(c *Call, callBytes int) (seq uint64) {
	args, secret := redact(c.Args)
	now := j.now()
	j.mu.Lock()
	j.last++
	seq = j.last
	r := j.pushLocked()
	r.Seq, r.Procedure, r.Peer, r.Serial = seq, c.Procedure, c.Peer, c.Serial
	r.Args, r.argsSecret, r.Begin, r.size = args, secret, now, callBytes
	j.bytes += callBytes
	j.changedLocked(r)
	j.mu.Unlock()
	c.seq = seq
	return seq
}

// End notes how a call is answered: with ret, or with err, the error that the
// client gets, in a reply of replyBytes bytes. It comes before the reply can leave,
// so that a client that has its answer finds its call finished; if the length is
// not known by then, it is 0, and Replied tells it. A second End, because the
// answer did not fit the protocol, replaces the first.
func (j *Journal) End(seq uint64, ret any, err error, replyBytes int) {
	secret := 0
	if ret != nil {
		ret, secret = redact(ret)
	}
	end := ended{ret, secret, err, j.now(), replyBytes}
	if j.observing.n.Load() > 0 {
		j.endObserved(seq, end)
		return
	}
	j.mu.Lock()
	if r := j.recordLocked(seq); r != nil {
		j.endLocked(r, end)
	}
	j.mu.Unlock()
}

// ended is what End notes.
type ended struct {
	ret    any
	secret int
	err    error
	at     time.Time
	bytes  int
}

func (e *ended) note(r *Record) {
	r.Ret, r.retSecret, r.Err, r.End, r.Finished = e.ret, e.secret, e.err, e.at, true
}

// endLocked notes the end of a call that the ring has.
func (j *Journal) endLocked(r *Record, end ended) {
	end.note(r)
	r.size += end.bytes
	j.bytes += end.bytes
	j.changedLocked(r)
}

// Replied notes the length of a call's reply, if End did not know it.
func (j *Journal) Replied(seq uint64, bytes int) {
	j.mu.Lock()
	if r := j.recordLocked(seq); r != nil {
		r.size += bytes
		j.bytes += bytes
		j.trimLocked()
	}
	j.mu.Unlock()
}

// Fault notes what a fault did to a call.
func (j *Journal) Fault(seq uint64, name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r := j.recordLocked(seq); r != nil {
		r.Faults = append(slices.Clip(r.Faults), name) // others may hold the old list
		j.changedLocked(r)
	} else if r := j.aside[seq]; r != nil {
		r.Faults = append(slices.Clip(r.Faults), name)
	}
}

// pushLocked returns the place of a new record, which is zero.
func (j *Journal) pushLocked() *Record {
	switch {
	case j.n == MaxRecords:
		j.dropLocked()
	case j.n == len(j.ring):
		ring := make([]Record, max(firstRecords, 2*len(j.ring)))
		for i := range j.n {
			ring[i] = *j.atLocked(i)
		}
		j.ring, j.head = ring, 0
	}
	j.n++
	return j.atLocked(j.n - 1)
}

// atLocked returns the i-th record, counted from the oldest.
func (j *Journal) atLocked(i int) *Record { return &j.ring[(j.head+i)&(len(j.ring)-1)] }

// recordLocked returns the record of that number, nil if it was dropped.
func (j *Journal) recordLocked(seq uint64) *Record {
	age := j.last - seq
	if seq > j.last || age >= uint64(j.n) {
		return nil
	}
	return j.atLocked(j.n - 1 - int(age))
}

// dropLocked forgets the oldest record.
func (j *Journal) dropLocked() {
	r := j.atLocked(0)
	j.bytes -= r.size
	j.keepAsideLocked(r)
	*r = Record{}
	j.head = (j.head + 1) & (len(j.ring) - 1)
	j.n--
	j.dropped++
}

// changedLocked tells those who wait, then drops what has become too much.
func (j *Journal) changedLocked(r *Record) {
	for _, w := range j.waiters {
		w.add(r)
	}
	j.trimLocked()
}

func (j *Journal) trimLocked() {
	for j.bytes > MaxRecordBytes && j.n > 0 {
		j.dropLocked()
	}
}

// Records returns the calls that the journal still has, the oldest first.
func (j *Journal) Records() []Record { return j.Since(0) }

// Since returns those of Records whose numbers are above seq.
func (j *Journal) Since(seq uint64) []Record {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.sinceLocked(seq)
}

func (j *Journal) sinceLocked(seq uint64) []Record {
	if seq >= j.last || j.n == 0 {
		return nil
	}
	first := j.n - int(min(j.last-seq, uint64(j.n)))
	records := make([]Record, 0, j.n-first)
	for i := first; i < j.n; i++ {
		records = append(records, *j.atLocked(i))
	}
	return records
}

// Last returns the number of the newest call, 0 before the first: what
// [Journal.Since] takes to give only what is still to come.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// Dropped tells how many calls the journal has forgotten for want of room.
func (j *Journal) Dropped() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.dropped
}

// Reset forgets all calls, all connections that are closed, and all logins and
// commands. Numbers go on; calls and commands that are being handled stay
// forgotten, but for those who observe.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.n {
		j.keepAsideLocked(j.atLocked(i))
	}
	j.ring, j.head, j.n, j.bytes, j.dropped = nil, 0, 0, 0, 0
	j.logins.reset()
	j.commands.reset()
	j.connections = slices.DeleteFunc(j.connections, func(c *ConnectionRecord) bool { return !c.Closed.IsZero() })
}

// Wait returns the first call for which match reports true: of those that the
// journal has, else of those to come. A call that is still being handled is shown
// to match as well, and again whenever its record changes: when a fault is noted,
// and when it is answered. It returns ctx's error if that ends first.
//
// match is called by the goroutine that waits, and must not change the record.
func (j *Journal) Wait(ctx context.Context, match func(*Record) bool) (Record, error) {
	return wait(ctx, &j.mu, &j.waiters, func() []Record { return j.sinceLocked(0) }, match)
}
