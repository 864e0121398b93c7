package testclients

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// verdict stands in for a test and remembers how it was ended.
type verdict struct {
	testing.TB
	how, text string
}

func (v *verdict) Helper()           {}
func (v *verdict) Fatal(args ...any) { v.how, v.text = "failed", fmt.Sprint(args...); runtime.Goexit() }
func (v *verdict) Skip(args ...any)  { v.how, v.text = "skipped", fmt.Sprint(args...); runtime.Goexit() }

// need calls Need as a test of its own would, and returns how that test ended.
func need(program string) (path string, v *verdict) {
	v = &verdict{how: "went on"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		path = Need(v, program, "some-package")
	}()
	<-done
	return path, v
}

func TestNeed(t *testing.T) {
	dir := t.TempDir()
	name := "present"
	if runtime.GOOS == "windows" {
		name = "present.exe"
	}
	present := filepath.Join(dir, name)
	if err := os.WriteFile(present, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	const missing = "absent is not installed: apt-get install some-package"
	for _, c := range []struct {
		name, program, require string
		path, how, text        string
	}{
		{"installed", "present", "", present, "went on", ""},
		{"installed and required", "present", "1", present, "went on", ""},
		{"missing", "absent", "", "", "skipped", missing},
		{"missing and required", "absent", "yes", "", "failed", missing},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("PATH", dir)
			t.Setenv(RequireEnv, c.require)
			path, v := need(c.program)
			if path != c.path || v.how != c.how || v.text != c.text {
				t.Errorf("Need returned %q, the test %s with %q; want %q, %s with %q",
					path, v.how, v.text, c.path, c.how, c.text)
			}
		})
	}
}
