package certs

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"path"
)

// layout says where libvirt looks for each file, below one directory.
type layout struct {
	caCert, caKey, crl    string
	serverCert, serverKey string
	clientCert, clientKey string
}

// flatLayout is that of the URI parameter pkipath= and of ~/.pki/libvirt.
func flatLayout() layout {
	return layout{
		caCert: "cacert.pem", caKey: "cakey.pem", crl: "cacrl.pem",
		serverCert: "servercert.pem", serverKey: "serverkey.pem",
		clientCert: "clientcert.pem", clientKey: "clientkey.pem",
	}
}

// systemLayout is that of /etc/pki, for the root user and the daemon.
func systemLayout() layout {
	return layout{
		caCert: "CA/cacert.pem", caKey: "CA/private/cakey.pem", crl: "CA/cacrl.pem",
		serverCert: "libvirt/servercert.pem", serverKey: "libvirt/private/serverkey.pem",
		clientCert: "libvirt/clientcert.pem", clientKey: "libvirt/private/clientkey.pem",
	}
}

// WritePKIPath writes what a client wants to find in the directory that its URI
// names as `pkipath=DIR`: cacert.pem, clientcert.pem and clientkey.pem. The same
// three files are what libvirt reads from ~/.pki/libvirt. If there is a CRL, cacrl.pem
// is a fourth; clients look for it where they look for the CA.
func (p *PKI) WritePKIPath(dir string) error {
	l := flatLayout()
	var w pairWriter
	w.certificate("CA", l.caCert, p.CA)
	w.revocations(l.crl, p.CRL)
	w.client(l, p)
	return w.write(dir)
}

// WriteServer writes the server's side of a PKI: cacert.pem, servercert.pem,
// serverkey.pem and, if the CA's key is at hand, cakey.pem. The last is what lets
// [LoadOrNew] issue another server certificate when a node starts again under more
// names; it is the key of a CA that nobody trusts but the clients of the node.
//
// With WritePKIPath into the same directory, [Load] reads the whole PKI back.
func (p *PKI) WriteServer(dir string) error {
	l := flatLayout()
	var w pairWriter
	w.certificate("CA", l.caCert, p.CA)
	w.revocations(l.crl, p.CRL)
	if p.CA.Key != nil {
		w.key("CA", l.caKey, p.CA)
	}
	w.certificate("server", l.serverCert, p.Server)
	w.key("server", l.serverKey, p.Server)
	return w.write(dir)
}

// WriteSystem writes the layout of the system directories, with root in the place
// of /etc/pki: CA/cacert.pem, libvirt/servercert.pem, libvirt/clientcert.pem and
// the keys in libvirt/private. That is where libvirtd, and a client that runs as
// root without pkipath, look. The key of the CA does not belong there.
func (p *PKI) WriteSystem(root string) error {
	l := systemLayout()
	var w pairWriter
	w.certificate("CA", l.caCert, p.CA)
	w.revocations(l.crl, p.CRL)
	w.certificate("server", l.serverCert, p.Server)
	w.key("server", l.serverKey, p.Server)
	w.client(l, p)
	return w.write(root)
}

// pairWriter collects files and keeps the first error.
type pairWriter struct {
	files []file
	err   error
}

// client writes nothing if there is to be no client certificate.
func (w *pairWriter) client(l layout, p *PKI) {
	if p.Client == nil && p.clientless {
		return
	}
	w.certificate("client", l.clientCert, p.Client)
	w.key("client", l.clientKey, p.Client)
}

func (w *pairWriter) revocations(name string, crl *x509.RevocationList) {
	if crl != nil {
		w.files = append(w.files, file{name, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: crl.Raw}), modePublic})
	}
}

func (w *pairWriter) certificate(role, name string, p *Pair) {
	if p == nil || p.Certificate == nil {
		w.fail(role, name, "there is no certificate")
		return
	}
	w.files = append(w.files, file{name, p.CertificatePEM(), modePublic})
}

func (w *pairWriter) key(role, name string, p *Pair) {
	if p == nil {
		return // its certificate has said so
	}
	data, err := p.keyPEM()
	if err != nil {
		w.fail(role, name, err)
		return
	}
	w.files = append(w.files, file{name, data, modeSecret})
}

func (w *pairWriter) fail(role, name string, why any) {
	if w.err == nil {
		w.err = fmt.Errorf("certs: %s of the %s: %v", path.Base(name), role, why)
	}
}

func (w *pairWriter) write(dir string) error {
	if w.err != nil {
		return w.err
	}
	return writeFiles(dir, w.files)
}
