package certs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoadServer(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := p.WriteServer(dir); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	files := ServerFiles{CA: in("cacert.pem"), Certificate: in("servercert.pem"), Key: in("serverkey.pem")}
	got, err := LoadServer(files)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Server.Certificate.Equal(p.Server.Certificate) || got.Client != nil || got.CRL != nil {
		t.Errorf("loaded %+v", got)
	}
	clients := filepath.Join(dir, "clients")
	if err := got.WritePKIPath(clients); err != nil {
		t.Fatal(err)
	}
	if list, err := os.ReadDir(clients); err != nil || len(list) != 1 || list[0].Name() != "cacert.pem" {
		t.Errorf("clients get %v, %v", list, err)
	}

	other, err := New()
	if err != nil {
		t.Fatal(err)
	}
	foreign := t.TempDir()
	if err := other.WriteServer(foreign); err != nil {
		t.Fatal(err)
	}
	wrong := files
	wrong.CA = filepath.Join(foreign, "cacert.pem")
	if _, err := LoadServer(wrong); err == nil || !strings.Contains(err.Error(), "failed validation against "+wrong.CA) {
		t.Errorf("another CA: %v", err)
	}
	if _, err := LoadServer(wrong, Unchecked()); err != nil {
		t.Errorf("another CA, unchecked: %v", err)
	}
	gone := files
	gone.Key = in("none.pem")
	if _, err := LoadServer(gone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no key: %v", err)
	}
	gone = files
	gone.CRL = in("none.pem")
	if _, err := LoadServer(gone); err == nil {
		t.Error("a list of revoked certificates that is not there is taken")
	}
	if _, err := LoadServer(ServerFiles{CA: files.CA}); err == nil {
		t.Error("a server without a certificate is taken")
	}
}
