package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func mustWith(t testing.TB, p *PKI, variants ...Variant) *PKI {
	t.Helper()
	out, err := p.With(variants...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What the clients and the server print is held against them in package harness;
// here are the parts that need neither virsh nor a node.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	seen := map[Variant]bool{}
	for _, e := range Catalogue() {
		if seen[e.Variant] {
			t.Errorf("%s is there twice", e.Variant)
		}
		seen[e.Variant] = true
		t.Run(string(e.Variant), func(t *testing.T) {
			t.Parallel()
			if e.Wrong == "" || e.Noticed == "" || !strings.HasPrefix(string(e.Variant), strings.ToLower(string(e.Side))+"-") {
				t.Errorf("the entry is not complete: %+v", e)
			}
			p := mustNew(t)
			before := *p
			changed := mustWith(t, p, e.Variant)
			if *p != before {
				t.Error("With has changed the PKI itself")
			}
			if (changed.Server != p.Server) != (e.Side == OfServer && e.Variant != ServerRevoked) ||
				(changed.Client != p.Client) != (e.Side == OfClient && e.Variant != ClientRevoked) ||
				(changed.CA != p.CA) != (e.Side == OfCA) {
				t.Error("another side has changed than that of the entry")
			}
			if e.Side == OfClient && e.Libvirtd != "" {
				var chain []*x509.Certificate
				if changed.Client != nil {
					chain = changed.Client.all()
				}
				var refused *VerifyError
				if err := changed.VerifyClient(chain, time.Now()); !errors.As(err, &refused) || refused.Text != e.Libvirtd {
					t.Errorf("VerifyClient: %v\nwant %s", err, e.Libvirtd)
				}
				return
			}
			// A good client, or one that finds the server or the CA at fault.
			server := *changed
			server.CA = p.CA
			err := handshake(t, &server, changed.ClientTLS(e.Host))
			if (err == nil) != (e.GoLibvirt == "") || err != nil && !strings.Contains(err.Error(), e.GoLibvirt) {
				t.Errorf("a client of Go's says %v, want %q", err, e.GoLibvirt)
			}
		})
	}
}

func handshake(t *testing.T, server *PKI, client *tls.Config) error {
	t.Helper()
	s, err := meet(t, server, server.ServerTLS(), client)
	if err == nil && s.err != nil {
		return s.err
	}
	return err
}

func TestWithSeveral(t *testing.T) {
	t.Parallel()
	p := mustWith(t, mustNew(t), CAExpired, ServerExpired, ClientRevoked, ServerRevoked)
	if len(p.CRL.RevokedCertificateEntries) != 2 || !p.revokes(p.Server.Certificate) || !p.revokes(p.Client.Certificate) {
		t.Errorf("revoked are %v, want both", p.CRL.RevokedCertificateEntries)
	}
	if err := p.CRL.CheckSignatureFrom(p.CA.Certificate); err != nil {
		t.Error(err)
	}
	now := time.Now()
	for _, c := range []*x509.Certificate{p.CA.Certificate, p.Server.Certificate} {
		if now.Before(c.NotAfter) {
			t.Errorf("%s has not expired", c.Subject)
		}
	}
}

func TestWithErrors(t *testing.T) {
	t.Parallel()
	p := mustNew(t)
	if _, err := p.With("server-late"); err == nil || !strings.Contains(err.Error(), `no certificate "server-late" in the catalogue: want one of [server-wrong-name `) {
		t.Errorf("an unknown variant: %v", err)
	}
	keyless := *p
	keyless.CA = &Pair{Certificate: p.CA.Certificate}
	for _, e := range Catalogue() {
		_, err := keyless.With(e.Variant)
		switch e.Variant {
		case ClientMissing, ClientSelfSigned, ServerSelfSigned, ClientForeignCA, ServerForeignCA:
			if err != nil {
				t.Errorf("%s without the key of the CA: %v", e.Variant, err)
			}
		default:
			if !errors.Is(err, ErrNoCAKey) {
				t.Errorf("%s without the key of the CA: %v, want ErrNoCAKey", e.Variant, err)
			}
		}
	}
	if _, err := mustNew(t, Keys(Ed25519)).With(ServerSHA1); err == nil || !strings.Contains(err.Error(), "want one with an RSA or ECDSA key") {
		t.Errorf("SHA-1 with Ed25519: %v", err)
	}
	if _, err := p.With(ClientMissing, ClientRevoked); err == nil {
		t.Error("a certificate that is not there was revoked")
	}
}

// Go's generators repeat with a source, and so does the catalogue, but for RSA.
func TestCatalogueFollowsClockAndNames(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	p := mustWith(t, mustNew(t, Clock(func() time.Time { return now }), Names("node.example.com")), ServerExpired)
	c := p.Server.Certificate
	if got := c.NotAfter; !got.Equal(now.Add(-time.Hour)) {
		t.Errorf("expired at %v, want an hour before %v", got, now)
	}
	if err := c.VerifyHostname("node.example.com"); err != nil {
		t.Error(err)
	}
}

func TestAllowsDN(t *testing.T) {
	t.Parallel()
	for _, c := range dnPatterns() {
		if got := AllowsDN([]string{c.pattern}, "O=fakelibvirtd,CN=client"); got != c.want {
			t.Errorf("%s matches: %v, want %v", c.pattern, got, c.want)
		}
	}
	for pattern, dn := range map[string]string{"CN=?": "CN=é", "*é*": "aéb", "a*b*c": "aXbXbXc", "": ""} {
		if !AllowsDN([]string{"no", pattern}, dn) {
			t.Errorf("%q does not match %q", pattern, dn)
		}
	}
	if AllowsDN(nil, "O=fakelibvirtd,CN=client") {
		t.Error("an empty list lets somebody in")
	}
}

type dnPattern struct {
	pattern string
	want    bool
}

// dnPatterns were tried with a libvirtd 9.0.0, as package harness does.
func dnPatterns() []dnPattern {
	return []dnPattern{
		{"O=fakelibvirtd,CN=client", true},
		{"CN=client,O=fakelibvirtd", false},
		{"O=fakelibvirtd,CN=*", true},
		{"*CN=client", true},
		{"*", true},
		{"O=fakelibvirtd,CN=clien?", true},
		{"O=fakelibvirtd,CN=client?", false},
		{"O=fakelibvirtd,CN=[c]lient", false},
		{`O=fakelibvirtd,CN=\client`, false},
		{"O=FAKELIBVIRTD,CN=client", false},
		{"CN=client", false},
		{"O=*,CN=*", true},
		{"", false},
	}
}

func BenchmarkWith(b *testing.B) {
	for b.Loop() {
		mustWith(b, mustNew(b), ServerExpired, ClientForeignCA, CAExpired)
	}
}

func TestRevocationsAreWrittenAndLoaded(t *testing.T) {
	t.Parallel()
	p := mustWith(t, mustNew(t), ClientRevoked)
	flatDir, system := flat(t, p), t.TempDir()
	if err := p.WriteSystem(system); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{flatDir, system} {
		for name, load := range map[string]func() (*PKI, error){
			"Load":      func() (*PKI, error) { return Load(dir) },
			"LoadOrNew": func() (*PKI, error) { return LoadOrNew(dir) },
		} {
			got, err := load()
			if err != nil {
				t.Fatal(err)
			}
			if got.CRL == nil || !got.revokes(got.Client.Certificate) || got.revokes(got.Server.Certificate) {
				t.Errorf("%s of %s: the client is not revoked, or the server is", name, dir)
			}
		}
	}
	crl := filepath.Join(flatDir, "cacrl.pem")
	for text, want := range map[string]string{
		"none": "there is no PEM list",
		"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n": "malformed",
	} {
		write(t, crl, []byte(text))
		if _, err := Load(flatDir); err == nil || !strings.Contains(err.Error(), crl) || !strings.Contains(err.Error(), want) {
			t.Errorf("a list that reads %q: %v", text, err)
		}
	}
}
