package container_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestHarnessAloneIsLight makes a module that imports package harness, and looks for
// what this module needs in its go.sum.
func TestHarnessAloneIsLight(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod":    "module example.com/fresh\n\ngo 1.26.0\n\nrequire github.com/fakelibvirt/fakelibvirtd v0.0.0\n\nreplace github.com/fakelibvirt/fakelibvirtd => " + root + "\n",
		"x_test.go": "package fresh\n\nimport (\n\t\"testing\"\n\n\t\"github.com/fakelibvirt/fakelibvirtd/harness\"\n)\n\nfunc TestIt(t *testing.T) { harness.Start(t) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "mod", "tidy")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go mod tidy: %v\n%s", err, out)
	}
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(sums), "github.com/digitalocean/go-libvirt ") {
		t.Errorf("harness is not in it:\n%s", sums)
	}
	for line := range strings.Lines(string(sums)) {
		for _, heavy := range []string{"docker", "moby", "testcontainers", "containerd", "opencontainers", "gopsutil", "opentelemetry"} {
			if strings.Contains(line, heavy) {
				t.Errorf("go.sum has %s", line)
			}
		}
	}
}
