package fakeserver

import (
	"encoding/binary"
	"slices"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// wrong is what faults do to one reply. Its fields come from the rules that the
// call met, in the order in which they were injected; of those that exclude each
// other the first counts.
type wrong struct {
	x *exchange

	drop    bool
	repeat  int
	headers []*fault.WrongReply
	garble  *fault.Garble
	bytes   []*fault.Handle // actions on bytes, from this reply on
	reorder *fault.Handle
	end     *fault.Handle // closes the connection instead of the reply, or after it
	held    bool          // the connection's events wait for the reply
}

// wronged returns what faults do to the reply of x, nothing so far.
func (x *exchange) wronged() *wrong {
	if x.wrong == nil {
		x.wrong = &wrong{x: x}
	}
	return x.wrong
}

// send sends the reply with everything that is wrong about it.
func (w *wrong) send(h rpc.Header, encode func(*rpc.Encoder, any), payload any) (int, error) {
	c := w.x.conn
	frame, err := w.frame(h, encode, payload)
	if err != nil {
		return 0, err
	}
	if w.reorder != nil {
		w.waitBehind()
	}
	if w.end != nil && w.end.Rule().Close.When == fault.InsteadOfReply {
		return 0, c.hangUp(w.end.Rule().Close.Reset)
	}
	if err := w.arm(); err != nil {
		return 0, err
	}
	if w.drop {
		return 0, nil
	}
	for range max(1, w.repeat) {
		// Copies must not pile up for a client that does not read.
		if c.out.waiting() >= flushSize {
			if err := c.out.flush(); err != nil {
				return 0, err
			}
		}
		if err := c.out.appendBytes(frame, w.armAbove); err != nil {
			return 0, err
		}
	}
	if w.end != nil {
		return len(frame), c.hangUp(w.end.Rule().Close.Reset)
	}
	return len(frame), nil
}

// over ends what the faults hold up until the reply: it was sent, or will not be.
func (w *wrong) over() {
	if w.held {
		w.x.conn.out.releaseEvents()
	}
}

// frame makes the bytes of the reply.
func (w *wrong) frame(h rpc.Header, encode func(*rpc.Encoder, any), payload any) ([]byte, error) {
	scratch := newWriter(nil)
	if _, err := scratch.append(h, encode, payload); err != nil {
		return nil, err
	}
	frame := scratch.enc.Buf
	if g := w.garble; g != nil {
		if len(g.Payload) > 0 {
			frame = append(frame[:rpc.HeaderSize], g.Payload...)
		} else {
			frame = frame[:min(len(frame), rpc.HeaderSize+g.Keep)]
		}
		rpc.FinishFrame(frame, 0)
	}
	for _, wrong := range slices.Backward(w.headers) { // so that the first has the last word
		put(frame, 0, wrong.Length)
		put(frame, 4, wrong.Program)
		put(frame, 8, wrong.Version)
		put(frame, 12, wrong.Procedure)
		put(frame, 16, wrong.Type)
		put(frame, 20, wrong.Serial)
		put(frame, 24, wrong.Status)
	}
	return frame, nil
}

// put replaces the word at offset, if there is one to replace it with.
func put[T uint32 | int32](frame []byte, offset int, word *T) {
	if word != nil {
		binary.BigEndian.PutUint32(frame[offset:], uint32(*word))
	}
}

// waitBehind waits until later calls have been answered.
func (w *wrong) waitBehind() {
	c := w.x.conn
	// Once somebody else reads, later calls may be answered at any time.
	until := c.replies.n.Load() + uint64(max(1, w.reorder.Rule().Reorder.Behind))
	w.x.call.Blocking()
	c.replies.wait(c.ctx, until, w.reorder.Removed())
}

// arm begins the actions on bytes that count from elsewhere than the reply's
// place above the encryption.
func (w *wrong) arm() error {
	c := w.x.conn
	for _, h := range w.bytes {
		at := h.Rule().Action.Place()
		switch {
		case at.Direction == fault.FromClient:
			c.server.armed.begin(h, c.layer(at.Layer))
		case at.Layer == fault.Beneath:
			// What waits in front of the reply must not be counted.
			if err := c.out.drain(); err != nil {
				return err
			}
			c.server.armed.begin(h, c.beneath)
		}
	}
	return nil
}

// armAbove begins those that count from the reply's place in what the
// connection sends; it runs right before the reply is added.
func (w *wrong) armAbove(offset int64) {
	c := w.x.conn
	for _, h := range w.bytes {
		if at := h.Rule().Action.Place(); at.Direction == fault.ToClient && at.Layer == fault.Above {
			c.server.armed.beginAt(h, c.above, offset)
		}
	}
	w.bytes = nil // a repeated reply does not begin them again
}
