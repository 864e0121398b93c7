package certs

import "crypto/x509"

// Variants of the client's certificate.
const (
	ClientMissing             Variant = "client-missing"
	ClientOtherName           Variant = "client-other-name"
	ClientExpired             Variant = "client-expired"
	ClientNotYetValid         Variant = "client-not-yet-valid"
	ClientForeignCA           Variant = "client-foreign-ca"
	ClientSelfSigned          Variant = "client-self-signed"
	ClientIntermediate        Variant = "client-intermediate"
	ClientMissingIntermediate Variant = "client-missing-intermediate"
	ClientNoEncipherment      Variant = "client-no-encipherment"
	ClientNoSignature         Variant = "client-no-signature"
	ClientForServers          Variant = "client-for-servers"
	ClientForServersCritical  Variant = "client-for-servers-critical"
	ClientIsCA                Variant = "client-is-ca"
	ClientRevoked             Variant = "client-revoked"
	ClientRSA2048             Variant = "client-rsa2048"
	ClientP256                Variant = "client-p256"
	ClientP384                Variant = "client-p384"
	ClientEd25519             Variant = "client-ed25519"
	ClientRSA1024             Variant = "client-rsa1024"
	ClientSHA1                Variant = "client-sha1"
)

// Variants of the CA's certificate.
const (
	CAExpired        Variant = "ca-expired"
	CANotYetValid    Variant = "ca-not-yet-valid"
	CANotCA          Variant = "ca-not-ca"
	CANoConstraints  Variant = "ca-no-constraints"
	CANoSigningUsage Variant = "ca-no-signing-usage"
)

func clientEntries() []Entry {
	return complete(OfClient, []Entry{
		{
			Variant:        ClientMissing,
			Wrong:          "is not there, nor is its key",
			Noticed:        "the server; go-libvirt wants the file itself",
			Virsh:          noConfirmation,
			VirshUnchecked: noConfirmation,
			GoLibvirt:      "clientcert.pem: no such file or directory",
			Libvirtd:       "Unable to verify TLS peer: No certificate was found.",
			make:           func(p *PKI) error { p.Client, p.clientless = nil, true; return nil },
		},
		{
			Variant: ClientOtherName,
			Wrong:   "is O=fakelibvirtd,CN=stranger, which a list of allowed names may lack",
			Noticed: "the server's list of allowed names, if it has one",
			make:    changed(OfClient, always(func(c *x509.Certificate) { c.Subject = subject("stranger") })),
		},
		{
			Variant:        ClientExpired,
			Wrong:          "ended an hour ago",
			Noticed:        "the times, by client and server",
			Virsh:          "clientcert.pem has expired",
			VirshUnchecked: noConfirmation,
			GoLibvirt:      goEOF,
			Libvirtd:       "Certificate failed validation: The certificate is not trusted.",
			make:           changed(OfClient, expired),
		},
		{
			Variant:        ClientNotYetValid,
			Wrong:          "begins in a year",
			Noticed:        "the times, by client and server",
			Virsh:          "clientcert.pem is not yet active",
			VirshUnchecked: noConfirmation,
			GoLibvirt:      goEOF,
			Libvirtd:       "Certificate failed validation: The certificate is not trusted.",
			make:           changed(OfClient, notYet),
		},
		{
			Variant:        ClientForeignCA,
			Wrong:          "is signed by a CA that the server does not have",
			Noticed:        "the signature of a CA that is known, by client and server",
			Virsh:          "The certificate hasn't got a known issuer.",
			VirshUnchecked: noConfirmation,
			GoLibvirt:      goEOF,
			Libvirtd:       "Certificate failed validation: The certificate hasn't got a known issuer.",
			make:           foreign(OfClient),
		},
		{
			Variant:        ClientSelfSigned,
			Wrong:          "is signed by its own key",
			Noticed:        "the signature of a CA that is known, by client and server",
			Virsh:          "The certificate hasn't got a known issuer.",
			VirshUnchecked: noConfirmation,
			GoLibvirt:      goEOF,
			Libvirtd:       "Certificate failed validation: The certificate hasn't got a known issuer.",
			make:           selfSigned(OfClient),
		},
		{
			Variant: ClientIntermediate,
			Wrong:   "is signed by a CA below the server's, which is sent along",
			Noticed: "the client's own check, which reads the first certificate of the file alone",
			Virsh:   "The certificate hasn't got a known issuer.",
			make:    intermediate(OfClient, true),
		},
		{
			Variant:        ClientMissingIntermediate,
			Wrong:          "is signed by a CA below the server's, which is not sent along",
			Noticed:        "the signature of a CA that is known, by client and server",
			Virsh:          "The certificate hasn't got a known issuer.",
			VirshUnchecked: noConfirmation,
			GoLibvirt:      goEOF,
			Libvirtd:       "Certificate failed validation: The certificate hasn't got a known issuer.",
			make:           intermediate(OfClient, false),
		},
		{
			Variant:        ClientNoEncipherment,
			Wrong:          "has a critical key usage of digitalSignature alone",
			Noticed:        "the key usage, by client and server",
			Virsh:          "clientcert.pem usage does not permit key encipherment",
			VirshUnchecked: noConfirmation,
			GoLibvirt:      goEOF,
			Libvirtd:       "Certificate [session] usage does not permit key encipherment",
			make:           changed(OfClient, usages(x509.KeyUsageDigitalSignature)),
		},
		{
			Variant:        ClientNoSignature,
			Wrong:          "has a critical key usage of keyEncipherment alone",
			Noticed:        "the key usage, by client and server",
			Virsh:          "clientcert.pem usage does not permit digital signature",
			VirshUnchecked: "TLS handshake failed Key usage violation in certificate has been detected.",
			GoLibvirt:      goEOF,
			Libvirtd:       "TLS handshake failed Key usage violation in certificate has been detected.",
			make:           changed(OfClient, usages(x509.KeyUsageKeyEncipherment)),
		},
		{
			Variant: ClientForServers,
			Wrong:   "has the extended key usage serverAuth",
			Noticed: "the purpose; libvirt only warns",
			Warning: "purpose does not allow use for with a TLS client",
			make:    changed(OfClient, purpose(x509.ExtKeyUsageServerAuth)),
		},
		{
			Variant:        ClientForServersCritical,
			Wrong:          "has the critical extended key usage serverAuth",
			Noticed:        "the purpose, by client and server",
			Virsh:          "clientcert.pem purpose does not allow use for with a TLS client",
			VirshUnchecked: noConfirmation,
			GoLibvirt:      goEOF,
			Libvirtd:       "Certificate [session] purpose does not allow use for with a TLS client",
			make:           changed(OfClient, criticalPurpose(purposeServer)),
		},
		{
			Variant:        ClientIsCA,
			Wrong:          "has basic constraints that show a CA",
			Noticed:        "the basic constraints, by client and server",
			Virsh:          "clientcert.pem basic constraints show a CA, but we need one for a client",
			VirshUnchecked: noConfirmation,
			GoLibvirt:      goEOF,
			Libvirtd:       "The certificate [session] basic constraints show a CA, but we need one for a client",
			make:           changed(OfClient, always(aCA)),
		},
		{
			Variant:        ClientRevoked,
			Wrong:          "is on the list of revoked certificates, cacrl.pem",
			Noticed:        "cacrl.pem, by the server",
			Virsh:          noConfirmation,
			VirshUnchecked: noConfirmation,
			GoLibvirt:      goEOF,
			Libvirtd:       "Certificate failed validation: The certificate has been revoked.",
			make:           revoked(OfClient),
		},
		{
			Variant: ClientRSA2048,
			Wrong:   "has an RSA key of 2048 bits",
			Noticed: "nothing",
			make:    keyed(OfClient, RSA2048),
		},
		{
			Variant: ClientP256,
			Wrong:   "has an ECDSA key on P-256",
			Noticed: "nothing",
			make:    keyed(OfClient, P256),
		},
		{
			Variant: ClientP384,
			Wrong:   "has an ECDSA key on P-384",
			Noticed: "nothing",
			make:    keyed(OfClient, P384),
		},
		{
			Variant: ClientEd25519,
			Wrong:   "has an Ed25519 key",
			Noticed: "nothing",
			make:    keyed(OfClient, Ed25519),
		},
		{
			Variant: ClientRSA1024,
			Wrong:   "has an RSA key of 1024 bits",
			Noticed: "nothing: neither GnuTLS nor Go calls it weak",
			make:    weakKey(OfClient),
		},
		{
			Variant:        ClientSHA1,
			Wrong:          "is signed over a SHA-1 digest",
			Noticed:        "the algorithm of the signature, by client and server",
			Virsh:          "The certificate uses an insecure algorithm",
			VirshUnchecked: noConfirmation,
			GoLibvirt:      goEOF,
			Libvirtd:       "Certificate failed validation: The certificate uses an insecure algorithm",
			make:           weakHash(OfClient),
		},
	})
}

func caEntries() []Entry {
	return complete(OfCA, []Entry{
		{
			Variant:        CAExpired,
			Wrong:          "ended an hour ago",
			Noticed:        "the times, by the client",
			Virsh:          "cacert.pem has expired",
			VirshUnchecked: refusedPeer,
			GoLibvirt:      "x509: certificate has expired or is not yet valid",
			make:           changedCA(expired),
		},
		{
			Variant:        CANotYetValid,
			Wrong:          "begins in a year",
			Noticed:        "the times, by the client",
			Virsh:          "cacert.pem is not yet active",
			VirshUnchecked: refusedPeer,
			GoLibvirt:      "x509: certificate has expired or is not yet valid",
			make:           changedCA(notYet),
		},
		{
			Variant:        CANotCA,
			Wrong:          "has basic constraints that show no CA",
			Noticed:        "the basic constraints, by the client",
			Virsh:          "cacert.pem basic constraints do not show a CA",
			VirshUnchecked: refusedPeer,
			GoLibvirt:      "x509: certificate signed by unknown authority",
			make:           changedCA(always(func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, 0 })),
		},
		{
			Variant:   CANoConstraints,
			Wrong:     "has no basic constraints",
			Noticed:   "the basic constraints, by the client; GnuTLS itself does not mind",
			Virsh:     "cacert.pem is missing basic constraints for a CA",
			GoLibvirt: "x509: certificate signed by unknown authority",
			make:      changedCA(always(func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false })),
		},
		{
			Variant:        CANoSigningUsage,
			Wrong:          "has a critical key usage without keyCertSign",
			Noticed:        "the key usage, by the client",
			Virsh:          "cacert.pem usage does not permit certificate signing",
			VirshUnchecked: refusedPeer,
			GoLibvirt:      "x509: certificate signed by unknown authority",
			make:           changedCA(usages(x509.KeyUsageCRLSign)),
		},
	})
}
