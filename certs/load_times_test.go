package certs

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// A server whose certificates are not in force does not start, as libvirtd does not,
// unless it is told to take them.
func TestLoadServerTimes(t *testing.T) {
	t.Parallel()
	ours, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for variant, want := range map[Variant]string{
		ServerExpired:     "/servercert.pem has expired",
		ServerNotYetValid: "/servercert.pem is not yet active",
		CAExpired:         "/cacert.pem has expired",
		CANotYetValid:     "/cacert.pem is not yet active",
	} {
		bad, err := ours.With(variant)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := bad.WriteServer(dir); err != nil {
			t.Fatal(err)
		}
		in := func(name string) string { return filepath.Join(dir, name) }
		files := ServerFiles{CA: in("cacert.pem"), Certificate: in("servercert.pem"), Key: in("serverkey.pem")}
		if _, err := LoadServer(files); err == nil || !strings.HasSuffix(filepath.ToSlash(err.Error()), want) {
			t.Errorf("%s: %v, want %s", variant, err, want)
		}
		if _, err := LoadServer(files, Unchecked()); err != nil {
			t.Errorf("%s, unchecked: %v", variant, err)
		}
		if err := bad.WritePKIPath(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrNew(dir); err == nil || !strings.HasSuffix(filepath.ToSlash(err.Error()), want) {
			t.Errorf("%s: %v, want %s", variant, err, want)
		}
		if _, err := LoadOrNew(dir, Unchecked()); err != nil {
			t.Errorf("%s, unchecked: %v", variant, err)
		}
	}
}

// A client's certificate that is missing on purpose stays away.
func TestLoadOrNewUncheckedWithoutClient(t *testing.T) {
	t.Parallel()
	ours, err := New()
	if err != nil {
		t.Fatal(err)
	}
	bad, err := ours.With(ClientMissing)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := errors.Join(bad.WriteServer(dir), bad.WritePKIPath(dir)); err != nil {
		t.Fatal(err)
	}
	p, err := LoadOrNew(dir, Unchecked())
	if err != nil || p.Client != nil {
		t.Fatalf("a client %v, %v", p.Client, err)
	}
	if err := p.WritePKIPath(dir); err != nil || exists(filepath.Join(dir, "clientcert.pem")) {
		t.Errorf("clients get a certificate, %v", err)
	}
	if p, err = LoadOrNew(dir); err != nil || p.Client == nil {
		t.Errorf("without Unchecked what is missing is not made: %v", err)
	}
}
