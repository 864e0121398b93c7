package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// flat writes all of p into a new directory.
func flat(t *testing.T, p *PKI) string {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(p.WriteServer(dir), p.WritePKIPath(dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// text is all of a PKI that its files hold.
func text(p *PKI) string {
	var b bytes.Buffer
	for _, pair := range []*Pair{p.CA, p.Server, p.Client} {
		b.Write(pair.CertificatePEM())
		b.Write(pair.KeyPEM())
	}
	return b.String()
}

func TestLoad(t *testing.T) {
	for _, kind := range []KeyType{P256, P384, P521, Ed25519, RSA2048} {
		t.Run(kind.String(), func(t *testing.T) {
			p := pkiOf(t, kind)
			back, err := Load(flat(t, p))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(text(p), text(back)); diff != "" {
				t.Errorf("(-written +read):\n%s", diff)
			}
			if s, err := meet(t, back, back.ServerTLS(), p.ClientTLS("localhost")); err != nil || s.err != nil {
				t.Errorf("client: %v; server: %v", err, s.err)
			}
			if _, err := back.IssueClient("another"); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("system layout", func(t *testing.T) {
		p, dir := mustNew(t), t.TempDir()
		if err := p.WriteSystem(dir); err != nil {
			t.Fatal(err)
		}
		back, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		withoutCAKey := *p
		withoutCAKey.CA = &Pair{Certificate: p.CA.Certificate}
		if diff := cmp.Diff(text(&withoutCAKey), text(back)); diff != "" {
			t.Errorf("(-written +read):\n%s", diff)
		}
	})
}

func TestLoadKeyForms(t *testing.T) {
	for _, c := range []struct {
		name string
		kind KeyType
		form func(key any) []byte
	}{
		{"SEC 1 behind parameters", P256, func(key any) []byte {
			der, err := x509.MarshalECPrivateKey(key.(*ecdsa.PrivateKey))
			if err != nil {
				t.Fatal(err)
			}
			parameters := pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte{5, 0}})
			return append(parameters, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})...)
		}},
		{"PKCS#1", RSA2048, func(key any) []byte {
			der := x509.MarshalPKCS1PrivateKey(key.(*rsa.PrivateKey))
			return append([]byte("Text before it\n"), pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: der})...)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := pkiOf(t, c.kind)
			dir := flat(t, p)
			write(t, filepath.Join(dir, "serverkey.pem"), c.form(p.Server.Key))
			back, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(back.Server.KeyPEM(), p.Server.KeyPEM()) {
				t.Error("the key has changed on the way")
			}
		})
	}
}

func TestLoadBundles(t *testing.T) {
	p, other := mustNew(t), mustNew(t)
	dir := flat(t, p)
	write(t, filepath.Join(dir, "cacert.pem"), append(p.CA.CertificatePEM(), other.CA.CertificatePEM()...))
	write(t, filepath.Join(dir, "clientcert.pem"), other.Client.CertificatePEM())
	write(t, filepath.Join(dir, "clientkey.pem"), other.Client.KeyPEM())
	back, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.CA.Chain) != 1 {
		t.Errorf("%d CAs beside the first, want 1", len(back.CA.Chain))
	}
	for name, client := range map[string]*PKI{"first": p, "second": other} {
		config := client.ClientTLS("localhost")
		config.RootCAs = back.Pool()
		if s, err := meet(t, back, back.ServerTLS(), config); err != nil || s.err != nil {
			t.Errorf("client of the %s CA: %v; server: %v", name, err, s.err)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	p, foreign := mustNew(t), mustNew(t)
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		file   string
		want   string
	}{
		{"empty directory", func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}, "cacert.pem", "no such file"},
		{"no CA", remove("cacert.pem"), "cacert.pem", "no such file"},
		{"no server certificate", remove("servercert.pem"), "servercert.pem", "no such file"},
		{"no server key", remove("serverkey.pem"), "serverkey.pem", "no such file"},
		{"no client certificate", remove("clientcert.pem"), "clientcert.pem", "no such file"},
		{"no client key", remove("clientkey.pem"), "clientkey.pem", "no such file"},
		{"not PEM", put("clientcert.pem", []byte("hello")), "clientcert.pem", "no PEM certificate"},
		{"not a certificate", put("servercert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})), "servercert.pem", "x509"},
		{"not a key", put("clientkey.pem", p.Client.CertificatePEM()), "clientkey.pem", "no PEM private key"},
		{"broken key", put("clientkey.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})), "clientkey.pem", "asn1"},
		{"encrypted key", put("serverkey.pem", pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY"})), "serverkey.pem", "encrypted"},
		{"key of another", put("clientkey.pem", p.Server.KeyPEM()), "clientkey.pem", "is not the key of the certificate"},
		{"CA key of another", put("cakey.pem", foreign.CA.KeyPEM()), "cakey.pem", "is not the key of the certificate"},
		{"leaf as CA", put("cacert.pem", p.Client.CertificatePEM()), "cacert.pem", "do not show a CA"},
		{"foreign server", put("servercert.pem", foreign.Server.CertificatePEM()), "servercert.pem", "not signed by that CA"},
		{"foreign CA", func(t *testing.T, dir string) {
			put("cacert.pem", foreign.CA.CertificatePEM())(t, dir)
			put("cakey.pem", foreign.CA.KeyPEM())(t, dir)
		}, "servercert.pem", "not signed by that CA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := flat(t, p)
			c.damage(t, dir)
			_, err := Load(dir)
			if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, c.file)) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Load: %v\nwant %q about %s", err, c.want, c.file)
			}
			if gone := c.want == "no such file"; errors.Is(err, fs.ErrNotExist) != gone {
				t.Errorf("errors.Is(%v, fs.ErrNotExist) is %t", err, !gone)
			}
		})
	}
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func put(name string, data []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		write(t, filepath.Join(dir, name), data)
	}
}

func TestUnchecked(t *testing.T) {
	ours, err := New()
	if err != nil {
		t.Fatal(err)
	}
	bad, err := ours.With(ServerForeignCA)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := errors.Join(bad.WriteServer(dir), bad.WritePKIPath(dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrNew(dir); err == nil {
		t.Error("checked, a certificate of a foreign CA is taken")
	}
	got, err := LoadOrNew(dir, Unchecked(), Names("other.example.com"))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Server.Certificate.Equal(bad.Server.Certificate) {
		t.Error("unchecked, another certificate is taken than the one that is there")
	}
}

func TestLoadOrNew(t *testing.T) {
	whole := map[string]string{
		"cacert.pem": "644", "cakey.pem": "600", "servercert.pem": "644", "serverkey.pem": "600",
		"clientcert.pem": "644", "clientkey.pem": "600",
	}
	must := func(t *testing.T, dir string, opts ...Option) *PKI {
		t.Helper()
		p, err := LoadOrNew(dir, opts...)
		if err != nil {
			t.Fatal(err)
		}
		onDisk, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text(p), text(onDisk)); diff != "" {
			t.Errorf("what was returned is not what is on disk (-returned +on disk):\n%s", diff)
		}
		return p
	}

	t.Run("made, then kept", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "pki")
		first := must(t, dir, Names("node.example.com"))
		sameTree(t, dir, whole)
		again := must(t, dir, Names("node.example.com", "LOCALHOST", "::1"))
		if diff := cmp.Diff(text(first), text(again)); diff != "" {
			t.Errorf("it did not stay the same (-first +again):\n%s", diff)
		}
	})
	t.Run("a directory with other things in it", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "README"), []byte("mine"))
		must(t, dir)
		if got, err := os.ReadFile(filepath.Join(dir, "README")); err != nil || string(got) != "mine" {
			t.Errorf("README is %q, %v", got, err)
		}
	})
	t.Run("a further name", func(t *testing.T) {
		for _, name := range []string{"second.example.com", "192.0.2.1"} {
			p := mustNew(t, Names("first.example.com"))
			dir := flat(t, p)
			again := must(t, dir, Names(name))
			for _, known := range []string{name, "first.example.com", "localhost", "127.0.0.1", "::1"} {
				if err := again.Server.Certificate.VerifyHostname(known); err != nil {
					t.Errorf("after adding %s: %v", name, err)
				}
			}
			if !bytes.Equal(again.Server.KeyPEM(), p.Server.KeyPEM()) || !bytes.Equal(again.CA.CertificatePEM(), p.CA.CertificatePEM()) {
				t.Errorf("after adding %s: more than the server's certificate has changed", name)
			}
			if s, err := meet(t, again, again.ServerTLS(), p.ClientTLS(name)); err != nil || s.err != nil {
				t.Errorf("client that knew the CA before: %v; server: %v", err, s.err)
			}
		}
	})
	t.Run("missing pairs", func(t *testing.T) {
		p := mustNew(t)
		dir := flat(t, p)
		for _, name := range []string{"servercert.pem", "serverkey.pem", "clientcert.pem", "clientkey.pem"} {
			remove(name)(t, dir)
		}
		again := must(t, dir, Names("node.example.com"))
		sameTree(t, dir, whole)
		if s, err := meet(t, again, again.ServerTLS(), again.ClientTLS("node.example.com")); err != nil || s.err != nil {
			t.Errorf("client: %v; server: %v", err, s.err)
		}
	})
	t.Run("system layout", func(t *testing.T) {
		p, dir := mustNew(t), t.TempDir()
		if err := p.WriteSystem(dir); err != nil {
			t.Fatal(err)
		}
		if again := must(t, dir); !bytes.Equal(again.Server.CertificatePEM(), p.Server.CertificatePEM()) {
			t.Error("the PKI in the system layout was not taken")
		}
	})

	for _, c := range []struct {
		name   string
		damage func(*testing.T, string)
		opts   []Option
		want   []string
		is     error
	}{
		{"a further name without the key of the CA", remove("cakey.pem"), []Option{Names("new.example.com")},
			[]string{"servercert.pem", "new.example.com"}, ErrNoCAKey},
		{"missing pair without the key of the CA", func(t *testing.T, dir string) {
			remove("cakey.pem")(t, dir)
			remove("clientcert.pem")(t, dir)
			remove("clientkey.pem")(t, dir)
		}, nil, []string{"clientcert.pem is missing"}, ErrNoCAKey},
		{"half a pair", remove("clientcert.pem"), nil, []string{"clientcert.pem"}, fs.ErrNotExist},
		{"no CA", remove("cacert.pem"), nil, []string{"cacert.pem"}, fs.ErrNotExist},
		{"a bad name", func(*testing.T, string) {}, []Option{Names("a b")}, []string{`"a b"`}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := flat(t, mustNew(t))
			c.damage(t, dir)
			before := tree(t, dir)
			_, err := LoadOrNew(dir, c.opts...)
			if err == nil || c.is != nil && !errors.Is(err, c.is) {
				t.Fatalf("LoadOrNew: %v, want %v", err, c.is)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("LoadOrNew: %v, want it to say %s", err, want)
				}
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("it left other files (-before +after):\n%s", diff)
			}
		})
	}
}
