// Package certs makes what clients of a libvirt daemon need to trust it over TLS and
// SSH, and what it needs to know them: a CA with certificates, in the files that
// libvirt looks for, and SSH keys with all that the stock ssh client reads.
//
// It is made for tests. A PKI takes less than a millisecond, so that each test can
// have its own; nothing is installed, and nobody's ~/.pki or ~/.ssh is read or
// written.
//
// # TLS
//
// [New] makes a CA, a server certificate for localhost, 127.0.0.1, ::1 and the
// [Names] asked for, and a client certificate:
//
//	pki, err := certs.New(certs.Names("node.example.com"))
//	err = pki.WritePKIPath(dir) // virsh -c "qemu+tls://localhost:PORT/system?pkipath=DIR"
//
// What there is to know about libvirt and certificates:
//
//   - Clients verify the server by the name in their URI, against the names in the
//     certificate. C clients send no SNI, so a server cannot choose.
//   - A KeyUsage extension that is marked critical must have both digitalSignature
//     and keyEncipherment, whatever the kind of key.
//   - The server finishes the TLS handshake with anyone. It then checks the client's
//     certificate, and sends one byte, 0x01, or closes the connection without a word.
//     [PKI.ServerTLS] and [PKI.VerifyClient] are the two halves of that.
//   - Who may connect is decided by tls_allowed_dn_list, patterns that are matched
//     against what [DN] returns: O=fakelibvirtd,CN=client. [PKI.IssueClient] makes
//     clients of other names.
//   - A server certificate is for servers and a client certificate for clients. A
//     daemon that is a client as well, as in a peer-to-peer migration, has both.
//
// The three layouts are those of libvirt: [PKI.WritePKIPath] writes what the URI
// parameter pkipath= names, [PKI.WriteSystem] the directories below /etc/pki, and
// [PKI.WriteServer] what a server started anew wants to find again. [Load] reads
// them back and [LoadOrNew] makes what is missing.
//
// A certificate that differs from the usual is the usual template with a [Change],
// and a copy of a PKI with one part replaced is a PKI whose sides do not fit:
//
//	expired, err := pki.IssueClient("client", func(c *x509.Certificate) {
//		c.NotAfter = c.NotBefore.Add(time.Minute)
//	})
//	late := *pki
//	late.Client = expired
//	err = late.WritePKIPath(dir)
//
// # Certificates that are wrong
//
// [Catalogue] has every way for a certificate to be wrong by name, with what clients
// make of it, and [PKI.With] makes a PKI that has some of them:
//
//	late, err := pki.With(certs.ServerExpired, certs.ClientForeignCA)
//
// A node takes them as fakeserver.WithCertificates(certs.ServerExpired).
//
// # SSH
//
// [NewSSH] makes a host key and a user key, Ed25519 both. The server takes HostKeys
// and asks [SSH.Authorized]; [SSH.WriteClient] writes the rest for clients:
//
//	keys, err := certs.NewSSH()
//	files, err := keys.WriteClient(dir, certs.SSHClient{Addresses: []string{"127.0.0.1:2222"}})
//
//	virsh -c "qemu+ssh://localhost:2222/system?command=DIR/ssh"
//	virsh -c "qemu+libssh2://localhost:2222/system?keyfile=DIR/id_ed25519&known_hosts=DIR/known_hosts&sshauth=privkey"
//	ssh -F DIR/ssh_config -p 2222 localhost
//
// OpenSSH takes known_hosts and keys from the home directory in the user database,
// whatever HOME says. That is why a URI for it needs command=: the wrapper there runs
// the ssh of the PATH with our configuration and nothing else, and verifies the host
// key even if the URI has no_verify=1.
//
// # What repeats
//
// With [Rand] and [Clock] set, the same bytes make the same files: keys are built
// from them here, as Go's own generators ignore the source they are given, and
// signatures need no randomness (RFC 6979, RFC 8032). RSA keys are the exception.
// Handshakes draw on crypto/rand and do not repeat.
package certs

//go:generate go run ./internal/docgen
