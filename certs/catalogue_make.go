package certs

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// What the entries of the catalogue are made of. Each function returns one that
// changes a copy of a PKI.

// serverNames are the names of the PKI's own server certificate.
func (p *PKI) serverNames() []string {
	c := p.Server.Certificate
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// leaf is the usual certificate of a side, with changes, signed by issuer, for a new
// key unless one is given.
func (p *PKI) leaf(side Side, key crypto.Signer, issuer *Pair, changes ...Change) (*Pair, error) {
	w := p.shop()
	if issuer != nil && issuer.Key == nil {
		return nil, ErrNoCAKey
	}
	if key == nil {
		var err error
		if key, err = w.key(); err != nil {
			return nil, err
		}
	}
	template := clientTemplate("client")
	if side == OfServer {
		var err error
		if template, err = serverTemplate(p.serverNames()); err != nil {
			return nil, err
		}
	}
	return w.issue(key, template, issuer, changes...)
}

func (p *PKI) put(side Side, pair *Pair) {
	if side == OfServer {
		p.Server = pair
	} else {
		p.Client = pair
	}
}

// replace puts a new leaf in the place of the side's certificate.
func (p *PKI) replace(side Side, key crypto.Signer, issuer *Pair, changes ...Change) error {
	pair, err := p.leaf(side, key, issuer, changes...)
	if err == nil {
		p.put(side, pair)
	}
	return err
}

// changed has the side's certificate issued anew, with changes.
func changed(side Side, changes ...func(*PKI) Change) func(*PKI) error {
	return func(p *PKI) error {
		all := make([]Change, len(changes))
		for i, c := range changes {
			all[i] = c(p)
		}
		return p.replace(side, nil, p.CA, all...)
	}
}

// always is a change that does not depend on the PKI.
func always(c Change) func(*PKI) Change { return func(*PKI) Change { return c } }

// expired ended an hour ago by the PKI's clock.
func expired(p *PKI) Change {
	now := p.shop().now()
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-48*time.Hour), now.Add(-time.Hour) }
}

// notYet begins a year from now, so that clocks that are wrong do not matter.
func notYet(p *PKI) Change {
	now := p.shop().now()
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.AddDate(1, 0, 0), now.AddDate(2, 0, 0) }
}

// usages sets KeyUsage, which Go marks as critical.
func usages(u x509.KeyUsage) func(*PKI) Change {
	return always(func(c *x509.Certificate) { c.KeyUsage = u })
}

func purpose(u x509.ExtKeyUsage) func(*PKI) Change {
	return always(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{u} })
}

// criticalPurpose sets the one purpose, as an extension that must be understood: Go
// itself never marks it as critical.
func criticalPurpose(last int) func(*PKI) Change {
	return always(func(c *x509.Certificate) {
		c.ExtKeyUsage = nil
		// A sequence of one OID below 1.3.6.1.5.5.7.3.
		value := []byte{0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, byte(last)}
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: value})
	})
}

const (
	purposeServer = 1
	purposeClient = 2
)

// aCA makes the leaf one that may sign.
func aCA(c *x509.Certificate) { c.IsCA = true }

// foreign has another CA sign.
func foreign(side Side) func(*PKI) error {
	return func(p *PKI) error {
		ca, err := p.newCA(nil)
		if err != nil {
			return err
		}
		return p.replace(side, nil, ca)
	}
}

// newCA makes a CA, which issuer signs, or it itself.
func (p *PKI) newCA(issuer *Pair) (*Pair, error) {
	if issuer != nil && issuer.Key == nil {
		return nil, ErrNoCAKey
	}
	w := p.shop()
	key, err := w.key()
	if err != nil {
		return nil, err
	}
	id, err := keyID(key.Public())
	if err != nil {
		return nil, err
	}
	return w.issue(key, caTemplate(id), issuer)
}

func selfSigned(side Side) func(*PKI) error {
	return func(p *PKI) error { return p.replace(side, nil, nil) }
}

// intermediate has a CA below the PKI's sign, whose certificate is sent along or not.
func intermediate(side Side, sent bool) func(*PKI) error {
	return func(p *PKI) error {
		middle, err := p.newCA(p.CA)
		if err != nil {
			return err
		}
		pair, err := p.leaf(side, nil, middle)
		if err != nil {
			return err
		}
		if sent {
			pair.Chain = []*x509.Certificate{middle.Certificate}
		}
		p.put(side, pair)
		return nil
	}
}

// revoked has the CA revoke the side's certificate, beside those that it has.
func revoked(side Side) func(*PKI) error {
	return func(p *PKI) error {
		if p.CA.Key == nil {
			return ErrNoCAKey
		}
		leaf := p.Client
		if side == OfServer {
			leaf = p.Server
		}
		if leaf == nil {
			return fmt.Errorf("there is no certificate of the %s to revoke", side)
		}
		w := p.shop()
		now := w.now()
		template := &x509.RevocationList{
			Number:     big.NewInt(1),
			ThisUpdate: now.Add(-w.past), NextUpdate: now.Add(w.future),
		}
		if p.CRL != nil {
			template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, p.CRL.RevokedCertificateEntries...)
		}
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: leaf.Certificate.SerialNumber, RevocationTime: now.Add(-w.past),
		})
		der, err := x509.CreateRevocationList(nil, template, p.CA.Certificate, p.CA.Key)
		if err != nil {
			return err
		}
		p.CRL, err = x509.ParseRevocationList(der)
		return err
	}
}

// keyed has the certificate issued for a key of this kind, by the CA as it is.
func keyed(side Side, kind KeyType) func(*PKI) error {
	return withKey(side, func(w *workshop) (crypto.Signer, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return kind.generate(w.random)
	})
}

// weakKey has the certificate issued for an RSA key of 1024 bits, the fewest that Go
// makes.
func weakKey(side Side) func(*PKI) error {
	const bits = 1024
	return withKey(side, func(*workshop) (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, bits) })
}

func withKey(side Side, generate func(*workshop) (crypto.Signer, error)) func(*PKI) error {
	return func(p *PKI) error {
		key, err := generate(p.shop())
		if err != nil {
			return err
		}
		return p.replace(side, key, p.CA)
	}
}

// weakHash has the CA sign a SHA-1 digest.
func weakHash(side Side) func(*PKI) error {
	return func(p *PKI) error {
		pair, err := p.leaf(side, nil, p.CA)
		if err != nil {
			return err
		}
		if pair.Certificate, err = signedWithSHA1(pair.Certificate, p.CA.Key); err == nil {
			p.put(side, pair)
		}
		return err
	}
}

// changedCA signs the CA's certificate anew, for its own key and name, so that what it
// has issued stays its own.
func changedCA(changes ...func(*PKI) Change) func(*PKI) error {
	return func(p *PKI) error {
		if p.CA.Key == nil {
			return ErrNoCAKey
		}
		template := caTemplate(p.CA.Certificate.SubjectKeyId)
		template.Subject = p.CA.Certificate.Subject
		all := make([]Change, 0, len(changes)+1)
		for _, c := range changes {
			all = append(all, c(p))
		}
		// The name and identifier stay as they were, whoever made the CA.
		all = append(all, func(c *x509.Certificate) {
			c.RawSubject, c.SubjectKeyId = p.CA.Certificate.RawSubject, p.CA.Certificate.SubjectKeyId
		})
		ca, err := p.shop().issue(p.CA.Key, template, nil, all...)
		if err == nil {
			p.CA = ca
		}
		return err
	}
}
