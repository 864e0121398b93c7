package certs

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"time"
)

// VerifyError is why a libvirtd turns a client away. The client never learns it:
// it finds the connection closed.
type VerifyError struct {
	// Text is the reason in the words of a libvirtd 9.0.0, as it stands in its log.
	Text string

	// Handshake tells that it is GnuTLS that turns the client away, in the handshake
	// and whether or not libvirtd was told to verify (tls_no_verify_certificate).
	Handshake bool
	// Err is the reason as crypto/x509 put it, or nil.
	Err error
}

func (e *VerifyError) Error() string { return e.Text }

func (e *VerifyError) Unwrap() error { return e.Err }

// VerifyClient checks a client as the real server does once the handshake is over
// (virNetTLSContextValidCertificate): that there is a certificate, that the CA
// vouches for it, times, basic constraints, key usage and purpose. Like the real
// one it lets a purpose that is not critical pass, whatever it says, and takes any
// unfamiliar one for leave to be a client.
//
// The chain is tls.ConnectionState.PeerCertificates; every error is a
// [*VerifyError]. Matching the DN against tls_allowed_dn_list is left to the caller,
// who has [DN] and [AllowsDN] for it.
func (p *PKI) VerifyClient(chain []*x509.Certificate, now time.Time) error {
	if len(chain) == 0 || chain[0] == nil {
		return &VerifyError{Text: "Unable to verify TLS peer: No certificate was found."}
	}
	leaf := chain[0]
	usage := extensionOf(leaf, "2.5.29.15")
	if usage.present && leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		// GnuTLS ends the handshake for it, critical or not; Go's goes on.
		return &VerifyError{Handshake: true, Text: "TLS handshake failed Key usage violation in certificate has been detected."}
	}
	if err := p.verifyChain(chain, now); err != nil {
		return err
	}
	if p.revokes(leaf) {
		return &VerifyError{Text: "Certificate failed validation: The certificate has been revoked."}
	}
	if leaf.BasicConstraintsValid && leaf.IsCA {
		return &VerifyError{Text: "The certificate [session] basic constraints show a CA, but we need one for a client"}
	}
	if usage.critical && leaf.KeyUsage&x509.KeyUsageKeyEncipherment == 0 {
		return &VerifyError{Text: "Certificate [session] usage does not permit key encipherment"}
	}
	if extensionOf(leaf, "2.5.29.37").critical && !clientPurpose(leaf) {
		return &VerifyError{Text: "Certificate [session] purpose does not allow use for with a TLS client"}
	}
	return nil
}

// revokes tells whether the CRL lists the certificate, as one of the CA's own.
func (p *PKI) revokes(cert *x509.Certificate) bool {
	return p.CRL != nil && bytes.Equal(p.CRL.RawIssuer, cert.RawIssuer) &&
		slices.ContainsFunc(p.CRL.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool {
			return e.SerialNumber.Cmp(cert.SerialNumber) == 0
		})
}

func (p *PKI) verifyChain(chain []*x509.Certificate, now time.Time) error {
	leaf := chain[0]
	intermediates := x509.NewCertPool()
	for _, cert := range chain[1:] {
		intermediates.AddCert(cert)
	}
	verify := func(at time.Time) error {
		_, err := leaf.Verify(x509.VerifyOptions{
			Roots:         p.Pool(),
			Intermediates: intermediates,
			CurrentTime:   at,
			KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		return err
	}
	if err := verify(now); err != nil {
		// A certificate that is both out of its time and of an unknown issuer is the
		// latter to libvirt, and the former to Go.
		var unknown x509.UnknownAuthorityError
		if inTime := verify(leaf.NotBefore); errors.As(inTime, &unknown) {
			err = inTime
		}
		reason := failedValidation(err)
		if p.signedWeakly(leaf) {
			reason = "The certificate uses an insecure algorithm"
		}
		return &VerifyError{Text: "Certificate failed validation: " + reason, Err: err}
	}
	// Certificates that the chain did not need are looked at all the same.
	for _, cert := range chain[1:] {
		if now.After(cert.NotAfter) {
			return &VerifyError{Text: "The CA certificate [session] has expired"}
		}
		if now.Before(cert.NotBefore) {
			return &VerifyError{Text: "The CA certificate [session] is not yet active"}
		}
	}
	return nil
}

// signedWeakly tells whether one of the CAs has signed a SHA-1 digest: to Go, which
// does not look at such a signature, its issuer is unknown.
func (p *PKI) signedWeakly(cert *x509.Certificate) bool {
	return (cert.SignatureAlgorithm == x509.ECDSAWithSHA1 || cert.SignatureAlgorithm == x509.SHA1WithRSA) &&
		slices.ContainsFunc(p.CA.all(), func(ca *x509.Certificate) bool { return bytes.Equal(ca.RawSubject, cert.RawIssuer) })
}

// failedValidation is libvirt's reading of GnuTLS's verdict. GnuTLS counts a
// certificate out of its time as not trusted.
func failedValidation(err error) string {
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return "The certificate hasn't got a known issuer."
	}
	return "The certificate is not trusted."
}

// clientPurpose follows virNetTLSContextCheckCertKeyPurpose to the letter: that
// function means to honour anyExtendedKeyUsage and, by a slip, honours every
// purpose but that one.
func clientPurpose(cert *x509.Certificate) bool {
	return len(cert.UnknownExtKeyUsage) > 0 || slices.ContainsFunc(cert.ExtKeyUsage, func(u x509.ExtKeyUsage) bool {
		return u != x509.ExtKeyUsageServerAuth && u != x509.ExtKeyUsageAny
	})
}

// presence says whether a certificate has an extension, and marked critical.
type presence struct{ present, critical bool }

func extensionOf(cert *x509.Certificate, oid string) presence {
	for _, e := range cert.Extensions {
		if e.Id.String() == oid {
			return presence{true, e.Critical}
		}
	}
	return presence{}
}
