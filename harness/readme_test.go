package harness_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

var codeBlock = regexp.MustCompile("(?s)```(go|yaml)\n(.*?)```")

// comment is one at the end of a line.
var comment = regexp.MustCompile(`\s*// .*$`)

// TestReadmeShowsWhatIsTested holds the README's code against the Examples and
// tests of this package: a line of it that is in none has not been run.
func TestReadmeShowsWhatIsTested(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(readme), "### Misbehaviour")
	if !found {
		t.Fatal("the README has no part on misbehaviour")
	}
	tested := testedLines(t)
	blocks := codeBlock.FindAllStringSubmatch(text, -1)
	if len(blocks) < 5 {
		t.Fatalf("found %d blocks of code", len(blocks))
	}
	for _, b := range blocks {
		if b[1] == "yaml" {
			path := filepath.Join(t.TempDir(), "lab.yaml")
			if err := os.WriteFile(path, []byte(b[2]), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := scenarios.Load(path); err != nil {
				t.Errorf("the README's scenario: %v", err)
			}
			harness.Start(t, harness.WithTransports(), harness.Scenario(path))
			continue
		}
		for line := range strings.Lines(b[2]) {
			line = strings.TrimSpace(comment.ReplaceAllString(strings.TrimRight(line, "\n"), ""))
			if line != "" && !tested[line] {
				t.Errorf("the README shows a line that no Example or test here has: %s", line)
			}
		}
	}
}

// testedLines are the lines of this package's tests, without comments.
func testedLines(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := make(map[string]bool)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			lines[strings.TrimSpace(comment.ReplaceAllString(strings.TrimRight(line, "\n"), ""))] = true
		}
	}
	return lines
}
