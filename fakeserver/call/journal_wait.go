package call

import (
	"context"
	"slices"
	"sync"
)

// waiter is one call of Wait or of its like. The journal's lock guards its queue.
type waiter[T any] struct {
	queue []T           // what has changed since it looked last
	more  chan struct{} // something was added to queue
}

// add queues a copy of the record, for it may be dropped before match sees it.
func (w *waiter[T]) add(r *T) {
	if len(w.queue) >= 2*MaxRecords { // match does not return
		w.queue = slices.Clone(w.queue[MaxRecords:])
	}
	w.queue = append(w.queue, *r)
	select {
	case w.more <- struct{}{}:
	default:
	}
}

// wait returns the first record for which match reports true: of those that
// present returns, under the lock, else of those that are added to the waiters.
func wait[T any](ctx context.Context, mu *sync.Mutex, waiters *[]*waiter[T], present func() []T, match func(*T) bool) (T, error) {
	w := &waiter[T]{more: make(chan struct{}, 1)}
	mu.Lock()
	records := present()
	*waiters = append(*waiters, w)
	mu.Unlock()
	defer func() {
		mu.Lock()
		defer mu.Unlock()
		*waiters = slices.DeleteFunc(*waiters, func(other *waiter[T]) bool { return other == w })
	}()
	for {
		for i := range records {
			if match(&records[i]) {
				return records[i], nil
			}
		}
		select {
		case <-w.more:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
		mu.Lock()
		records, w.queue = w.queue, nil
		mu.Unlock()
	}
}

// book keeps a bounded number of records that are rare beside calls: their numbers
// follow each other, and last is the newest. The journal's lock guards it.
type book[T any] struct {
	records []T
	sizes   []int // of each, in bytes
	bytes   int
	last    uint64
	waiters []*waiter[T]
}

// add keeps a record of so many bytes, and drops the oldest that are too much. It
// calls set with the record's number, before anybody sees the record.
func (b *book[T]) add(r T, size int, set func(r *T, number uint64)) uint64 {
	b.last++
	set(&r, b.last)
	b.records, b.sizes = append(b.records, r), append(b.sizes, size)
	b.bytes += size
	b.changed(&r)
	return b.last
}

// change changes the record of that number, by which it may grow; not if it was
// dropped.
func (b *book[T]) change(number uint64, growth int, f func(*T)) {
	age := b.last - number
	if number > b.last || age >= uint64(len(b.records)) {
		return
	}
	i := len(b.records) - 1 - int(age)
	f(&b.records[i])
	b.sizes[i] += growth
	b.bytes += growth
	b.changed(&b.records[i])
}

func (b *book[T]) changed(r *T) {
	for _, w := range b.waiters {
		w.add(r)
	}
	drop := 0
	for drop < len(b.records) && (len(b.records)-drop > maxBookRecords || b.bytes > maxBookBytes) {
		b.bytes -= b.sizes[drop]
		drop++
	}
	b.records, b.sizes = slices.Delete(b.records, 0, drop), slices.Delete(b.sizes, 0, drop)
}

func (b *book[T]) reset() { b.records, b.sizes, b.bytes = nil, nil, 0 }
