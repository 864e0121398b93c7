package shell

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImports proves the isolation by what is not there: without one of the
// packages that lead to the system, no script can reach it.
func TestImports(t *testing.T) {
	allowed := []string{
		"bytes", "context", "errors", "fmt", "io", "maps", "path", "slices", "strconv", "strings",
		"sync", "sync/atomic", "mvdan.cc/sh/v3/syntax",
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range file.Imports {
			if path, _ := strconv.Unquote(imp.Path.Value); !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

// TestIsolation tries what scripts do to a machine, on a directory that exists.
func TestIsolation(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("#!/bin/sh\necho seen\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSHD_TEST_SECRET", "seen")
	before := listing(t, dir)

	for _, tt := range []struct {
		name, script string
		status       int
	}{
		{"input redirection", `cat <DIR/secret`, 2},
		{"output redirection", `echo x >DIR/new`, 2},
		{"appending", `echo x >>DIR/secret`, 2},
		{"clobbering", `echo x >|DIR/secret`, 2},
		{"reading and writing", `echo x <>DIR/secret`, 2},
		{"redirection to the temporary directory", `echo x >/tmp/new`, 2},
		{"exec redirection", `exec >DIR/new; echo x`, 2},
		{"cd", `cd DIR && pwd`, 2},
		{"cd and a relative name", `cd DIR; cat <secret`, 2},
		{"up and down again", `cd /tmp; cat <../../../../../DIR/secret`, 2},
		{"dot", `. DIR/secret`, 2},
		{"source", `source DIR/secret`, 2},
		{"globbing", `cd /; for f in DIR/*; do case $f in *secret) echo seen; exit 0;; esac; done; exit 1`, 1},
		{"file substitution", `A=$(cat <DIR/secret); B=$(<DIR/secret); echo "$A$B"`, 0},
		{"program by path", `DIR/secret`, 127},
		{"program by PATH", `PATH=DIR; secret`, 127},
		{"exec", `exec DIR/secret`, 127},
		{"exec of a real shell", `exec /bin/bash -c 'echo seen'`, 127},
		{"nested shell with a file", `sh DIR/secret`, 2},
		{"command -v", `command -v DIR/secret && echo seen`, 127},
		{"type", `PATH=DIR type secret`, 127},
		{"test -e", `test -e DIR/secret && echo seen`, 1},
		{"test -d", `[ -d DIR ] && echo seen`, 1},
		{"process substitution", `cat <(echo x)`, 2},
		{"process substitution in eval", `eval 'cat <(echo x)'`, 2},
		{"trap", `trap 'echo seen' EXIT`, 2},
		{"kill", `kill -9 $$; kill -9 -1; exit 3`, 3},
		{"ulimit", `ulimit -n 1; exit 3`, 3},
		{"umask", `umask 0; exit 3`, 3},
		{"environment", `echo "$SSHD_TEST_SECRET"; sh -c 'echo "$SSHD_TEST_SECRET"'`, 0},
		{"another user's home", `echo ~root/x ~nobody`, 0},
		{"this process", `echo /proc/self/* ; cat </proc/self/environ`, 2},
		{"here-document", "cat <<E >DIR/new\nx\nE", 2},
		{"background", `echo x >DIR/new &`, 0},
		{"mkfifo", `mkfifo DIR/p`, 127},
	} {
		for d, name := range map[Dialect]string{Dash: "dash", Bash: "bash"} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				got := runScript(t, d, strings.ReplaceAll(tt.script, "DIR", dir), "")
				if strings.Contains(got.stdout, "seen") {
					t.Errorf("the script saw the machine: %v", got)
				}
				if d == Dash && got.status != tt.status {
					t.Errorf("%v\nwant status %d", got, tt.status)
				}
				if after := listing(t, dir); after != before {
					t.Errorf("the script changed the directory:\n%s\nwas\n%s", after, before)
				}
			})
		}
	}
	if _, err := os.Stat("/tmp/new"); err == nil {
		t.Error("/tmp/new exists")
	}
}

// listing is everything in a directory, with its modes, times and contents.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		b.WriteString(path + " " + info.Mode().String() + " " + info.ModTime().String() + "\n" + string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
