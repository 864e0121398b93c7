package certs

import "crypto/x509"

// Variants of the server's certificate.
const (
	ServerWrongName           Variant = "server-wrong-name"
	ServerNameInCNOnly        Variant = "server-name-in-cn-only"
	ServerNoIP                Variant = "server-no-ip"
	ServerExpired             Variant = "server-expired"
	ServerNotYetValid         Variant = "server-not-yet-valid"
	ServerForeignCA           Variant = "server-foreign-ca"
	ServerSelfSigned          Variant = "server-self-signed"
	ServerIntermediate        Variant = "server-intermediate"
	ServerMissingIntermediate Variant = "server-missing-intermediate"
	ServerNoEncipherment      Variant = "server-no-encipherment"
	ServerNoSignature         Variant = "server-no-signature"
	ServerForClients          Variant = "server-for-clients"
	ServerForClientsCritical  Variant = "server-for-clients-critical"
	ServerIsCA                Variant = "server-is-ca"
	ServerRevoked             Variant = "server-revoked"
	ServerRSA2048             Variant = "server-rsa2048"
	ServerP256                Variant = "server-p256"
	ServerP384                Variant = "server-p384"
	ServerEd25519             Variant = "server-ed25519"
	ServerRSA1024             Variant = "server-rsa1024"
	ServerSHA1                Variant = "server-sha1"
)

func serverEntries() []Entry {
	list := []Entry{
		{
			Variant:        ServerWrongName,
			Wrong:          "is for other.example.com alone",
			Noticed:        "the names against the host in the URI",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "owner does not match the hostname localhost",
			GoLibvirt:      "x509: certificate is valid for other.example.com, not localhost",
			make: changed(OfServer, always(func(c *x509.Certificate) {
				c.Subject = subject("other.example.com")
				c.DNSNames, c.IPAddresses = []string{"other.example.com"}, nil
			})),
		},
		{
			Variant:   ServerNameInCNOnly,
			Wrong:     "has the host's name as its common name, and no other names",
			Noticed:   "the names, by Go, which knows no common names",
			GoLibvirt: "x509: certificate relies on legacy Common Name field, use SANs instead",
			make:      changed(OfServer, always(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil })),
		},
		{
			Variant:        ServerNoIP,
			Host:           "127.0.0.1",
			Wrong:          "has IP addresses as if they were DNS names",
			Noticed:        "the addresses against the one in the URI",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "owner does not match the hostname 127.0.0.1",
			GoLibvirt:      "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
			make: changed(OfServer, always(func(c *x509.Certificate) {
				for _, ip := range c.IPAddresses {
					if v4 := ip.To4(); v4 != nil { // Go refuses to write colons
						c.DNSNames = append(c.DNSNames[:len(c.DNSNames):len(c.DNSNames)], v4.String())
					}
				}
				c.IPAddresses = nil
			})),
		},
		{
			Variant:        ServerExpired,
			Wrong:          "ended an hour ago",
			Noticed:        "the times",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "Certificate failed validation: The certificate is not trusted.",
			GoLibvirt:      "x509: certificate has expired or is not yet valid",
			make:           changed(OfServer, expired),
		},
		{
			Variant:        ServerNotYetValid,
			Wrong:          "begins in a year",
			Noticed:        "the times",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "Certificate failed validation: The certificate is not trusted.",
			GoLibvirt:      "x509: certificate has expired or is not yet valid",
			make:           changed(OfServer, notYet),
		},
		{
			Variant:        ServerForeignCA,
			Wrong:          "is signed by a CA that clients do not have",
			Noticed:        "the signature of a CA that is known",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "Certificate failed validation: The certificate hasn't got a known issuer.",
			GoLibvirt:      "x509: certificate signed by unknown authority",
			make:           foreign(OfServer),
		},
		{
			Variant:        ServerSelfSigned,
			Wrong:          "is signed by its own key",
			Noticed:        "the signature of a CA that is known",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "Certificate failed validation: The certificate hasn't got a known issuer.",
			GoLibvirt:      "x509: certificate signed by unknown authority",
			make:           selfSigned(OfServer),
		},
		{
			Variant: ServerIntermediate,
			Wrong:   "is signed by a CA below the one that clients have, which is sent along",
			Noticed: "nothing",
			make:    intermediate(OfServer, true),
		},
		{
			Variant:        ServerMissingIntermediate,
			Wrong:          "is signed by a CA below the one that clients have, which is not sent along",
			Noticed:        "the signature of a CA that is known",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "Certificate failed validation: The certificate hasn't got a known issuer.",
			GoLibvirt:      "x509: certificate signed by unknown authority",
			make:           intermediate(OfServer, false),
		},
		{
			Variant:        ServerNoEncipherment,
			Wrong:          "has a critical key usage of digitalSignature alone",
			Noticed:        "the key usage, by libvirt",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "usage does not permit key encipherment",
			make:           changed(OfServer, usages(x509.KeyUsageDigitalSignature)),
		},
		{
			Variant:        ServerNoSignature,
			Wrong:          "has a critical key usage of keyEncipherment alone",
			Noticed:        "the key usage, by GnuTLS; a libvirtd drops every client in the handshake",
			Virsh:          "TLS handshake failed Key usage violation in certificate has been detected.",
			VirshUnchecked: "TLS handshake failed Key usage violation in certificate has been detected.",
			make:           changed(OfServer, usages(x509.KeyUsageKeyEncipherment)),
		},
		{
			Variant:   ServerForClients,
			Wrong:     "has the extended key usage clientAuth",
			Noticed:   "the purpose; libvirt only warns",
			Warning:   "purpose does not allow use for with a TLS server",
			GoLibvirt: "x509: certificate specifies an incompatible key usage",
			make:      changed(OfServer, purpose(x509.ExtKeyUsageClientAuth)),
		},
		{
			Variant:        ServerForClientsCritical,
			Wrong:          "has the critical extended key usage clientAuth",
			Noticed:        "the purpose",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "purpose does not allow use for with a TLS server",
			GoLibvirt:      "x509: certificate specifies an incompatible key usage",
			make:           changed(OfServer, criticalPurpose(purposeClient)),
		},
		{
			Variant:        ServerIsCA,
			Wrong:          "has basic constraints that show a CA",
			Noticed:        "the basic constraints, by libvirt",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "basic constraints show a CA, but we need one for a server",
			make:           changed(OfServer, always(aCA)),
		},
		{
			Variant:        ServerRevoked,
			Wrong:          "is on the list of revoked certificates, cacrl.pem",
			Noticed:        "cacrl.pem, which Go does not read",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "Certificate failed validation: The certificate has been revoked.",
			make:           revoked(OfServer),
		},
		{
			Variant: ServerRSA2048,
			Wrong:   "has an RSA key of 2048 bits",
			Noticed: "nothing",
			make:    keyed(OfServer, RSA2048),
		},
		{
			Variant: ServerP256,
			Wrong:   "has an ECDSA key on P-256",
			Noticed: "nothing",
			make:    keyed(OfServer, P256),
		},
		{
			Variant: ServerP384,
			Wrong:   "has an ECDSA key on P-384",
			Noticed: "nothing",
			make:    keyed(OfServer, P384),
		},
		{
			Variant: ServerEd25519,
			Wrong:   "has an Ed25519 key",
			Noticed: "nothing",
			make:    keyed(OfServer, Ed25519),
		},
		{
			Variant: ServerRSA1024,
			Wrong:   "has an RSA key of 1024 bits",
			Noticed: "nothing: neither GnuTLS nor Go calls it weak",
			make:    weakKey(OfServer),
		},
		{
			Variant:        ServerSHA1,
			Wrong:          "is signed over a SHA-1 digest",
			Noticed:        "the algorithm of the signature",
			Virsh:          refusedPeer,
			VirshUnchecked: refusedPeer,
			Warning:        "Certificate failed validation: The certificate uses an insecure algorithm",
			GoLibvirt:      "x509: certificate signed by unknown authority",
			make:           weakHash(OfServer),
		},
	}
	return complete(OfServer, list)
}

// complete fills in what most entries of a side share.
func complete(side Side, list []Entry) []Entry {
	for i := range list {
		list[i].Side = side
		if list[i].Host == "" {
			list[i].Host = "localhost"
		}
	}
	return list
}

// What several entries have in common.
const (
	refusedPeer    = "authentication failed: Failed to verify peer's certificate"
	noConfirmation = "Unable to read TLS confirmation: Input/output error"
	goEOF          = "EOF"
)
