package rpc

// StreamHole is the payload of a frame of [TypeStreamHole]
// (virNetStreamHole): the next Length bytes of a sparse stream are zeros that
// nobody sends. The frame's status is [StatusContinue].
type StreamHole struct {
	Length int64  // in bytes; the real daemon refuses a negative one
	Flags  uint32 // none is defined; the real daemon refuses any
}

// EncodeStreamHole writes h.
func EncodeStreamHole(e *Encoder, h StreamHole) {
	e.Int64(h.Length)
	e.Uint32(h.Flags)
}

// DecodeStreamHole reads the payload of a frame of [TypeStreamHole]. The error
// wraps [ErrDecode]; the real daemon closes the connection then.
func DecodeStreamHole(payload []byte) (StreamHole, error) {
	d := Decoder{buf: payload}
	h := StreamHole{Length: d.Int64(), Flags: d.Uint32()}
	return h, d.err
}
