package certs

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"sync"
	"time"
)

// Change alters the template of a certificate before it is signed. A certificate
// that differs from the usual one in whatever way is the usual template with
// changes, so that a faulty one differs in its fault alone:
//
//	expired := func(t *x509.Certificate) { t.NotAfter = t.NotBefore.Add(time.Hour) }
//	pair, err := pki.IssueClient("client", expired)
type Change func(template *x509.Certificate)

// workshop is where keys and certificates are made: the clock, the random source
// and what is the same for all of them.
type workshop struct {
	now          func() time.Time
	keys         KeyType
	past, future time.Duration

	mu     sync.Mutex // guards reading from random
	random io.Reader  // nil is crypto/rand
}

func newWorkshop(o options) *workshop {
	w := &workshop{now: o.now, past: o.past, future: o.future, random: o.random}
	if o.keys != nil {
		w.keys = *o.keys
	}
	return w
}

func (w *workshop) key() (crypto.Signer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.keys.generate(w.random)
}

// serial returns 16 random bytes as a positive number: RFC 5280 allows 20.
func (w *workshop) serial() (*big.Int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	raw := make([]byte, 16)
	if _, err := io.ReadFull(randomOr(w.random), raw); err != nil {
		return nil, fmt.Errorf("certs: drawing a serial number: %w", err)
	}
	raw[0] = raw[0]&0x7f | 0x40
	return new(big.Int).SetBytes(raw), nil
}

// issue completes the template with what every certificate has (times, serial
// number, key identifier), applies the changes and lets issuer sign it; without an
// issuer it signs itself.
func (w *workshop) issue(key crypto.Signer, template *x509.Certificate, issuer *Pair, changes ...Change) (*Pair, error) {
	serial, err := w.serial()
	if err != nil {
		return nil, err
	}
	id, err := keyID(key.Public())
	if err != nil {
		return nil, err
	}
	now := w.now()
	template.SerialNumber = serial
	template.NotBefore, template.NotAfter = now.Add(-w.past), now.Add(w.future)
	template.SubjectKeyId = id
	for _, change := range changes {
		change(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.Certificate, issuer.Key
	}
	// Without a random source ECDSA signs as RFC 6979 says, so that a certificate
	// repeats for the same key.
	der, err := x509.CreateCertificate(nil, template, parent, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("certs: issuing the certificate of %s: %w", template.Subject, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certs: issuing the certificate of %s: %w", template.Subject, err)
	}
	return &Pair{Certificate: cert, Key: key}, nil
}

// keyID identifies a public key as method 4 of RFC 7093 does.
func keyID(public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	sum := sha256.Sum256(der)
	return sum[:20], nil
}

// organization is O in every name that this package gives.
const organization = "fakelibvirtd"

func subject(commonName string) pkix.Name {
	return pkix.Name{Organization: []string{organization}, CommonName: commonName}
}

// caTemplate names the CA after its key. Two CAs of the same name would make GnuTLS
// speak of a bad signature where a foreign CA must make it say that it knows no
// such issuer.
func caTemplate(id []byte) *x509.Certificate {
	return &x509.Certificate{
		Subject:               subject("CA " + hex.EncodeToString(id[:4])),
		BasicConstraintsValid: true,
		IsCA:                  true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// leafTemplate is what servers and clients share. Go marks KeyUsage as critical,
// and libvirt then insists on both usages, whatever the kind of key
// (virNetTLSContextCheckCertKeyUsage).
func leafTemplate(commonName string, purpose x509.ExtKeyUsage) *x509.Certificate {
	return &x509.Certificate{
		Subject:               subject(commonName),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{purpose},
	}
}

func serverTemplate(names []string) (*x509.Certificate, error) {
	dns, ips, err := subjectNames(names)
	if err != nil {
		return nil, err
	}
	t := leafTemplate("localhost", x509.ExtKeyUsageServerAuth)
	t.DNSNames, t.IPAddresses = dns, ips
	return t, nil
}

func clientTemplate(commonName string) *x509.Certificate {
	return leafTemplate(commonName, x509.ExtKeyUsageClientAuth)
}
