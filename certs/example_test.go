package certs_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/certs"
)

// temporary returns a directory, and how to remove it.
func temporary() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "certs")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

func Example() {
	dir, remove := temporary()
	defer remove()

	pki, err := certs.New(certs.Names("node.example.com"))
	if err != nil {
		log.Fatal(err)
	}
	// For virsh -c "qemu+tls://node.example.com/system?pkipath=DIR".
	if err := pki.WritePKIPath(dir); err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	fmt.Println(pki.Client.DN())
	// Output:
	// cacert.pem
	// clientcert.pem
	// clientkey.pem
	// O=fakelibvirtd,CN=client
}

// A server does what libvirtd does: it shakes hands with anyone, then checks, then
// says yes with one byte or hangs up.
func ExamplePKI_VerifyClient() {
	pki, err := certs.New()
	if err != nil {
		log.Fatal(err)
	}
	accept := func(conn net.Conn) error {
		defer conn.Close()
		c := tls.Server(conn, pki.ServerTLS())
		if err := c.Handshake(); err != nil {
			return err
		}
		if err := pki.VerifyClient(c.ConnectionState().PeerCertificates, time.Now()); err != nil {
			return err
		}
		_, err := c.Write([]byte{1})
		return err
	}

	stranger := pki.ClientTLS("localhost")
	stranger.Certificates = nil
	for _, config := range []*tls.Config{pki.ClientTLS("localhost"), stranger} {
		client, server := net.Pipe()
		verdict := make(chan error, 1)
		go func() { verdict <- accept(server) }()
		confirmation := make([]byte, 1)
		_, err := io.ReadFull(tls.Client(client, config), confirmation)
		fmt.Println("client:", confirmation[0], err)
		fmt.Println("server:", <-verdict)
	}
	// Output:
	// client: 1 <nil>
	// server: <nil>
	// client: 0 EOF
	// server: Unable to verify TLS peer: No certificate was found.
}

func ExamplePKI_IssueClient() {
	pki, err := certs.New()
	if err != nil {
		log.Fatal(err)
	}
	expired, err := pki.IssueClient("latecomer", func(c *x509.Certificate) {
		c.NotAfter = c.NotBefore.Add(time.Minute)
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(expired.DN())
	fmt.Println(pki.VerifyClient([]*x509.Certificate{expired.Certificate}, time.Now()))
	// Output:
	// O=fakelibvirtd,CN=latecomer
	// Certificate failed validation: The certificate is not trusted.
}

// A certificate that is wrong in a certain way, and what is known of it.
func ExamplePKI_With() {
	pki, err := certs.New()
	if err != nil {
		log.Fatal(err)
	}
	revoked, err := pki.With(certs.ClientRevoked)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(revoked.VerifyClient([]*x509.Certificate{revoked.Client.Certificate}, time.Now()))
	entry, err := certs.Lookup(certs.ClientRevoked)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(entry.Wrong)
	fmt.Println(entry.Virsh)
	// Output:
	// Certificate failed validation: The certificate has been revoked.
	// is on the list of revoked certificates, cacrl.pem
	// Unable to read TLS confirmation: Input/output error
}

// The directory that --pki names: made once, read ever after, and widened if the
// server is to have a further name.
func ExampleLoadOrNew() {
	dir, remove := temporary()
	defer remove()

	for _, name := range []string{"one.example.com", "one.example.com", "two.example.com"} {
		pki, err := certs.LoadOrNew(dir, certs.Names(name))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(pki.Server.Certificate.DNSNames)
	}
	// Output:
	// [localhost one.example.com]
	// [localhost one.example.com]
	// [localhost one.example.com two.example.com]
}

func ExampleSSH_WriteClient() {
	dir, remove := temporary()
	defer remove()

	keys, err := certs.NewSSH()
	if err != nil {
		log.Fatal(err)
	}
	files, err := keys.WriteClient(dir, certs.SSHClient{
		Addresses: []string{"192.0.2.7:22", "127.0.0.1:2222"},
		Names:     []string{"node.example.com"},
	})
	if err != nil {
		log.Fatal(err)
	}
	// For virsh -c "qemu+ssh://node.example.com/system?command=DIR/ssh".
	for _, path := range []string{files.Command, files.Config, files.Key, files.KnownHosts} {
		fmt.Println(filepath.Base(path))
	}
	// Output:
	// ssh
	// ssh_config
	// id_ed25519
	// known_hosts
}
