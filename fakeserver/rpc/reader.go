package rpc

import (
	"encoding/binary"
	"errors"
	"io"
)

// What [Reader.Next] returns for a length word that no frame may have. The
// real daemon closes the connection without a word in both cases.
var (
	ErrFrameTooShort = errors.New("frame is shorter than its header")
	ErrFrameTooLong  = errors.New("frame is longer than the protocol allows")
)

const (
	// minBuffer holds dozens of ordinary calls.
	minBuffer = 4 << 10
	// A buffer up to keepBuffer is kept for good; one up to maxKeepBuffer for
	// as long as frames make use of it, so that an upload in large chunks does
	// not grow it anew for each; one beyond is given up with its frame.
	keepBuffer    = 64 << 10
	maxKeepBuffer = 8 << 20
	// patience is how many frames in a row must have fitted into a quarter of
	// the buffer before it shrinks.
	patience = 8
)

// Reader reads whole frames from a connection. It takes what one read of the
// connection gives, which may be many frames, and hands them out one by one.
//
// Its memory follows the data that has arrived, never the length that a peer
// announces, and goes back after a large frame. A Reader may be used by one
// goroutine at a time.
type Reader struct {
	src   io.Reader
	buf   []byte
	r, w  int   // buf[r:w] has been read but not handed out
	err   error // came together with data; due when the data is used up
	small int   // frames in a row that left most of the buffer unused
}

// NewReader returns a Reader that reads from r.
func NewReader(r io.Reader) *Reader {
	return &Reader{src: r, buf: make([]byte, minBuffer)}
}

// Next returns the header and the payload of the next frame. The payload is
// valid until the next call of Next.
//
// The error is io.EOF at a clean end, io.ErrUnexpectedEOF at one inside a
// frame, [ErrFrameTooShort] or [ErrFrameTooLong] for a length word that is out
// of bounds, else the connection's own. After a timeout Next may be called
// again: nothing is lost.
//
// Like the real daemon it judges a length below 4 or above [MaxFrame] as soon
// as the length word is there, and one below [HeaderSize] when that many bytes
// have arrived.
func (r *Reader) Next() (h Header, payload []byte, err error) {
	r.shrink()
	for {
		n, err := r.frameLen()
		if err != nil {
			return Header{}, nil, err
		}
		if n > 0 && r.w-r.r >= n {
			if n < HeaderSize {
				return Header{}, nil, ErrFrameTooShort
			}
			frame := r.buf[r.r : r.r+n : r.r+n]
			r.r += n
			r.note(n)
			return parseHeader(frame), frame[HeaderSize:], nil
		}
		if err := r.fill(n); err != nil {
			return Header{}, nil, err
		}
	}
}

// Buffered reports whether a whole further frame is in memory already, so
// that Next would return it without reading from the connection.
func (r *Reader) Buffered() bool {
	n, err := r.frameLen()
	return err == nil && n >= HeaderSize && r.w-r.r >= n
}

// Pending returns how many bytes have been read from the connection and not been
// handed out.
func (r *Reader) Pending() int { return r.w - r.r }

// Discard skips n raw bytes between two frames: each file descriptor that
// comes with a call is carried by one byte after the frame, which no length
// word counts. The payload that Next returned last stays valid.
func (r *Reader) Discard(n int) error {
	k := min(n, r.w-r.r)
	r.r += k
	// What is not in memory yet must not go through the buffer: making room
	// there would move the payload that the caller still holds.
	var scratch [MaxFDs]byte
	for n -= k; n > 0; n -= k {
		if err := r.takeErr(); err != nil {
			return err
		}
		var err error
		k, err = io.ReadFull(r.src, scratch[:min(n, len(scratch))])
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// frameLen returns the length of the next frame, 0 while its length word is
// incomplete.
func (r *Reader) frameLen() (int, error) {
	if r.w-r.r < 4 {
		return 0, nil
	}
	// Compared before it becomes an int, which may have 32 bits.
	switch n := binary.BigEndian.Uint32(r.buf[r.r:]); {
	case n < 4:
		return 0, ErrFrameTooShort
	case n > MaxFrame:
		return 0, ErrFrameTooLong
	default:
		return int(n), nil
	}
}

// fill reads once from the connection, after making room. The next frame has
// n bytes, 0 if that is not known yet.
func (r *Reader) fill(n int) error {
	if err := r.takeErr(); err != nil {
		return err
	}
	switch have := r.w - r.r; {
	case have == 0:
		r.r, r.w = 0, 0
	case r.w < len(r.buf) && r.r+max(n, 4) <= len(r.buf):
		// The frame fits where it is.
	case r.r > 0:
		copy(r.buf, r.buf[r.r:r.w])
		r.r, r.w = 0, have
	}
	if r.w == len(r.buf) {
		// Full of what has really arrived, and the frame is longer. Doubling
		// keeps the memory within twice of what the peer has paid for.
		bigger := make([]byte, 2*len(r.buf))
		copy(bigger, r.buf[:r.w])
		r.buf = bigger
	}
	for range 100 {
		k, err := r.src.Read(r.buf[r.w:])
		r.w += k
		if k > 0 {
			r.err = err
			return nil
		}
		if err != nil {
			r.err = err
			return r.takeErr()
		}
	}
	return io.ErrNoProgress
}

// takeErr returns the error that the connection reported, once. A second
// attempt asks the connection again, which is how reading goes on after a
// timeout.
func (r *Reader) takeErr() error {
	err := r.err
	r.err = nil
	if err == io.EOF && r.w > r.r {
		return io.ErrUnexpectedEOF
	}
	return err
}

// note remembers how well the last frame used the buffer.
func (r *Reader) note(n int) {
	if n > len(r.buf)/4 {
		r.small = 0
	} else {
		r.small++
	}
}

// shrink gives memory back. Only Next calls it, when the last payload is no
// longer in use.
func (r *Reader) shrink() {
	if len(r.buf) <= keepBuffer {
		return
	}
	if r.small < patience && len(r.buf) <= maxKeepBuffer {
		return
	}
	have := r.w - r.r
	size := minBuffer
	for size < have {
		size *= 2
	}
	if size >= len(r.buf) {
		return
	}
	small := make([]byte, size)
	copy(small, r.buf[r.r:r.w])
	r.buf, r.r, r.w, r.small = small, 0, have, 0
}
