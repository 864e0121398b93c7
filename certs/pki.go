package certs

import (
	"crypto"
	"crypto/x509"
	"errors"
)

// PKI is a CA with one server and one client certificate: all that a fake libvirtd
// and its TLS clients need. It is safe for concurrent use.
//
// A copy with another part is a PKI too, which is how a test gets clients or
// servers that do not belong together:
//
//	wrong := *pki
//	wrong.Client = foreign.Client
//	err := wrong.WritePKIPath(dir)
type PKI struct {
	// CA signs Server and Client. Its Key is nil if the PKI was loaded from a
	// directory without cakey.pem.
	CA *Pair

	// Server is O=fakelibvirtd,CN=localhost, for localhost, 127.0.0.1, ::1 and the
	// Names asked for.
	Server *Pair

	// Client is O=fakelibvirtd,CN=client.
	Client *Pair
	// CRL lists certificates that the CA has revoked, or is nil. It is written as
	// cacrl.pem for clients and servers alike.
	CRL *x509.RevocationList

	clientless bool // there is no client certificate, on purpose
	workshop   *workshop
}

// ErrNoCAKey is returned where something must be signed and the key of the CA is
// not at hand.
var ErrNoCAKey = errors.New("certs: the private key of the CA (cakey.pem) is not at hand")

// New makes a CA, a server and a client certificate in memory; it takes about
// half a millisecond, unless RSA keys are asked for.
func New(opts ...Option) (*PKI, error) {
	o := collect(opts)
	p := &PKI{workshop: newWorkshop(o)}
	key, err := p.workshop.key()
	if err != nil {
		return nil, err
	}
	id, err := keyID(key.Public())
	if err != nil {
		return nil, err
	}
	if p.CA, err = p.workshop.issue(key, caTemplate(id), nil); err != nil {
		return nil, err
	}
	if p.Server, err = p.IssueServer(append(loopbackNames(), o.names...)); err != nil {
		return nil, err
	}
	if p.Client, err = p.IssueClient("client"); err != nil {
		return nil, err
	}
	return p, nil
}

// IssueServer makes a further server certificate for exactly the DNS names and IP
// addresses given, signed by the CA. It returns [ErrNoCAKey] if the CA cannot sign.
func (p *PKI) IssueServer(names []string, changes ...Change) (*Pair, error) {
	template, err := serverTemplate(names)
	if err != nil {
		return nil, err
	}
	return p.issue(nil, template, changes)
}

// IssueClient makes a further client certificate, O=fakelibvirtd and the common
// name given, signed by the CA. It returns [ErrNoCAKey] if the CA cannot sign.
func (p *PKI) IssueClient(commonName string, changes ...Change) (*Pair, error) {
	return p.issue(nil, clientTemplate(commonName), changes)
}

// issue signs template for key, or for a new key if that is nil.
func (p *PKI) issue(key crypto.Signer, template *x509.Certificate, changes []Change) (*Pair, error) {
	if p.CA.Key == nil {
		return nil, ErrNoCAKey
	}
	w := p.shop()
	if key == nil {
		var err error
		if key, err = w.key(); err != nil {
			return nil, err
		}
	}
	return w.issue(key, template, p.CA, changes...)
}

// shop also serves a PKI that was put together by hand.
func (p *PKI) shop() *workshop {
	if p.workshop == nil {
		return newWorkshop(collect(nil))
	}
	return p.workshop
}

// Pool returns what clients and servers of this PKI trust: the CA, and those
// beside it in cacert.pem.
func (p *PKI) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, ca := range p.CA.all() {
		pool.AddCert(ca)
	}
	return pool
}
