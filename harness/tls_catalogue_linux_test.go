package harness_test

import (
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// TestCatalogue holds every entry of the catalogue against real clients: at a node, and
// at a real libvirtd with the same certificates.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	testclients.Need(t, "virsh", "libvirt-clients")
	for _, e := range certs.Catalogue() {
		t.Run(string(e.Variant), func(t *testing.T) {
			t.Parallel()
			pki, err := certs.New()
			if err != nil {
				t.Fatal(err)
			}
			all, err := pki.With(e.Variant)
			if err != nil {
				t.Fatal(err)
			}
			host := harness.Start(t, harness.WithTransports(harness.TLS), fakeserver.WithPKI(pki), fakeserver.WithCertificates(e.Variant))
			dir := t.TempDir()
			if err := all.WritePKIPath(dir); err != nil {
				t.Fatal(err)
			}
			own := *all
			own.CA = pki.CA
			daemon := startRealTLS(t, &own)
			env := host.Env()
			for _, server := range []struct {
				name, port string
				want       certs.Entry
			}{{"the node", tlsPort(t, host), e}, {"libvirtd", daemon.port, atLibvirtd(e)}} {
				uri := "test+tls://" + e.Host + ":" + server.port + "/default?pkipath=" + dir
				got, connected := virshTLS(t, env, uri)
				judge(t, "virsh at "+server.name, got, server.want.Virsh, connected)
				if !strings.Contains(got, e.Warning) || e.Warning == "" && strings.Contains(got, "warning") {
					t.Errorf("virsh at %s logs\n%s\nwant a warning %q", server.name, got, e.Warning)
				}
				got, connected = virshTLS(t, env, uri+"&no_sanity=1")
				judge(t, "virsh without a check of its own files at "+server.name, got, server.want.VirshUnchecked, connected)
				got, connected = goTLS(t, uri)
				judge(t, "go-libvirt at "+server.name, got, server.want.GoLibvirt, connected)
			}
			if log := daemon.log(); !strings.Contains(log, atLibvirtd(e).Libvirtd) {
				t.Errorf("libvirtd logs\n%s\nwant %s", log, e.Libvirtd)
			}
		})
	}
}

// atLibvirtd is what is otherwise at a real libvirtd, which is GnuTLS there: it lists
// the names of its CAs in the handshake, on which clients keep certificates of others to
// themselves, and does not serve at all with some certificates of its own.
func atLibvirtd(e certs.Entry) certs.Entry {
	switch e.Variant {
	case certs.ClientForeignCA, certs.ClientSelfSigned, certs.ClientMissingIntermediate:
		e.Libvirtd = "Unable to verify TLS peer: No certificate was found."
	case certs.ClientNoSignature:
		e.VirshUnchecked = "Unable to read TLS confirmation: Input/output error"
		// It ends TCP before it has read all, so that this is what follows or EOF.
		e.GoLibvirt = "failed to connect to libvirt: "
	case certs.ServerNoSignature:
		e.Virsh = "TLS handshake failed The TLS connection was non-properly terminated."
		e.VirshUnchecked, e.GoLibvirt = e.Virsh, "EOF"
	}
	return e
}
