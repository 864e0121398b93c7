package certs

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// Pair is a certificate with its private key. It is not changed once made.
type Pair struct {
	// Certificate is the certificate itself.
	Certificate *x509.Certificate

	// Chain holds the certificates sent or stored after it: the intermediates of a
	// server or client, nearest issuer first; further trusted CAs beside a CA. What
	// New makes has none.
	Chain []*x509.Certificate

	// Key is the private key; nil for a CA that was loaded from a directory without
	// its key.
	Key crypto.Signer
}

// TLS returns p as crypto/tls wants it.
func (p *Pair) TLS() tls.Certificate {
	c := tls.Certificate{PrivateKey: p.Key, Leaf: p.Certificate}
	for _, cert := range p.all() {
		c.Certificate = append(c.Certificate, cert.Raw)
	}
	return c
}

// CertificatePEM returns the certificate, and its Chain after it, as PEM.
func (p *Pair) CertificatePEM() []byte {
	var out []byte
	for _, cert := range p.all() {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	return out
}

// KeyPEM returns the private key as PKCS#8 in PEM, which GnuTLS and Go both read,
// or nil if there is no key that can be written out.
func (p *Pair) KeyPEM() []byte {
	out, _ := p.keyPEM()
	return out
}

func (p *Pair) keyPEM() ([]byte, error) {
	if p.Key == nil {
		return nil, errors.New("there is no private key")
	}
	der, err := x509.MarshalPKCS8PrivateKey(p.Key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// DN returns the distinguished name of the certificate as [DN] does.
func (p *Pair) DN() string { return DN(p.Certificate) }

func (p *Pair) all() []*x509.Certificate {
	return append([]*x509.Certificate{p.Certificate}, p.Chain...)
}
