package scenarios_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// The scenarios that the documentation shows are right, and their nodes start.
func TestDocumentedScenarios(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := yamlBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 3 {
		t.Fatalf("found %d blocks of YAML", len(blocks))
	}
	guest, err := os.ReadFile("testdata/guest.xml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "legacy.xml"), guest, 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s.yaml")
	for _, b := range blocks {
		if err := os.WriteFile(path, []byte(b[1]), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := scenarios.Load(path)
		if err != nil {
			t.Errorf("%v\nin\n%s", err, b[1])
			continue
		}
		for _, n := range s.Nodes() {
			harness.Start(t, n.Options...)
		}
	}
}
