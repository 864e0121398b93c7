package certs

import (
	"bytes"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustNew(t testing.TB, opts ...Option) *PKI {
	t.Helper()
	p, err := New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rsaPKI is made once: RSA keys take their time.
var rsaPKI = sync.OnceValues(func() (*PKI, error) { return New(Keys(RSA2048)) })

// pkiOf returns a PKI with keys of one kind.
func pkiOf(t testing.TB, kind KeyType) *PKI {
	t.Helper()
	if kind != RSA2048 {
		return mustNew(t, Keys(kind))
	}
	p, err := rsaPKI()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(s string) func() time.Time {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		panic(err)
	}
	return func() time.Time { return t }
}

func TestNewCertificates(t *testing.T) {
	p := mustNew(t, Clock(at("2024-05-06 07:08:09")))
	leafUsage := x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	for _, c := range []struct {
		name    string
		pair    *Pair
		dn      string
		isCA    bool
		usage   x509.KeyUsage
		purpose []x509.ExtKeyUsage
		dns     []string
	}{
		{"CA", p.CA, p.CA.DN(), true, x509.KeyUsageCertSign | x509.KeyUsageCRLSign, nil, nil},
		{"server", p.Server, "O=fakelibvirtd,CN=localhost", false, leafUsage,
			[]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, []string{"localhost"}},
		{"client", p.Client, "O=fakelibvirtd,CN=client", false, leafUsage,
			[]x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			cert := c.pair.Certificate
			if c.pair.DN() != c.dn {
				t.Errorf("DN is %s, want %s", c.pair.DN(), c.dn)
			}
			if !cert.BasicConstraintsValid || cert.IsCA != c.isCA {
				t.Errorf("basic constraints present %t, CA %t; want them with CA %t", cert.BasicConstraintsValid, cert.IsCA, c.isCA)
			}
			if cert.KeyUsage != c.usage || !slices.Equal(cert.ExtKeyUsage, c.purpose) {
				t.Errorf("usage %b for %v, want %b for %v", cert.KeyUsage, cert.ExtKeyUsage, c.usage, c.purpose)
			}
			if !slices.Equal(cert.DNSNames, c.dns) {
				t.Errorf("DNS names %v, want %v", cert.DNSNames, c.dns)
			}
			if len(cert.SubjectKeyId) != 20 {
				t.Errorf("subject key identifier %x, want 20 bytes", cert.SubjectKeyId)
			}
			if !c.isCA && !bytes.Equal(cert.AuthorityKeyId, p.CA.Certificate.SubjectKeyId) {
				t.Errorf("authority key identifier %x, want that of the CA %x", cert.AuthorityKeyId, p.CA.Certificate.SubjectKeyId)
			}
			if got := cert.NotBefore.Format(time.DateTime); got != "2024-05-05 07:08:09" {
				t.Errorf("valid from %s, want a day before the clock", got)
			}
			if got := cert.NotAfter.Format(time.DateTime); got != "2034-05-04 07:08:09" {
				t.Errorf("valid until %s, want 3650 days after the clock", got)
			}
			if err := cert.CheckSignatureFrom(p.CA.Certificate); err != nil {
				t.Errorf("the CA did not sign it: %v", err)
			}
		})
	}
	if !strings.HasPrefix(p.CA.DN(), "O=fakelibvirtd,CN=CA ") || p.CA.DN() == mustNew(t).CA.DN() {
		t.Errorf("the CA is called %s, want a name of its own", p.CA.DN())
	}
}

func TestNames(t *testing.T) {
	p := mustNew(t, Names("node.example.com", "*.lab", "under_score", "192.0.2.7", "[2001:db8::1]", "localhost", "127.0.0.1"), Names("trailing.dot."))
	cert := p.Server.Certificate
	if diff := cmp.Diff([]string{"localhost", "node.example.com", "*.lab", "under_score", "trailing.dot."}, cert.DNSNames); diff != "" {
		t.Errorf("DNS names (-want +got):\n%s", diff)
	}
	want := []net.IP{{127, 0, 0, 1}, net.IPv6loopback, {192, 0, 2, 7}, net.ParseIP("2001:db8::1")}
	if diff := cmp.Diff(want, cert.IPAddresses); diff != "" {
		t.Errorf("IP addresses (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "node:16514", "[::1]:22", "a b", "a..b", "x.*", "https://node", strings.Repeat("a", 64)} {
		if _, err := New(Names(bad)); err == nil || !strings.Contains(err.Error(), "neither a DNS name nor an IP address") {
			t.Errorf("New(Names(%q)): %v, want a refusal", bad, err)
		}
	}
}

func TestValidity(t *testing.T) {
	p := mustNew(t, Clock(at("2024-01-01 00:00:00")), Validity(time.Hour, time.Minute))
	for _, pair := range []*Pair{p.CA, p.Server, p.Client} {
		from, until := pair.Certificate.NotBefore.Format(time.DateTime), pair.Certificate.NotAfter.Format(time.DateTime)
		if from != "2023-12-31 23:00:00" || until != "2024-01-01 00:01:00" {
			t.Errorf("%s is valid from %s until %s", pair.DN(), from, until)
		}
	}
}

func TestNewRepeats(t *testing.T) {
	for _, kind := range []KeyType{P256, P384, P521, Ed25519} {
		t.Run(kind.String(), func(t *testing.T) {
			files := func(seed byte) string {
				p := mustNew(t, Keys(kind), Rand(seeded(seed)), Clock(at("2024-01-01 00:00:00")))
				var all []byte
				for _, pair := range []*Pair{p.CA, p.Server, p.Client} {
					all = append(all, pair.CertificatePEM()...)
					all = append(all, pair.KeyPEM()...)
				}
				return string(all)
			}
			if diff := cmp.Diff(files(1), files(1)); diff != "" {
				t.Errorf("two PKIs from the same bytes differ:\n%s", diff)
			}
			if files(1) == files(2) {
				t.Error("PKIs from different bytes are equal")
			}
		})
	}
}

func TestIssue(t *testing.T) {
	p := mustNew(t)
	client, err := p.IssueClient("someone", func(c *x509.Certificate) { c.EmailAddresses = []string{"a@example.com"} })
	if err != nil {
		t.Fatal(err)
	}
	if got, want := client.DN(), "O=fakelibvirtd,CN=someone"; got != want {
		t.Errorf("DN is %s, want %s", got, want)
	}
	if got := client.Certificate.EmailAddresses; !slices.Equal(got, []string{"a@example.com"}) {
		t.Errorf("the change was lost: email addresses %v", got)
	}
	if client.Certificate.SerialNumber.Cmp(p.Client.Certificate.SerialNumber) == 0 {
		t.Error("two certificates of one CA share a serial number")
	}
	if err := p.VerifyClient([]*x509.Certificate{client.Certificate}, time.Now()); err != nil {
		t.Errorf("a further client is refused: %v", err)
	}
	server, err := p.IssueServer([]string{"other.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Certificate.VerifyHostname("localhost"); err == nil {
		t.Error("a server issued for one name is valid for another")
	}

	keyless := *p
	keyless.CA = &Pair{Certificate: p.CA.Certificate}
	if _, err := keyless.IssueClient("nobody"); !errors.Is(err, ErrNoCAKey) {
		t.Errorf("issuing without the key of the CA: %v, want ErrNoCAKey", err)
	}

	byHand := &PKI{CA: p.CA, Server: server, Client: client}
	if _, err := byHand.IssueClient("another"); err != nil {
		t.Errorf("a PKI put together by hand does not issue: %v", err)
	}
}

// TestIssueConcurrently is for the race detector.
func TestIssueConcurrently(t *testing.T) {
	p := mustNew(t, Rand(seeded(1)))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := p.IssueClient("one of many"); err != nil {
				t.Error(err)
			}
			if err := p.VerifyClient([]*x509.Certificate{p.Client.Certificate}, time.Now()); err != nil {
				t.Error(err)
			}
			_ = p.ServerTLS()
			_ = p.ClientTLS("localhost")
		})
	}
	wg.Wait()
}

func TestPairWithoutKey(t *testing.T) {
	p := &Pair{Certificate: mustNew(t).CA.Certificate}
	if got := p.KeyPEM(); got != nil {
		t.Errorf("KeyPEM() of a pair without a key = %q, want nil", got)
	}
}
