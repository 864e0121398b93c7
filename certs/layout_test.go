package certs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree returns the files below dir with their permissions.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)] = fmt.Sprintf("%o", info.Mode().Perm())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func sameTree(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := tree(t, dir)
	if runtime.GOOS == "windows" { // has no such permissions
		for name := range got {
			got[name] = want[name]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files and permissions (-want +got):\n%s", diff)
	}
}

func TestLayouts(t *testing.T) {
	p := mustNew(t)
	keyless := *p
	keyless.CA = &Pair{Certificate: p.CA.Certificate}
	for _, c := range []struct {
		name  string
		write func(dir string) error
		want  map[string]string
	}{
		{"pkipath", p.WritePKIPath, map[string]string{"cacert.pem": "644", "clientcert.pem": "644", "clientkey.pem": "600"}},
		{"server", p.WriteServer, map[string]string{"cacert.pem": "644", "cakey.pem": "600", "servercert.pem": "644", "serverkey.pem": "600"}},
		{"server without the key of the CA", keyless.WriteServer,
			map[string]string{"cacert.pem": "644", "servercert.pem": "644", "serverkey.pem": "600"}},
		{"system", p.WriteSystem, map[string]string{
			"CA/cacert.pem":          "644",
			"libvirt/servercert.pem": "644", "libvirt/private/serverkey.pem": "600",
			"libvirt/clientcert.pem": "644", "libvirt/private/clientkey.pem": "600",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "not", "there yet")
			for range 2 { // the second time over the first
				if err := c.write(dir); err != nil {
					t.Fatal(err)
				}
				sameTree(t, dir, c.want)
			}
		})
	}
}

// A key must not inherit the permissions of what stood in its place.
func TestWriteOverPublicFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "clientkey.pem"), []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := mustNew(t).WritePKIPath(dir); err != nil {
		t.Fatal(err)
	}
	sameTree(t, dir, map[string]string{"cacert.pem": "644", "clientcert.pem": "644", "clientkey.pem": "600"})
}

func TestWriteErrors(t *testing.T) {
	p := mustNew(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	taken := t.TempDir()
	if err := os.MkdirAll(filepath.Join(taken, "clientcert.pem", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	serverless, keyless := *p, *p
	serverless.Server = nil
	keyless.Client = &Pair{Certificate: p.Client.Certificate}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"directory is a file", p.WritePKIPath(file), file},
		{"file is a directory", p.WritePKIPath(taken), "clientcert.pem"},
		{"no server", serverless.WriteServer(t.TempDir()), "servercert.pem of the server: there is no certificate"},
		{"no client key", keyless.WritePKIPath(t.TempDir()), "clientkey.pem of the client: there is no private key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", c.err, c.want)
			}
		})
	}
	for name := range tree(t, taken) {
		if strings.HasPrefix(name, ".") {
			t.Errorf("%s was left behind", name)
		}
	}
}
