package fakeserver

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

const (
	// flushSize is the amount of waiting replies from which on they go out,
	// though more calls wait to be answered.
	flushSize = 64 << 10
	// keepSize is the largest buffer that a connection keeps between writes.
	keepSize = 256 << 10
	// maxBacklog is how far the events for a client that does not read may
	// pile up before it is cut off. Replies cannot pile up: while they wait,
	// nobody reads the client's calls.
	maxBacklog = 64 << 20
)

// errBacklog ends the connection of a client that does not read its events.
var errBacklog = errors.New("the client does not read: too many events wait for it")

// writer sends whole frames. Whoever has a frame appends it; one goroutine at a
// time writes what has gathered, in one piece.
type writer struct {
	w io.Writer

	mu       sync.Mutex
	enc      rpc.Encoder // Buf holds the frames that wait
	spare    []byte      // the buffer that is not being filled
	appended int64       // all bytes that ever came
	holding  int         // events go to held while it is above 0
	held     []byte
	flushing bool
	room     *sync.Cond // what waited is being sent, or nobody sends any more
	err      error      // why nothing can be sent any more
}

func newWriter(w io.Writer) *writer {
	out := &writer{w: w}
	out.room = sync.NewCond(&out.mu)
	return out
}

// append adds one frame and returns its length. encode writes its payload; if it
// fails, nothing is added and the encoder's error returned.
func (w *writer) append(h rpc.Header, encode func(*rpc.Encoder, any), payload any) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.appendLocked(h, encode, payload)
}

func (w *writer) appendLocked(h rpc.Header, encode func(*rpc.Encoder, any), payload any) (n int, err error) {
	if w.err != nil {
		return 0, w.err
	}
	start := len(w.enc.Buf)
	defer func() {
		// An interceptor may answer with a value of another procedure's type.
		if p := recover(); p != nil {
			w.enc.Reset(w.enc.Buf[:start])
			err = fmt.Errorf("%w: a result of type %T: %v", rpc.ErrEncode, payload, p)
		}
	}()
	w.enc.Buf = rpc.AppendHeader(w.enc.Buf, h)
	if encode != nil {
		encode(&w.enc, payload)
	}
	if len(w.enc.Buf)-start > rpc.MaxFrame {
		w.enc.Fail("a frame of %d bytes", len(w.enc.Buf)-start)
	}
	if err := w.enc.Err(); err != nil {
		w.enc.Reset(w.enc.Buf[:start])
		return 0, err
	}
	rpc.FinishFrame(w.enc.Buf, start)
	n = len(w.enc.Buf) - start
	w.appended += int64(n)
	return n, nil
}

// appendBytes adds bytes that are a frame already, or are to be taken for one.
// Before that, at is told where in the stream of all bytes they begin.
func (w *writer) appendBytes(b []byte, at func(offset int64)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	if at != nil {
		at(w.appended)
	}
	w.enc.Buf = append(w.enc.Buf, b...)
	w.appended += int64(len(b))
	return nil
}

// appendEvent adds a frame that nobody asked for. It reports whether somebody
// must call flush for it: nobody does who is at it already.
func (w *writer) appendEvent(h rpc.Header, encode func(*rpc.Encoder, any), payload any) (flush bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.enc.Buf)+len(w.held) > maxBacklog {
		return false, errBacklog
	}
	if w.holding > 0 {
		// Made in its place, and moved aside from there.
		start := len(w.enc.Buf)
		if _, err = w.appendLocked(h, encode, payload); err == nil {
			w.held = append(w.held, w.enc.Buf[start:]...)
			w.appended -= int64(len(w.enc.Buf) - start)
			w.enc.Reset(w.enc.Buf[:start])
		}
		return false, err
	}
	_, err = w.appendLocked(h, encode, payload)
	return !w.flushing, err
}

// holdEvents keeps events back until as many calls of releaseEvents.
func (w *writer) holdEvents() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.holding++
}

// releaseEvents adds the events that were kept back.
func (w *writer) releaseEvents() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holding--; w.holding == 0 {
		w.enc.Buf = append(w.enc.Buf, w.held...)
		w.appended += int64(len(w.held))
		w.held = nil
	}
}

// waiting returns the number of bytes that wait to be sent.
func (w *writer) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.enc.Buf)
}

// flush sends what waits, unless somebody is at it already, who then sends
// this too. It returns the first error that sending ever met. While much waits
// behind another's write it does not return: replies would pile up for a client
// that does not read.
func (w *writer) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.flushing && w.err == nil && len(w.enc.Buf) >= flushSize {
		w.room.Wait()
	}
	if w.flushing {
		return w.err
	}
	w.flushing = true
	for len(w.enc.Buf) > 0 && w.err == nil {
		out := w.enc.Buf
		w.enc.Reset(w.spare[:0])
		w.room.Broadcast()
		w.mu.Unlock()
		_, err := w.w.Write(out)
		w.mu.Lock()
		w.spare = nil
		if cap(out) <= keepSize {
			w.spare = out[:0]
		}
		w.err = err
	}
	w.flushing = false
	w.room.Broadcast()
	return w.err
}

// drain sends what waits and returns once it is sent, whoever sends it.
func (w *writer) drain() error {
	if err := w.flush(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.flushing {
		w.room.Wait()
	}
	return w.err
}
