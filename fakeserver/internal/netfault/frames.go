package netfault

import "encoding/binary"

const (
	lengthWord = 4
	// maxHeld is the most that a Coalesce holds: more goes on as if it were
	// enough frames. The length words are the other side's word only.
	maxHeld = 1 << 20
)

// A frameCounter finds the ends of frames in what passes, in pieces of any size.
type frameCounter struct {
	want int

	have   int    // complete frames
	held   int    // bytes counted since reset
	left   uint32 // of the frame that is being counted, once its length is known
	word   [lengthWord]byte
	inWord int
	lost   bool // a length word was none: there are no more frames
}

// reset begins a new group of frames, perhaps amid one.
func (f *frameCounter) reset() { f.have, f.held = 0, 0 }

// count takes bytes of p until there are enough frames, or bytes, to let go, and
// returns how many it took.
func (f *frameCounter) count(p []byte) (n int, full bool) {
	for n < len(p) && !f.lost && f.held < maxHeld {
		if f.left == 0 {
			f.word[f.inWord] = p[n]
			f.inWord++
			n++
			f.held++
			if f.inWord < lengthWord {
				continue
			}
			f.inWord = 0
			length := binary.BigEndian.Uint32(f.word[:])
			if length < lengthWord {
				f.lost = true
				break
			}
			f.left = length - lengthWord
		} else {
			k := int(min(int64(f.left), int64(len(p)-n), int64(maxHeld-f.held)))
			n += k
			f.held += k
			f.left -= uint32(k)
		}
		if f.left == 0 {
			if f.have++; f.have == f.want {
				f.reset()
				return n, true
			}
		}
	}
	if f.lost || f.held >= maxHeld {
		f.reset()
		return n, true
	}
	return n, false
}

// alignFrame shortens a piece of n bytes of p, from done on, so that it does not
// go on behind the end of a frame that it begins amid: a TLS connection sends
// each frame in records of its own, and knows one by its beginning. p begins with
// a frame.
func alignFrame(p []byte, done, n int) int {
	if done == 0 {
		return n
	}
	for at := 0; at+lengthWord <= len(p); {
		length := int64(binary.BigEndian.Uint32(p[at:]))
		switch {
		case at == done || length < lengthWord || length > int64(len(p)-at):
			return n
		case at+int(length) > done:
			return min(n, at+int(length)-done)
		}
		at += int(length)
	}
	return n
}
