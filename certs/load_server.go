package certs

import (
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// ServerFiles are the files of a node's certificates, wherever they lie: ca_file,
// cert_file, key_file and crl_file of libvirtd.conf. CRL may be empty.
type ServerFiles struct{ CA, Certificate, Key, CRL string }

// LoadServer reads a PKI that has no more than what a server needs: clients of it have
// got their certificates elsewhere, and PKI.Client is nil. It refuses what [Load]
// refuses, and as libvirtd does, certificates whose time is over or to come; of the
// options, [Unchecked] matters.
func LoadServer(files ServerFiles, opts ...Option) (*PKI, error) {
	if files.CA == "" || files.Certificate == "" || files.Key == "" {
		return nil, errors.New("certs: a server needs a certificate, its key and that of a CA")
	}
	o := collect(opts)
	r := &reader{unchecked: o.unchecked}
	for _, f := range []struct {
		to   *string
		path string
	}{{&r.caCert, files.CA}, {&r.serverCert, files.Certificate}, {&r.serverKey, files.Key}, {&r.crl, files.CRL}} {
		if f.path == "" {
			continue
		}
		path, err := filepath.Abs(f.path)
		if err != nil {
			return nil, fmt.Errorf("certs: %w", err)
		}
		*f.to = path
	}
	p := &PKI{clientless: true, workshop: newWorkshop(o)}
	var err error
	if p.CA, err = r.ca(); err != nil {
		return nil, err
	}
	if files.CRL != "" {
		if !r.has(r.crl) {
			return nil, fmt.Errorf("certs: there is no %s", files.CRL)
		}
		if p.CRL, err = r.revocations(); err != nil {
			return nil, err
		}
	}
	if p.Server, err = r.pair(r.serverCert, r.serverKey, p.CA); err != nil || o.unchecked {
		return p, err
	}
	return p, r.inForce(p, o.now())
}

// inForce refuses certificates of the server's whose time it is not, as a libvirtd
// that starts does.
func (r *reader) inForce(p *PKI, now time.Time) error {
	for _, c := range []struct {
		pair       *Pair
		what, path string
	}{{p.CA, "CA", r.caCert}, {p.Server, "server", r.serverCert}} {
		if wrong := inForce(c.pair.Certificate, now); wrong != "" {
			return fmt.Errorf("certs: the %s certificate %s %s", c.what, r.path(c.path), wrong)
		}
	}
	return nil
}

// inForce says in libvirt's words what is wrong with a certificate's times, or nothing.
func inForce(c *x509.Certificate, now time.Time) string {
	switch {
	case now.After(c.NotAfter):
		return "has expired"
	case now.Before(c.NotBefore):
		return "is not yet active"
	}
	return ""
}
