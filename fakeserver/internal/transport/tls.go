package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// confirmation is the byte that libvirtd sends once the handshake is done and
// the client's certificate found good (WIRE.md, section 8).
const confirmation = 1

// Handshake says how TLS lets a client in.
type Handshake struct {
	Config *tls.Config
	// Verify gets the chain that the client sent, which may be empty, and returns
	// why the client is refused.
	Verify func([]*x509.Certificate) error
	// Confirm sends the byte in TLS's stead, unless it is nil, and returns what it
	// has read meanwhile.
	Confirm func(*tls.Conn) (early []byte, err error)
	// Alerts has a client learn why its handshake failed. libvirtd never tells: it
	// just closes the connection.
	Alerts bool
}

// TLS does the server's side of libvirt's TLS on raw: the handshake, the check
// of the client's certificate, the confirmation byte. A client that is refused
// finds its connection closed, without an alert.
func TLS(ctx context.Context, raw net.Conn, how Handshake) (net.Conn, *call.TLSPeer, error) {
	config := how.Config.Clone()
	config.DynamicRecordSizingDisabled = true // GnuTLS fills its records
	cork := &corked{Conn: raw, silent: !how.Alerts}
	conn := tls.Server(cork, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, nil, fmt.Errorf("TLS handshake: %w", err)
	}
	cork.speak()
	state := conn.ConnectionState()
	if err := how.Verify(state.PeerCertificates); err != nil {
		return nil, nil, fmt.Errorf("client certificate: %w", err)
	}
	confirm := how.Confirm
	if confirm == nil {
		confirm = Confirm
	}
	early, err := confirm(conn)
	if err != nil {
		return nil, nil, fmt.Errorf("confirming the TLS handshake: %w", err)
	}
	peer := &call.TLSPeer{Version: state.Version, ServerName: state.ServerName}
	if len(state.PeerCertificates) > 0 {
		peer.Certificate = state.PeerCertificates[0]
	}
	return &tlsConn{Conn: conn, cork: cork, early: early}, peer, nil
}

// Confirm sends the byte that lets the client in.
func Confirm(conn *tls.Conn) (early []byte, err error) {
	_, err = conn.Write([]byte{confirmation})
	return nil, err
}

// tlsConn carries libvirt's frames over TLS as the real daemon does: each frame
// in records of its own, and no close_notify at the end.
//
// The former matters: libvirt's client polls the socket, and does not ask GnuTLS
// whether it holds more of a record than was read. A second frame in one record
// would wait there until something else comes, for minutes. The records of many
// frames still leave in one piece.
type tlsConn struct {
	*tls.Conn
	cork  *corked
	early []byte // was read before the first Read, which one goroutine calls

	mu sync.Mutex // one Write at a time
}

func (c *tlsConn) Read(p []byte) (int, error) {
	if len(c.early) > 0 {
		n := copy(p, c.early)
		c.early = c.early[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// Write sends whole frames.
func (c *tlsConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first, rest := cutFrame(p)
	if len(rest) == 0 {
		return c.Conn.Write(first)
	}
	c.cork.hold()
	for done := 0; ; first, rest = cutFrame(rest) {
		n, err := c.Conn.Write(first)
		done += n
		if err != nil || len(rest) == 0 {
			return done, errors.Join(err, c.cork.release())
		}
	}
}

// WriteWhole sends p as if it were one frame: many frames in one record, which the
// real daemon never does, as long as a record holds them (16 KiB).
func (c *tlsConn) WriteWhole(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Conn.Write(p)
}

// Close closes the connection below TLS.
func (c *tlsConn) Close() error { return c.cork.Close() }

// cutFrame cuts the first frame off p. What does not begin like a frame stays
// whole.
func cutFrame(p []byte) (first, rest []byte) {
	const lengthWord = 4
	if len(p) < lengthWord {
		return p, nil
	}
	n := int(binary.BigEndian.Uint32(p))
	if n < lengthWord || n >= len(p) {
		return p, nil
	}
	return p[:n], p[n:]
}

// corked gathers what is written while it is held.
type corked struct {
	net.Conn

	mu     sync.Mutex
	held   bool
	buf    []byte
	silent bool // drops alerts
}

func (c *corked) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	const alert = 21
	if c.silent && len(p) > 0 && p[0] == alert {
		return len(p), nil
	}
	if !c.held {
		return c.Conn.Write(p)
	}
	c.buf = append(c.buf, p...)
	return len(p), nil
}

// speak ends the silence of a handshake, whose alerts are records of their own, and
// go out in a Write of their own.
func (c *corked) speak() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = false
}

func (c *corked) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = true
}

func (c *corked) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = false
	_, err := c.Conn.Write(c.buf)
	const keep = 64 << 10
	if cap(c.buf) > keep {
		c.buf = nil
	}
	c.buf = c.buf[:0]
	return err
}
