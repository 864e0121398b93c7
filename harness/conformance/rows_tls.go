package conformance

import (
	"crypto/tls"
	"crypto/x509"
	"path/filepath"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// withPKI makes certificates, changes them, and gives them to the node.
func withPKI(s *Setup, changes ...func(*certs.PKI) error) (*certs.PKI, error) {
	p, err := certs.New()
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		if err := change(p); err != nil {
			return nil, err
		}
	}
	s.PKI(p)
	return p, nil
}

// serverOf gives the node a certificate for names.
func serverOf(names []string, changes ...certs.Change) func(*certs.PKI) error {
	return func(p *certs.PKI) (err error) {
		p.Server, err = p.IssueServer(names, changes...)
		return err
	}
}

// local are the names under which clients of this machine reach the node.
func local() []string { return []string{"localhost", "127.0.0.1"} }

// foreignServer gives the node a certificate that the client's authority did not sign.
func foreignServer(p *certs.PKI) error {
	other, err := certs.New()
	if err != nil {
		return err
	}
	p.Server = other.Server
	return nil
}

// expired changes a certificate to one of the past.
func expired(template *x509.Certificate) {
	now := time.Now()
	template.NotBefore, template.NotAfter = now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0)
}

// server is a node with a certificate of its own kind.
func server(changes ...func(*certs.PKI) error) func(*Cell) {
	return setup(func(s *Setup) error { _, err := withPKI(s, changes...); return err })
}

// clientCertificate gives the client a certificate of its own kind, in {own-pki}. The
// node does not change.
func clientCertificate(change func(*certs.PKI) error, more ...func(*Env) error) func(*Cell) {
	return setup(func(s *Setup) error {
		p, err := withPKI(s)
		if err != nil {
			return err
		}
		own := *p
		if err := change(&own); err != nil {
			return err
		}
		s.Client(func(e *Env) error {
			dir := filepath.Join(e.Dir, "own-pki")
			e.Set("own-pki", dir)
			return own.WritePKIPath(dir)
		})
		for _, prepare := range more {
			s.Client(prepare)
		}
		return nil
	})
}

// tlsRows are about the parameters of tls.
func tlsRows() []*Cell {
	const t = call.TLS
	section := transportSection(t)
	var rows []*Cell
	noVerify := parameterSection("no_verify")
	for _, v := range []struct{ id, value, title string }{
		{"set", "1", "no_verify=1 takes a certificate of a foreign authority"},
		{"other-number", "2", "any number but 0 counts as set"},
		{"negative", "-1", "a negative number counts as set"},
		{"escaped", "%31", "an escaped number counts"},
	} {
		rows = append(rows, row("tls/no_verify/"+v.id, v.title, noVerify, link(t, "no_verify="+v.value), reach(testName), server(foreignServer)))
	}
	rows = append(rows,
		row("tls/no_verify/unset", "without no_verify a certificate of a foreign authority is refused", noVerify, link(t), refusedInTLS(), server(foreignServer)),
		row("tls/no_verify/zero", "no_verify=0 verifies", noVerify, link(t, "no_verify=0"), refusedInTLS(), server(foreignServer)),
		row("tls/no_verify/zero-good", "no_verify=0 takes a good certificate", noVerify, link(t, "no_verify=0"), reach(testName)),
		row("tls/no_verify/good", "no_verify=1 takes a good certificate", noVerify, link(t, "no_verify=1"), reach(testName)),
		row("tls/no_verify/wrong-name", "no_verify=1 takes a certificate without the host's name", noVerify, link(t, "no_verify=1"), reach(testName), server(serverOf([]string{"other.example.com"}))),
		row("tls/no_verify/expired", "no_verify=1 takes a certificate that has expired", noVerify, link(t, "no_verify=1"), reach(testName), server(serverOf(local(), expired))),
		row("tls/no_verify/client-certificate", "with no_verify=1 the client still proves itself to a server that asks", noVerify, link(t, "no_verify=1", "pkipath={dir}/own"), refuse(Connection), withoutCertificate),
	)

	pki := parameterSection("pkipath")
	rows = append(rows,
		row("tls/pkipath/set", "the certificates are read from pkipath", pki, link(t), reach(testName)),
		row("tls/pkipath/escaped", "escapes in pkipath are resolved", pki, link(t, "pkipath={dir}/my%20pki"), reach(testName), client(func(e *Env) error { return e.copyPKI("my pki") })),
		row("tls/pkipath/missing", "a directory that is not there is refused, and nothing is dialled", pki, link(t, "pkipath={dir}/nowhere"), refuse(Nothing), client(defaultPKI)),
		row("tls/pkipath/empty-directory", "a directory without cacert.pem is refused, and nothing is dialled", pki, link(t, "pkipath={home}"), refuse(Nothing), client(defaultPKI)),
		row("tls/pkipath/foreign-authority", "certificates of another authority do not lead to the node", pki, link(t, "pkipath={own-pki}"), refuse(Connection), clientCertificate(foreignPKI, defaultPKI)),
		row("tls/pkipath/missing-default-good", "a directory that is not there is refused, although the user's own is good", pki, link(t, "pkipath={dir}/nowhere"), refuse(Nothing), needs(Environment, Namespace), client(userPKI)),
		row("tls/pkipath/empty-default-good", "a directory without cacert.pem is refused, although the user's own is good", pki, link(t, "pkipath={home}"), refuse(Nothing), needs(Environment, Namespace), client(userPKI)),
		row("tls/pkipath/foreign-default-good", "certificates of another authority do not lead to the node, although the user's own are good", pki, link(t, "pkipath={own-pki}"), refuse(Connection), needs(Environment, Namespace), clientCertificate(foreignPKI, userPKI)),
		row("tls/pkipath/default-root", "root's certificates are in /etc/pki", pki, link(t, "-pkipath"), reach(testName), needs(Environment, Namespace), setup(systemPKI)),
		row("tls/pkipath/default-user", "a user's certificates are in ~/.pki/libvirt", pki, link(t, "-pkipath"), reach(testName), needs(Environment, Namespace), client(userPKI)),
		row("tls/pkipath/default-user-system", "a user without certificates of his own has those in /etc/pki", pki, link(t, "-pkipath"), reach(testName), needs(Environment, Namespace), setup(func(s *Setup) error {
			s.Client(func(e *Env) error { e.AsUser(); return nil })
			return systemPKI(s)
		})),
	)

	priority := parameterSection("tls_priority")
	version := func(v uint16) func(*Reach) { return func(r *Reach) { r.TLSVersion = v } }
	rows = append(rows,
		row("tls/tls_priority/unset", "without tls_priority the newest version is spoken", priority, link(t), reach(testName, version(tls.VersionTLS13))),
		row("tls/tls_priority/set", "tls_priority chooses the version", priority, link(t, "tls_priority=NORMAL:-VERS-TLS1.3"), reach(testName, version(tls.VersionTLS12))),
		row("tls/tls_priority/escaped", "escapes in tls_priority are resolved", priority, link(t, "tls_priority=NORMAL%3A-VERS-ALL%3A%2BVERS-TLS1.2"), reach(testName, version(tls.VersionTLS12))),
		row("tls/tls_priority/wrong", "a priority that does not exist is refused", priority, link(t, "tls_priority=BOGUS"), refuse(Connection)),
	)

	sanity := clientCertificate(func(p *certs.PKI) (err error) {
		p.Client, err = p.IssueClient("client", expired)
		return err
	})
	own := func(params ...string) *parts { return link(t, append([]string{"pkipath={own-pki}"}, params...)...) }
	return append(rows,
		row("tls/no_sanity/unset", "the client checks its own certificate before it dials", parameterSection("no_sanity"), own(), refuse(Nothing), sanity),
		row("tls/no_sanity/zero", "no_sanity=0 checks the client's own certificate", parameterSection("no_sanity"), own("no_sanity=0"), refuse(Nothing), sanity),
		row("tls/no_sanity/set", "with no_sanity=1 the client leaves its own certificate to the node, which refuses it", parameterSection("no_sanity"), own("no_sanity=1"), refuseAt(Connection), sanity),
		row("tls/no_sanity/good", "no_sanity=1 does no harm to a good certificate", section, link(t, "no_sanity=1"), reach(testName)),
	)
}

// refusedInTLS wants the client to refuse the node by its certificate. Clients may end
// the handshake first, and look at the certificate then: to the node that is a
// connection on which no call is made.
func refusedInTLS() Want { return Want{Refuse: &Refuse{Saw: RPC, Least: Connection}} }

// withoutCertificate leaves the client with the authority's certificate alone, in
// DIR/own.
func withoutCertificate(c *Cell) {
	client(func(e *Env) error { return e.CopyFile("{pki}/cacert.pem", "own/cacert.pem", 0o600) })(c)
}

// systemPKI puts the certificates in /etc/pki.
func systemPKI(s *Setup) error {
	p, err := withPKI(s)
	if err != nil {
		return err
	}
	return placePKI(s, p)
}

// placePKI puts a PKI in the client's /etc/pki.
func placePKI(s *Setup, p *certs.PKI) error {
	s.Client(func(e *Env) error {
		dir := filepath.Join(e.Dir, "system-pki")
		e.Place("/etc/pki", dir)
		return p.WriteSystem(dir)
	})
	return nil
}

// foreignPKI makes certificates of another authority.
func foreignPKI(p *certs.PKI) error {
	other, err := certs.New()
	*p = *other
	return err
}

// defaultPKI gives the client good certificates where a user who is not root has them: a
// client that drops pkipath succeeds by them.
func defaultPKI(e *Env) error { return e.copyPKI("home/.pki/libvirt") }

// userPKI has the client be that user.
func userPKI(e *Env) error {
	e.AsUser()
	return defaultPKI(e)
}

// copyPKI copies the client's certificates to a directory of its own.
func (e *Env) copyPKI(dir string) error {
	for _, name := range []string{"cacert.pem", "clientcert.pem", "clientkey.pem"} {
		if err := e.CopyFile("{pki}/"+name, filepath.Join(dir, name), 0o600); err != nil {
			return err
		}
	}
	return nil
}
