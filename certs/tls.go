package certs

import "crypto/tls"

// ServerTLS returns the configuration of a fake libvirtd. It differs from Go's
// defaults where libvirt's C clients would fail (measured with virsh 9.0.0):
//
//   - No session tickets. On TLS 1.3 the client reads once for the confirmation
//     byte; a ticket that comes first makes it give up.
//   - No ClientCAs. Go would send their names, and GnuTLS then keeps back RSA
//     certificates on TLS 1.3 and Ed25519 ones on TLS 1.2.
//   - A client certificate is asked for but not checked during the handshake. A
//     real libvirtd ends the handshake first and then drops who does not please,
//     without an alert: do the same with [PKI.VerifyClient], send the one byte 0x01
//     to those that pass, and close the TCP connection of the others.
//
// The caller owns the configuration and may change it.
func (p *PKI) ServerTLS() *tls.Config {
	return &tls.Config{
		Certificates:           []tls.Certificate{p.Server.TLS()},
		ClientAuth:             tls.RequestClientCert,
		SessionTicketsDisabled: true,
		MinVersion:             tls.VersionTLS12,
		Time:                   p.shop().now,
	}
}

// ClientTLS returns the configuration of a client written in Go, which verifies the
// server under serverName and presents the client certificate, unless the PKI has
// none ([ClientMissing]). After the handshake
// it must read one byte, 0x01, before it speaks RPC; a connection that ends there
// was refused.
//
// The caller owns the configuration and may change it.
func (p *PKI) ClientTLS(serverName string) *tls.Config {
	var own []tls.Certificate
	if p.Client != nil || !p.clientless {
		own = append(own, p.Client.TLS())
	}
	return &tls.Config{
		Certificates: own,
		RootCAs:      p.Pool(),
		ServerName:   serverName,
		MinVersion:   tls.VersionTLS12,
		Time:         p.shop().now,
	}
}
