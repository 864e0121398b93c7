package conformance

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Directories whose names would have to be escaped are not taken.
func TestTemporary(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("paths have other characters there")
	}
	dir, err := os.MkdirTemp("/tmp", "temporary") // t.TempDir's is too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range []string{"my files", "a&b", "a?b", "a#b", "a%b", "a+b", "a'b", strings.Repeat("x", longestBase)} {
		strange := filepath.Join(dir, name)
		if err := os.Mkdir(strange, 0o700); err != nil {
			t.Fatal(err)
		}
		if got, err := temporaryOf(strange, dir); got != dir || err != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if got, err := temporaryOf(strange); err == nil {
			t.Errorf("%s alone: got %q", name, got)
		}
	}
	if got, err := temporaryOf(dir, "/nowhere"); got != dir || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{filepath.Join(dir, "nowhere"), file} {
		if got, err := temporaryOf(bad, dir); err == nil {
			t.Errorf("%s: got %q", bad, got)
		}
	}
}
