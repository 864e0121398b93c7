package harness_test

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"os/exec"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// connects prints whether go-libvirt connects, or why not.
func connects(uri string) {
	u, err := url.Parse(uri)
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := libvirt.ConnectToURI(u)
	if err != nil {
		_, reason, _ := strings.Cut(err.Error(), ": ")
		reason, _, _ = strings.Cut(reason, "\n")
		fmt.Println(reason)
		return
	}
	fmt.Println("connected", l.Disconnect())
}

// On tcp the node asks for a user of SASL, which go-libvirt cannot be; on tls the
// client's certificate is enough.
func ExampleWithAuth() {
	host := harness.Start(t, harness.WithAuth(harness.Auth{
		TCP:   harness.AuthSASL,
		Users: []harness.AuthUser{{Name: "fred", Password: "rhubarb"}},
	}))
	connects(host.URI(harness.TCP, "test:///default"))
	connects(host.URI(harness.TLS, "test:///default"))
	t.end()
	// Output:
	// authentication required
	// connected <nil>
}

// The server's certificate has expired.
func ExampleWithCertificates() {
	host := harness.Start(t, harness.WithCertificates("server-expired"))
	uri := host.URI(harness.TLS, "qemu:///system")
	cmd := exec.Command("virsh", "-c", uri, "list")
	cmd.Env = host.Env()
	// cmd.Run() fails with "Certificate failed validation".
	t.end()
}

// One client has another certificate than the rest.
func ExampleHost_ClientCertificate() {
	host := harness.Start(t)
	uri := host.URI(harness.TLS, "qemu:///system", host.ClientCertificate("client-expired"), harness.Param("no_sanity", "1"))
	cmd := exec.Command("virsh", "-c", uri, "list")
	cmd.Env = host.Env()
	// cmd.Run() fails: the node sends no confirmation.
	t.end()
}

func ExampleWithTLS() {
	host := harness.Start(t, harness.WithTLS(harness.TLSSettings{
		AllowedDN:  []string{"O=fakelibvirtd,CN=client"},
		MinVersion: tls.VersionTLS13,
	}))
	connects(host.URI(harness.TLS, "test:///default"))
	t.end()
	// Output: connected <nil>
}

// A password is wanted, and the client has but a key.
func ExampleWithSSHAuth() {
	host := harness.Start(t, harness.WithSSHAuth(harness.SSHAuth{
		Methods: []string{"password"},
		Users:   map[string]harness.SSHUser{"root": {Password: "rhubarb"}},
	}))
	connects(host.URI(harness.SSH, "test:///default"))
	t.end()
	// Output: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none], no supported methods remain
}

// Domains can be looked at, and not started.
func ExampleWithAccess() {
	host := harness.Start(t, harness.WithDomainXML("qemu", guest), harness.WithAccess(harness.Access{
		Rules: []harness.AccessRule{{Deny: []string{"domain.start"}}},
	}))
	l := host.Connect(t)
	guest, err := l.DomainLookupByName("guest")
	fmt.Println(guest.Name, err)
	fmt.Println(l.DomainCreate(guest))
	t.end()
	// Output:
	// guest <nil>
	// access denied: 'QEMU' denied access
}

// What the login as root finds: no virt-ssh-helper, and a socket that is closed to it.
func ExampleWithSSHAccount() {
	host := harness.Start(t, harness.WithSSHAccount(harness.SSHAccount{
		NoHelper: true,
		Sockets:  map[string]harness.SSHSocket{"/run/libvirt/libvirt-sock": harness.SSHSocketForbidden},
	}, "root"))
	connects(host.URI(harness.SSH, "test:///default"))
	t.end()
	// Output: failed to connect to remote libvirt socket /var/run/libvirt/libvirt-sock: ssh: rejected: connect failed ("open failed")
}
