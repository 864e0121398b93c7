package certs

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
)

// signedWithSHA1 returns the certificate with a signature of another kind, which Go
// itself makes no more: an RSA or ECDSA key signs its SHA-1 digest. Everything else
// stays.
func signedWithSHA1(cert *x509.Certificate, key crypto.Signer) (*x509.Certificate, error) {
	var algorithm pkix.AlgorithmIdentifier
	switch cert.SignatureAlgorithm {
	case x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
		algorithm.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA:
		algorithm.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}
		algorithm.Parameters = asn1.NullRawValue
	default:
		return nil, fmt.Errorf("a CA with %s signs no SHA-1 digest: want one with an RSA or ECDSA key", cert.SignatureAlgorithm)
	}
	var fields []asn1.RawValue
	if _, err := asn1.Unmarshal(cert.RawTBSCertificate, &fields); err != nil {
		return nil, err
	}
	// The version and the serial number come first.
	const place = 2
	name, err := asn1.Marshal(algorithm)
	if err != nil {
		return nil, err
	}
	fields[place] = asn1.RawValue{FullBytes: name}
	tbs, err := asn1.Marshal(fields)
	if err != nil {
		return nil, err
	}
	digest := sha1.Sum(tbs)
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA1)
	if err != nil {
		return nil, err
	}
	der, err := asn1.Marshal(struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, algorithm, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
