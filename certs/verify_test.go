package certs

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"testing"
	"time"
)

// extension returns a change that adds an extension ready made.
func extension(t *testing.T, oid asn1.ObjectIdentifier, critical bool, value any) Change {
	t.Helper()
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: oid, Critical: critical, Value: der})
	}
}

// The texts, but for those about a certificate that is not yet active and about
// intermediates, are what a libvirtd 9.0.0 logged when it met such clients.
func TestVerifyClient(t *testing.T) {
	p, foreign := mustNew(t), mustNew(t)
	now := time.Now()
	issue := func(changes ...Change) []*x509.Certificate {
		t.Helper()
		pair, err := p.IssueClient("client", changes...)
		if err != nil {
			t.Fatal(err)
		}
		return []*x509.Certificate{pair.Certificate}
	}
	usage := func(u x509.KeyUsage) Change { return func(c *x509.Certificate) { c.KeyUsage = u } }
	noUsage := usage(0)
	noPurpose := func(c *x509.Certificate) { c.ExtKeyUsage = nil }
	purposes := func(critical bool, oids ...asn1.ObjectIdentifier) []Change {
		return []Change{noPurpose, extension(t, asn1.ObjectIdentifier{2, 5, 29, 37}, critical, oids)}
	}
	serverAuth := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}
	clientAuth := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
	emailProtection := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}
	anyPurpose := asn1.ObjectIdentifier{2, 5, 29, 37, 0}

	// An intermediate CA, and a client below it.
	w := p.shop()
	middleKey, err := w.key()
	if err != nil {
		t.Fatal(err)
	}
	middle, err := w.issue(middleKey, caTemplate([]byte("middle")), p.CA)
	if err != nil {
		t.Fatal(err)
	}
	below := &PKI{CA: middle}
	grandchild, err := below.IssueClient("grandchild")
	if err != nil {
		t.Fatal(err)
	}
	stale := mustNew(t, Clock(at("2001-01-01 00:00:00")), Validity(time.Hour, time.Hour)).CA
	early := mustNew(t, Clock(at("2101-01-01 00:00:00"))).CA

	const (
		notTrusted     = "Certificate failed validation: The certificate is not trusted."
		unknownIssuer  = "Certificate failed validation: The certificate hasn't got a known issuer."
		usageViolation = "TLS handshake failed Key usage violation in certificate has been detected."
		notForClients  = "Certificate [session] purpose does not allow use for with a TLS client"
	)
	for _, c := range []struct {
		name  string
		chain []*x509.Certificate
		now   time.Time
		want  string
	}{
		{"ours", []*x509.Certificate{p.Client.Certificate}, now, ""},
		{"none", nil, now, "Unable to verify TLS peer: No certificate was found."},
		{"nil", []*x509.Certificate{nil}, now, "Unable to verify TLS peer: No certificate was found."},
		{"foreign CA", []*x509.Certificate{foreign.Client.Certificate}, now, unknownIssuer},
		{"foreign CA sent along", []*x509.Certificate{foreign.Client.Certificate, foreign.CA.Certificate}, now, unknownIssuer},
		{"expired", []*x509.Certificate{p.Client.Certificate}, p.Client.Certificate.NotAfter.Add(time.Second), notTrusted},
		{"expired, of a foreign CA", []*x509.Certificate{foreign.Client.Certificate}, p.Client.Certificate.NotAfter.Add(time.Hour), unknownIssuer},
		{"not yet valid", []*x509.Certificate{p.Client.Certificate}, p.Client.Certificate.NotBefore.Add(-time.Second), notTrusted},
		{"CA sent along", []*x509.Certificate{p.Client.Certificate, p.CA.Certificate}, now, ""},
		{"expired CA sent along", []*x509.Certificate{p.Client.Certificate, stale.Certificate}, now, "The CA certificate [session] has expired"},
		{"future CA sent along", []*x509.Certificate{p.Client.Certificate, early.Certificate}, now, "The CA certificate [session] is not yet active"},
		{"below an intermediate", []*x509.Certificate{grandchild.Certificate, middle.Certificate}, now, ""},
		{"missing intermediate", []*x509.Certificate{grandchild.Certificate}, now, unknownIssuer},
		{"the CA itself", []*x509.Certificate{p.CA.Certificate}, now, usageViolation},
		{"a CA that may be a client", issue(func(c *x509.Certificate) { c.IsCA = true }), now,
			"The certificate [session] basic constraints show a CA, but we need one for a client"},
		{"critical extension that nobody knows", issue(extension(t, asn1.ObjectIdentifier{1, 2, 3, 4}, true, 1)), now, notTrusted},
		{"no key usage", issue(noUsage), now, ""},
		{"no key encipherment", issue(usage(x509.KeyUsageDigitalSignature)), now, "Certificate [session] usage does not permit key encipherment"},
		{"no digital signature", issue(usage(x509.KeyUsageKeyEncipherment)), now, usageViolation},
		{"no digital signature, not critical",
			issue(noUsage, extension(t, asn1.ObjectIdentifier{2, 5, 29, 15}, false, asn1.BitString{Bytes: []byte{0x20}, BitLength: 3})), now, usageViolation},
		{"no key encipherment, not critical",
			issue(noUsage, extension(t, asn1.ObjectIdentifier{2, 5, 29, 15}, false, asn1.BitString{Bytes: []byte{0x80}, BitLength: 1})), now, ""},
		{"no purpose", issue(noPurpose), now, ""},
		{"purpose server", []*x509.Certificate{p.Server.Certificate}, now, ""},
		{"purpose server, critical", issue(purposes(true, serverAuth)...), now, notForClients},
		{"purpose both, critical", issue(purposes(true, serverAuth, clientAuth)...), now, ""},
		{"purpose any, critical", issue(purposes(true, anyPurpose)...), now, notForClients},
		{"purpose e-mail, critical", issue(purposes(true, emailProtection)...), now, ""},
		{"unknown purpose, critical", issue(purposes(true, asn1.ObjectIdentifier{1, 2, 3})...), now, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := p.VerifyClient(c.chain, c.now)
			if c.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var refused *VerifyError
			if !errors.As(err, &refused) || refused.Text != c.want {
				t.Errorf("VerifyClient: %v\nwant %s", err, c.want)
			}
		})
	}

	t.Run("reason", func(t *testing.T) {
		var unknown x509.UnknownAuthorityError
		if err := p.VerifyClient([]*x509.Certificate{foreign.Client.Certificate}, now); !errors.As(err, &unknown) {
			t.Errorf("%v does not wrap the reason of crypto/x509", err)
		}
	})
}
