package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"

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
	conn := tls.Server(raw, config)
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
	return tlsConn{conn, raw}, peer, nil
}

// tlsConn closes without close_notify, which the real daemon never sends.
type tlsConn struct {
	net.Conn
	raw net.Conn
}

func (c tlsConn) Close() error { return c.raw.Close() }
