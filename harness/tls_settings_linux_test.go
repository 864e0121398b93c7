package harness_test

import (
	"crypto/tls"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// TestTLSSettings compares a node of certain settings with a libvirtd whose
// libvirtd.conf says the same.
func TestTLSSettings(t *testing.T) {
	t.Parallel()
	testclients.Need(t, "virsh", "libvirt-clients")
	const (
		refused  = "Unable to read TLS confirmation: Input/output error"
		dropped  = "authentication failed: TLS handshake failed The TLS connection was non-properly terminated."
		noSanity = "&no_sanity=1"
		only12   = "&tls_priority=NORMAL:-VERS-TLS1.3"
		only13   = "&tls_priority=NORMAL:-VERS-ALL:%2BVERS-TLS1.3"
		only11   = "&tls_priority=NORMAL:-VERS-ALL:%2BVERS-TLS1.1"
	)
	only := func(patterns ...string) fakeserver.TLSSettings { return fakeserver.TLSSettings{AllowedDN: patterns} }
	anyone := fakeserver.TLSSettings{NoVerifyCertificate: true}
	type testCase struct {
		name     string
		settings fakeserver.TLSSettings
		config   string // the line of libvirtd.conf
		client   []certs.Variant
		query    string
		virsh    string
		goClient string
	}
	cases := []testCase{
		{"no list", fakeserver.TLSSettings{}, "", []certs.Variant{certs.ClientOtherName}, "", "", ""},
		{"a list of others", only("O=fakelibvirtd,CN=client"), `tls_allowed_dn_list = ["O=fakelibvirtd,CN=client"]`, []certs.Variant{certs.ClientOtherName}, "", refused, "EOF"},
		{"the second of a list", only("C=DE,*", "*CN=strang?r"), `tls_allowed_dn_list = ["C=DE,*", "*CN=strang?r"]`, []certs.Variant{certs.ClientOtherName}, "", "", ""},
		{"a list of nobody", only([]string{}...), `tls_allowed_dn_list = []`, nil, "", refused, "EOF"},
		{"anyone, without a certificate", anyone, "tls_no_verify_certificate = 1", []certs.Variant{certs.ClientMissing}, "", "", "clientcert.pem: no such file or directory"},
		{"anyone, of another CA", anyone, "tls_no_verify_certificate = 1", []certs.Variant{certs.ClientForeignCA}, noSanity, "", ""},
		{"anyone, expired", anyone, "tls_no_verify_certificate = 1", []certs.Variant{certs.ClientExpired}, noSanity, "", ""},
		{"anyone, a CA", anyone, "tls_no_verify_certificate = 1", []certs.Variant{certs.ClientIsCA}, noSanity, "", ""},
		{"anyone, and a list of others", fakeserver.TLSSettings{NoVerifyCertificate: true, AllowedDN: []string{"C=DE"}},
			"tls_no_verify_certificate = 1\ntls_allowed_dn_list = [\"C=DE\"]", nil, "", "", ""},
		{"1.2 alone", fakeserver.TLSSettings{MaxVersion: tls.VersionTLS12}, `tls_priority = "NORMAL:-VERS-TLS1.3"`, nil, "", "", ""},
		{"1.2 alone, of one that has it", fakeserver.TLSSettings{MaxVersion: tls.VersionTLS12}, `tls_priority = "NORMAL:-VERS-TLS1.3"`, nil, only12, "", ""},
		{"1.2 alone, of one that has 1.3", fakeserver.TLSSettings{MaxVersion: tls.VersionTLS12}, `tls_priority = "NORMAL:-VERS-TLS1.3"`, nil, only13, dropped, ""},
		{"1.3 alone", fakeserver.TLSSettings{MinVersion: tls.VersionTLS13}, `tls_priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3"`, nil, "", "", ""},
		{"1.3 alone, of one that has 1.2", fakeserver.TLSSettings{MinVersion: tls.VersionTLS13}, `tls_priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3"`, nil, only12, dropped, ""},
		{"1.1, of one that has no other", fakeserver.TLSSettings{MinVersion: tls.VersionTLS10}, `tls_priority = "NORMAL"`, nil, only11, "", ""},
		{"1.2 and 1.3, of one that has 1.1", fakeserver.TLSSettings{}, `tls_priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"`, nil, only11, dropped, ""},
	}
	for pattern, want := range map[string]bool{
		"CN=client,O=fakelibvirtd":      false,
		"*":                             true,
		"O=fakelibvirtd,CN=clien?":      true,
		"O=fakelibvirtd,CN=client?":     false,
		"O=fakelibvirtd,CN=[c]lient":    false,
		`O=fakelibvirtd,CN=\\client`:    false,
		"O=FAKELIBVIRTD,CN=client":      false,
		"CN=client":                     false,
		"O=*,CN=*":                      true,
		"O=fakelibvirtd,CN=client*":     true,
		"*fakelibvirtd*client*":         true,
		"O=fakelibvirtd,CN={client,me}": false,
	} {
		c := testCase{name: "pattern " + pattern, settings: only(pattern), config: `tls_allowed_dn_list = ["` + pattern + `"]`}
		if !want {
			c.virsh, c.goClient = refused, "EOF"
		}
		cases = append(cases, c)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pki, err := certs.New()
			if err != nil {
				t.Fatal(err)
			}
			host := harness.Start(t, harness.WithTransports(harness.TLS), fakeserver.WithPKI(pki), harness.WithTLS(c.settings))
			daemon := startRealTLS(t, pki, c.config)
			files := host.ClientCertificate(c.client...).Value
			for _, server := range []struct{ name, port string }{{"the node", tlsPort(t, host)}, {"libvirtd", daemon.port}} {
				uri := "test+tls://localhost:" + server.port + "/default?pkipath=" + files + c.query
				out, connected := virshTLS(t, host.Env(), uri)
				judge(t, "virsh at "+server.name, out, c.virsh, connected)
				out, connected = goTLS(t, uri)
				judge(t, "go-libvirt at "+server.name, out, c.goClient, connected)
			}
		})
	}
}
