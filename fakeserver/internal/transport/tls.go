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

// TLS does the server's side of libvirt's TLS on raw: the handshake, the check
// of the client's certificate, the confirmation byte. verify gets the chain
// that the client sent, which may be empty. A client that is refused finds its
// connection closed, without an alert.
func TLS(ctx context.Context, raw net.Conn, config *tls.Config, verify func([]*x509.Certificate) error) (net.Conn, *call.TLSPeer, error) {
	cork := &corked{Conn: raw}
	conn := tls.Server(cork, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, nil, fmt.Errorf("TLS handshake: %w", err)
	}
	state := conn.ConnectionState()
	if err := verify(state.PeerCertificates); err != nil {
		return nil, nil, fmt.Errorf("client certificate: %w", err)
	}
	if _, err := conn.Write([]byte{confirmation}); err != nil {
		return nil, nil, fmt.Errorf("confirming the TLS handshake: %w", err)
	}
	peer := &call.TLSPeer{Version: state.Version, ServerName: state.ServerName}
	if len(state.PeerCertificates) > 0 {
		peer.Certificate = state.PeerCertificates[0]
	}
	return &tlsConn{Conn: conn, cork: cork}, peer, nil
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
	cork *corked

	mu sync.Mutex // one Write at a time
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

	mu   sync.Mutex
	held bool
	buf  []byte
}

func (c *corked) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.held {
		return c.Conn.Write(p)
	}
	c.buf = append(c.buf, p...)
	return len(p), nil
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
