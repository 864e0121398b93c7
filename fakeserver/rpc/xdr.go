package rpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The texts are the real daemon's: it answers E(39,7,"Unable to decode message
// payload") to arguments that do not decode. What is wrapped around them is for
// a log, not for the wire.
var (
	// ErrDecode is, or is wrapped by, every error of a [Decoder].
	//lint:ignore ST1005 libvirt's own text
	ErrDecode = errors.New("Unable to decode message payload")
	// ErrEncode is, or is wrapped by, every error of an [Encoder].
	//lint:ignore ST1005 libvirt's own text
	ErrEncode = errors.New("Unable to encode message payload")
)

// Decoder reads XDR (RFC 4506) from a payload, the way libvirt's peers do.
//
// Its error is sticky: after a failure every method returns zero values, and
// Err says what went wrong first. The zero Decoder is an empty payload.
type Decoder struct {
	buf []byte
	err error
}

// NewDecoder returns a Decoder for the payload b. What it returns never
// aliases b.
func NewDecoder(b []byte) *Decoder { return &Decoder{buf: b} }

// Reset makes the Decoder read b and forget its error.
func (d *Decoder) Reset(b []byte) { d.buf, d.err = b, nil }

// Err returns the first error, which wraps [ErrDecode], or nil.
func (d *Decoder) Err() error { return d.err }

// Len returns how many bytes are left. Bytes that are left over at the end
// are no error: libvirt ignores them on both sides.
func (d *Decoder) Len() int { return len(d.buf) }

// Fail makes the formatted text, wrapped in [ErrDecode], the Decoder's error
// unless it has one already.
func (d *Decoder) Fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %w", ErrDecode, fmt.Errorf(format, args...))
		d.buf = nil
	}
}

// short is Fail for the commonest reason, kept out of line so that the small
// methods can be inlined.
func (d *Decoder) short() { d.Fail("payload ends too early") }

// Uint32 reads one word.
func (d *Decoder) Uint32() uint32 {
	if len(d.buf) < 4 {
		d.short()
		return 0
	}
	v := binary.BigEndian.Uint32(d.buf)
	d.buf = d.buf[4:]
	return v
}

// Int32 reads one word.
func (d *Decoder) Int32() int32 { return int32(d.Uint32()) }

// Uint64 reads an unsigned hyper.
func (d *Decoder) Uint64() uint64 {
	if len(d.buf) < 8 {
		d.short()
		return 0
	}
	v := binary.BigEndian.Uint64(d.buf)
	d.buf = d.buf[8:]
	return v
}

// Int64 reads a hyper.
func (d *Decoder) Int64() int64 { return int64(d.Uint64()) }

// Float64 reads a double.
func (d *Decoder) Float64() float64 { return math.Float64frombits(d.Uint64()) }

// Bool reads a word that is true unless it is zero. The same rule holds for
// the word before an optional value: go-libvirt sends 0x01000000 there, and
// the real daemon accepts any value.
func (d *Decoder) Bool() bool { return d.Uint32() != 0 }

// Count reads the length of a list and checks it: at most limit elements, and
// not more than the rest of the payload can hold at size bytes each. A
// caller may take memory for the result without further checks.
func (d *Decoder) Count(limit uint32, size int) int {
	n := d.Uint32()
	if n > limit {
		d.Fail("%d elements where libvirt allows %d", n, limit)
		return 0
	}
	if uint64(n)*uint64(size) > uint64(len(d.buf)) {
		d.short()
		return 0
	}
	return int(n)
}

// take returns the next n bytes, which alias the payload, and skips their
// padding to a whole word. Whether the padding is zero does not matter, but it
// has to be there.
func (d *Decoder) take(n int) []byte {
	padded := (n + 3) &^ 3
	if padded > len(d.buf) {
		d.short()
		return nil
	}
	b := d.buf[:n:n]
	d.buf = d.buf[padded:]
	return b
}

// Opaque reads variable-length bytes, at most limit. None gives nil.
func (d *Decoder) Opaque(limit uint32) []byte {
	b := d.take(d.Count(limit, 1))
	if len(b) == 0 {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}

// Fixed reads len(p) bytes into p, without a length word before them.
func (d *Decoder) Fixed(p []byte) {
	copy(p, d.take(len(p)))
}

// String reads a string of at most limit bytes on the wire. For C it ends at
// the first NUL, wherever the length word says it does.
func (d *Decoder) String(limit uint32) string {
	b := d.take(d.Count(limit, 1))
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	return string(b)
}

// Encoder appends XDR to Buf. Its error is sticky: after a failure what was
// appended since is of no use. The zero Encoder is ready for use.
type Encoder struct {
	Buf []byte
	err error
}

// Err returns the first error, which wraps [ErrEncode], or nil.
func (e *Encoder) Err() error { return e.err }

// Reset makes the Encoder append to buf and forget its error.
func (e *Encoder) Reset(buf []byte) { e.Buf, e.err = buf, nil }

// Fail makes the formatted text, wrapped in [ErrEncode], the Encoder's error
// unless it has one already.
func (e *Encoder) Fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("%w: %w", ErrEncode, fmt.Errorf(format, args...))
	}
}

// Uint32 writes one word.
func (e *Encoder) Uint32(v uint32) { e.Buf = binary.BigEndian.AppendUint32(e.Buf, v) }

// Int32 writes one word.
func (e *Encoder) Int32(v int32) { e.Uint32(uint32(v)) }

// Uint64 writes an unsigned hyper.
func (e *Encoder) Uint64(v uint64) { e.Buf = binary.BigEndian.AppendUint64(e.Buf, v) }

// Int64 writes a hyper.
func (e *Encoder) Int64(v int64) { e.Uint64(uint64(v)) }

// Float64 writes a double.
func (e *Encoder) Float64(v float64) { e.Uint64(math.Float64bits(v)) }

// Bool writes a word that is 0 or 1.
func (e *Encoder) Bool(v bool) {
	if v {
		e.Uint32(1)
	} else {
		e.Uint32(0)
	}
}

// Count writes the length of a list and reports whether it is within limit.
// If not, the elements must not be written.
func (e *Encoder) Count(n int, limit uint32) bool {
	if e.err != nil {
		return false
	}
	if uint64(n) > uint64(limit) {
		e.Fail("%d elements where libvirt allows %d", n, limit)
		return false
	}
	e.Uint32(uint32(n))
	return true
}

// Opaque writes variable-length bytes, at most limit.
func (e *Encoder) Opaque(b []byte, limit uint32) {
	if e.Count(len(b), limit) {
		e.Fixed(b)
	}
}

// Fixed writes bytes without a length word before them.
func (e *Encoder) Fixed(b []byte) {
	e.Buf = append(append(e.Buf, b...), zeros[:-len(b)&3]...)
}

// String writes a string of at most limit bytes.
func (e *Encoder) String(s string, limit uint32) {
	if e.Count(len(s), limit) {
		e.Buf = append(append(e.Buf, s...), zeros[:-len(s)&3]...)
	}
}

// zeros is the padding to a whole word. A string, because it cannot change.
const zeros = "\x00\x00\x00"
