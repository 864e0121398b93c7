package main

import (
	"fmt"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/certs"
)

const head = `# Certificates that are wrong

<!-- Made by go generate in certs from its catalogue: change that. -->

Each entry is a certificate that differs from a good one in one way. In a test:

` + "```go" + `
// The node's own certificate, or that of the CA or the client for all clients:
host := harness.Start(t, harness.WithCertificates(certs.ServerExpired))

// The certificate of one client:
uri := host.URI(harness.TLS, "qemu:///system", host.ClientCertificate(certs.ClientExpired))

// Whom the node lets in, and with what:
host := harness.Start(t, harness.WithTLS(fakeserver.TLSSettings{
	AllowedDN:  []string{"O=fakelibvirtd,CN=admin-*"}, // tls_allowed_dn_list
	MaxVersion: tls.VersionTLS12,
}))
` + "```" + `

A scenario has them as ` + "`certificates: [server-expired]`" + `, and the binary as
` + "`fakelibvirtd --certificates server-expired`" + `. For tests in other languages,
` + "`fakelibvirtd certs list --json`" + ` prints what is below, and ` + "`fakelibvirtd certs make DIR --variant NAME`" + `
writes the files.

What clients print was measured with virsh 9.0.0 and digitalocean/go-libvirt, at a node and
at a libvirtd 9.0.0. A client without a text connects. With no_verify=1 in the URI no
client minds a server's certificate. With no_sanity=1 libvirt's clients do not look at
their own files, so that the server is the one to refuse them. A list of revoked
certificates, cacrl.pem, is written beside cacert.pem for clients and read by the node.

A libvirtd is otherwise than a node in two entries: it drops every client that comes to
it with server-no-signature, and one with client-no-signature (and no_sanity=1) reads
*Unable to read TLS confirmation: Input/output error*.

The byte that follows the handshake is spoilt by the fault [confirmation](faults.md#confirmation).
`

func document() string {
	var b strings.Builder
	b.WriteString(head)
	side := certs.Side("")
	for _, e := range certs.Catalogue() {
		if e.Side != side {
			side = e.Side
			fmt.Fprintf(&b, "\n## Of the %s\n\nIt …\n\n| name | what is wrong | noticed by | virsh | virsh with no_sanity=1 | go-libvirt |\n|---|---|---|---|---|---|\n", side)
		}
		wrong := e.Wrong
		if e.Host != "localhost" {
			wrong += " (for a URI with " + e.Host + ")"
		}
		virsh := text(e.Virsh)
		if e.Warning != "" {
			virsh = text(e.Virsh) + "; warning: *" + e.Warning + "*"
		}
		unchecked := text(e.VirshUnchecked)
		if e.VirshUnchecked == e.Virsh {
			unchecked = "the same"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", e.Variant, wrong, e.Noticed, virsh, unchecked, text(e.GoLibvirt))
	}
	return b.String()
}

func text(outcome string) string {
	if outcome == "" {
		return "connects"
	}
	return "*" + outcome + "*"
}
