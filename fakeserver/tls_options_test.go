package fakeserver_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

func TestTLSOptionsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts []fakeserver.Option
		want string
	}{
		"unknown variant": {[]fakeserver.Option{fakeserver.WithCertificates("server-late")}, `WithCertificates: certs: there is no certificate "server-late"`},
		"unknown version": {[]fakeserver.Option{fakeserver.WithTLS(fakeserver.TLSSettings{MinVersion: 3})}, "there is no TLS version 0x3"},
		"versions in reverse": {[]fakeserver.Option{fakeserver.WithTLS(fakeserver.TLSSettings{MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS12})},
			"the newest TLS is TLS 1.2 and the oldest TLS 1.3"},
		"newest below the default": {[]fakeserver.Option{fakeserver.WithTLS(fakeserver.TLSSettings{MaxVersion: tls.VersionTLS11})}, "the newest TLS is TLS 1.1 and the oldest TLS 1.2"},
	} {
		s, err := fakeserver.Start(t.Context(), c.opts...)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestClientPKIPath(t *testing.T) {
	t.Parallel()
	s, pki := startTLS(t)
	path := func(variants ...certs.Variant) string {
		t.Helper()
		p, err := s.ClientPKIPath(variants...)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	expired := path(certs.ClientExpired)
	if again := path(certs.ClientExpired); again != expired {
		t.Errorf("the same variant is in %s and in %s", expired, again)
	}
	for dir, want := range map[string]time.Time{expired: time.Now(), path(certs.ClientForeignCA): pki.Client.Certificate.NotAfter.Add(time.Hour)} {
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "clientcert.pem"), filepath.Join(dir, "clientkey.pem"))
		if err != nil {
			t.Fatal(err)
		}
		if !pair.Leaf.NotAfter.Before(want) {
			t.Errorf("the certificate in %s ends at %v", dir, pair.Leaf.NotAfter)
		}
	}
	if _, err := os.Stat(filepath.Join(path(certs.ClientMissing), "clientcert.pem")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a certificate that is missing: %v", err)
	}
	if _, err := s.ClientPKIPath(certs.ServerExpired); err == nil || !strings.Contains(err.Error(), "want WithCertificates") {
		t.Errorf("a variant of the server: %v", err)
	}
	if _, err := s.ClientPKIPath("client-late"); err == nil {
		t.Error("an unknown variant was made")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(expired); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Close: %v", err)
	}
	bare := start(t, fakeserver.WithTransports(call.TCP))
	if _, err := bare.ClientPKIPath(certs.ClientExpired); err == nil || !strings.Contains(err.Error(), "does not listen on tls") {
		t.Errorf("without TLS: %v", err)
	}
}

// Whoever is refused has reached no handler, and is not in the journal.
func TestRefusedCertificatesReachNothing(t *testing.T) {
	t.Parallel()
	for _, e := range certs.Catalogue() {
		if e.Side != certs.OfClient || e.Libvirtd == "" {
			continue
		}
		t.Run(string(e.Variant), func(t *testing.T) {
			t.Parallel()
			pki, err := certs.New()
			if err != nil {
				t.Fatal(err)
			}
			changed, err := pki.With(e.Variant)
			if err != nil {
				t.Fatal(err)
			}
			// The node has the list of what is revoked, and its own certificates.
			own := *pki
			own.CRL = changed.CRL
			s := start(t, fakeserver.WithTransports(call.TLS), fakeserver.WithPKI(&own))
			c, err := tls.Dial("tcp", s.Addr(call.TLS), changed.ClientTLS("localhost"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			// It speaks all the same, without waiting for its confirmation.
			_, _ = c.Write(append(request(66, 1), openTest(2)...))
			if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("the client was sent %d bytes, %v", n, err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if n := len(s.Journal().Connections()) + len(s.Journal().Records()); n != 0 {
				t.Errorf("%d connections and calls are in the journal, want none", n)
			}
		})
	}
}

// What a client sends before it is let in waits its turn, as with a libvirtd.
func TestEarlyCallsWaitForTheConfirmation(t *testing.T) {
	t.Parallel()
	pki, err := certs.New()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, fakeserver.WithTransports(call.TLS), fakeserver.WithPKI(pki), fakeserver.WithFaults(fault.Connections().Confirm(fault.ConfirmNothing)))
	c, err := tls.Dial("tcp", s.Addr(call.TLS), pki.ClientTLS("localhost"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	h := s.Faults()[0]
	if _, err := c.Write(request(66, 1)); err != nil {
		t.Fatal(err)
	}
	if err := h.Wait(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	h.Remove()
	got := make([]byte, 1+36)
	if _, err := io.ReadFull(c, got); err != nil || got[0] != 1 {
		t.Errorf("got % x, %v; want the byte 1 and a reply", got, err)
	}
}

// A handshake that fails ends without an alert, which libvirtd does not send.
func TestFailedHandshakeHasNoAlert(t *testing.T) {
	t.Parallel()
	pki, err := certs.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		settings fakeserver.TLSSettings
		version  uint16
	}{
		{"1.2 alone", fakeserver.TLSSettings{MaxVersion: tls.VersionTLS12}, tls.VersionTLS13},
		{"1.3 alone", fakeserver.TLSSettings{MinVersion: tls.VersionTLS13}, tls.VersionTLS12},
		{"as it is", fakeserver.TLSSettings{}, tls.VersionTLS11},
	} {
		s := start(t, fakeserver.WithTransports(call.TLS), fakeserver.WithPKI(pki), fakeserver.WithTLS(c.settings))
		config := pki.ClientTLS("localhost")
		config.MinVersion, config.MaxVersion = c.version, c.version
		_, err := tls.Dial("tcp", s.Addr(call.TLS), config)
		var alert tls.AlertError
		if err == nil || errors.As(err, &alert) || strings.Contains(err.Error(), "remote error") {
			t.Errorf("%s: the client says %v, want the end of its connection", c.name, err)
		}
	}
}

// Names of the node are in the certificates that take the place of its own.
func TestVariantsHaveTheNamesOfTheNode(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports(call.TLS), fakeserver.WithNames("node.example.com"), fakeserver.WithCertificates(certs.ServerExpired))
	var seen *x509.Certificate
	_, _ = tls.Dial("tcp", s.Addr(call.TLS), &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(c tls.ConnectionState) error {
		seen = c.PeerCertificates[0]
		return errors.New("seen")
	}})
	if seen == nil || seen.VerifyHostname("node.example.com") != nil || !seen.NotAfter.Before(time.Now()) {
		t.Errorf("the node's certificate is %+v", seen)
	}
}

// A directory with a certificate of a foreign CA serves where nobody checks it.
func TestUncheckedPKI(t *testing.T) {
	t.Parallel()
	ours, err := certs.New()
	if err != nil {
		t.Fatal(err)
	}
	bad, err := ours.With(certs.ServerForeignCA)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := errors.Join(bad.WriteServer(dir), bad.WritePKIPath(dir)); err != nil {
		t.Fatal(err)
	}
	opts := []fakeserver.Option{fakeserver.WithTransports(call.TLS), fakeserver.WithPKIDir(dir)}
	if s, err := fakeserver.Start(t.Context(), opts...); err == nil {
		s.Close()
		t.Error("checked, the node starts")
	}
	s := start(t, append(opts, fakeserver.WithUncheckedPKI())...)
	var unknown x509.UnknownAuthorityError
	if _, err := tls.Dial("tcp", s.Addr(call.TLS), ours.ClientTLS("localhost")); !errors.As(err, &unknown) {
		t.Errorf("the client says %v, want that it does not know the authority", err)
	}
}

// A directory keeps its certificates while clients have others.
func TestCertificatesBesideADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, fakeserver.WithTransports(call.TLS), fakeserver.WithPKIDir(dir), fakeserver.WithCertificates(certs.ServerExpired, certs.ClientExpired))
	path, err := s.PKIPath()
	if err != nil {
		t.Fatal(err)
	}
	good, err := certs.LoadOrNew(dir)
	if err != nil {
		t.Fatal(err)
	}
	if path != filepath.Join(dir, "clients") || good.Client.Certificate.NotAfter.Before(time.Now()) {
		t.Errorf("clients use %s; the certificate that is kept ends %v", path, good.Client.Certificate.NotAfter)
	}
	var invalid x509.CertificateInvalidError
	if _, err := tls.Dial("tcp", s.Addr(call.TLS), good.ClientTLS("localhost")); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("the client says %v, want that the certificate has expired", err)
	}
}
