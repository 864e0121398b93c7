package certs

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Load reads a PKI from a directory that [PKI.WritePKIPath] and [PKI.WriteServer]
// have filled, or from one in the system layout, and equally one that somebody made
// with certtool, openssl or virt-pki tools. The key of the CA may be missing, and so may cacrl.pem. Keys
// may be PKCS#8, SEC 1 or PKCS#1; cacert.pem may hold several CAs.
//
// Like a libvirtd that starts, it refuses certificates which the CA has not signed
// and keys that do not belong to their certificate. Times are not looked at. An
// error names the file that it is about; errors.Is(err, fs.ErrNotExist) tells that
// the file is missing.
func Load(dir string) (*PKI, error) {
	r := newReader(dir)
	p := &PKI{workshop: newWorkshop(collect(nil))}
	var err error
	if p.CA, err = r.ca(); err != nil {
		return nil, err
	}
	if p.CRL, err = r.revocations(); err != nil {
		return nil, err
	}
	if p.Server, err = r.pair(r.serverCert, r.serverKey, p.CA); err != nil {
		return nil, err
	}
	if p.Client, err = r.pair(r.clientCert, r.clientKey, p.CA); err != nil {
		return nil, err
	}
	return p, nil
}

// reader reads the files of one directory in its layout.
type reader struct {
	dir string
	layout
	unchecked bool // whoever has signed a certificate
}

func newReader(dir string) *reader {
	r := &reader{dir: dir, layout: flatLayout()}
	if system := systemLayout(); !exists(r.path(r.caCert)) && exists(r.path(system.caCert)) {
		r.layout = system
	}
	return r
}

// path returns where a file of the layout is, which may also be anywhere.
func (r *reader) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.dir, filepath.FromSlash(name))
}

func (r *reader) has(name string) bool { return name != "" && exists(r.path(name)) }

// empty tells that none of the files which make a PKI is there.
func (r *reader) empty() bool {
	for _, l := range []layout{flatLayout(), systemLayout()} {
		for _, name := range []string{l.caCert, l.caKey, l.serverCert, l.serverKey, l.clientCert, l.clientKey} {
			if r.has(name) {
				return false
			}
		}
	}
	return true
}

func (r *reader) ca() (*Pair, error) {
	p, err := r.certificates(r.caCert)
	if err != nil {
		return nil, err
	}
	if !p.Certificate.IsCA {
		return nil, fmt.Errorf("certs: the certificate %s basic constraints do not show a CA", r.path(r.caCert))
	}
	if !r.has(r.caKey) {
		return p, nil
	}
	return p, r.addKey(p, r.caCert, r.caKey)
}

// revocations reads the first list in cacrl.pem, if there is one.
func (r *reader) revocations() (*x509.RevocationList, error) {
	if !r.has(r.crl) {
		return nil, nil
	}
	data, err := os.ReadFile(r.path(r.crl))
	if err != nil {
		return nil, missing(err)
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "X509 CRL" {
			list, err := x509.ParseRevocationList(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("certs: %s: %w", r.path(r.crl), err)
			}
			return list, nil
		}
	}
	return nil, fmt.Errorf("certs: %s: there is no PEM list of revoked certificates in it", r.path(r.crl))
}

func (r *reader) pair(cert, key string, ca *Pair) (*Pair, error) {
	p, err := r.certificates(cert)
	if err != nil {
		return nil, err
	}
	if !r.unchecked && !signedBy(p, ca) {
		return nil, fmt.Errorf("certs: our own certificate %s failed validation against %s: it is not signed by that CA",
			r.path(cert), r.path(r.caCert))
	}
	return p, r.addKey(p, cert, key)
}

func (r *reader) certificates(name string) (*Pair, error) {
	data, err := os.ReadFile(r.path(name))
	if err != nil {
		return nil, missing(err)
	}
	var certs []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" && block.Type != "X509 CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certs: %s: %w", r.path(name), err)
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return nil, fmt.Errorf("certs: %s: there is no PEM certificate in it", r.path(name))
	}
	return &Pair{Certificate: certs[0], Chain: certs[1:]}, nil
}

func (r *reader) addKey(p *Pair, cert, name string) error {
	data, err := os.ReadFile(r.path(name))
	if err != nil {
		return missing(err)
	}
	key, err := parseKey(data)
	if err != nil {
		return fmt.Errorf("certs: %s: %w", r.path(name), err)
	}
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(p.Certificate.PublicKey) {
		return fmt.Errorf("certs: %s is not the key of the certificate %s", r.path(name), r.path(cert))
	}
	p.Key = key
	return nil
}

// missing keeps the path and the reason, which is what fs.PathError is, but not the
// system call.
func missing(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return fmt.Errorf("certs: %s: %w", pathErr.Path, pathErr.Err)
	}
	return fmt.Errorf("certs: %w", err)
}

// parseKey reads the forms in which GnuTLS, OpenSSL and Go write private keys.
// OpenSSL writes a block of EC PARAMETERS before a key of its own.
func parseKey(data []byte) (crypto.Signer, error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		var key any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			return nil, errors.New("the private key is encrypted, which libvirt does not read either")
		default:
			continue
		}
		if err != nil {
			return nil, err
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("a private key of type %T cannot sign", key)
		}
		return signer, nil
	}
	return nil, errors.New("there is no PEM private key in it")
}

// signedBy tells whether one of the CAs, or an intermediate that stands beside the
// certificate, has signed it.
func signedBy(p, ca *Pair) bool {
	for _, issuer := range append(ca.all(), p.Chain...) {
		if bytes.Equal(p.Certificate.RawIssuer, issuer.RawSubject) && p.Certificate.CheckSignatureFrom(issuer) == nil {
			return true
		}
	}
	return false
}
