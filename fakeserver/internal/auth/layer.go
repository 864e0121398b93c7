package auth

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// Layer is the security layer that an exchange has agreed on. Packets go without
// the word of their length. Each direction may be used by one goroutine at a time.
type Layer interface {
	// Wrap appends the packet that carries plain, at most MaxPlain bytes of it.
	Wrap(dst, plain []byte) []byte
	// Unwrap returns what a packet of the client's carries. It may change the
	// packet, and what it returns is valid as long as that.
	Unwrap(packet []byte) ([]byte, error)
	// MaxPlain is how many bytes a packet to the client may carry.
	MaxPlain() int
	// MaxPacket is how long a packet of the client's may be.
	MaxPacket() int
}

// Conn is a connection that may get a security layer: from then on each packet has
// its length in front, a big-endian word. Unlike other connections, it may have one
// goroutine in Read at a time.
type Conn struct {
	net.Conn
	layer atomic.Pointer[Layer]

	// What follows is the reader's.
	raw, plain []byte // received and not unwrapped yet; unwrapped and not read yet
	chunk      []byte
	err        error

	writing sync.Mutex
	wrapped []byte
}

// NewConn returns a Conn that has no security layer yet.
func NewConn(nc net.Conn) *Conn { return &Conn{Conn: nc} }

// Secure puts the layer on the connection: on all that is written from now on, and
// on all that has not been read.
func (c *Conn) Secure(l Layer) { c.layer.Store(&l) }

// errPacket ends a connection on which something else came than a packet.
var errPacket = errors.New("SASL packet of a bad length")

// chunkSize is how much is received at a time, and how much of what was wrapped is
// sent.
const chunkSize = 64 << 10

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if c.layer.Load() == nil {
		n, err := c.Conn.Read(p)
		if c.layer.Load() == nil {
			return n, err
		}
		// It has come about while this waited, so what has come is wrapped.
		c.raw = append(c.raw, p[:n]...)
	}
	if len(p) == 0 {
		return 0, nil
	}
	for len(c.plain) == 0 {
		if err := c.receive(*c.layer.Load()); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.plain)
	c.plain = c.plain[n:]
	return n, nil
}

// receive unwraps the next packet, or receives some more of it.
func (c *Conn) receive(l Layer) error {
	const word = 4
	if c.err != nil {
		return c.err
	}
	if len(c.raw) >= word {
		n := binary.BigEndian.Uint32(c.raw)
		if n == 0 || uint64(n) > uint64(l.MaxPacket()) {
			c.err = errPacket
			return c.err
		}
		if end := word + int(n); len(c.raw) >= end {
			c.plain, c.err = l.Unwrap(c.raw[word:end:end])
			c.raw = c.raw[end:]
			return c.err
		}
	}
	if c.chunk == nil {
		c.chunk = make([]byte, chunkSize)
	}
	n, err := c.Conn.Read(c.chunk)
	c.raw = append(c.raw, c.chunk[:n]...)
	if n > 0 {
		return nil
	}
	if err == io.EOF && len(c.raw) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Write implements net.Conn. If it fails, less of p may have arrived than it says.
func (c *Conn) Write(p []byte) (int, error) {
	lp := c.layer.Load()
	if lp == nil {
		return c.Conn.Write(p)
	}
	l := *lp
	c.writing.Lock()
	defer c.writing.Unlock()
	done := 0
	for done < len(p) {
		out := c.wrapped[:0]
		n := done
		for n < len(p) && len(out) < chunkSize {
			part := p[n:min(len(p), n+l.MaxPlain())]
			start := len(out)
			out = append(out, 0, 0, 0, 0)
			out = l.Wrap(out, part)
			binary.BigEndian.PutUint32(out[start:], uint32(len(out)-start-4))
			n += len(part)
		}
		c.wrapped = out
		if _, err := c.Conn.Write(out); err != nil {
			return done, err
		}
		done = n
	}
	return done, nil
}

// CloseWrite ends the direction to the client, if the inner connection can.
func (c *Conn) CloseWrite() error {
	if inner, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return inner.CloseWrite()
	}
	return errors.ErrUnsupported
}
