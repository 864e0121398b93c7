//go:build linux

package shell

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// TestRealShells runs the tables through the shells that this package imitates.
func TestRealShells(t *testing.T) {
	shells := map[Dialect]string{
		Dash: testclients.Need(t, "dash", "dash"),
		Bash: testclients.Need(t, "bash", "bash"),
	}
	bin := t.TempDir()
	for name, script := range map[string]string{
		"args":     `for a; do printf '<%s>' "$a"; done; echo`,
		"luckless": `echo 'luckless: no luck' >&2; exit 3`,
		"cat":      `exec ` + testclients.Need(t, "cat", "coreutils"),
		"sh":       `exec -a sh ` + shells[Dash] + ` "$@"`,
	} {
		text := "#!" + shells[Bash] + "\n" + script + "\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range scripts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for d, path := range shells {
				want := tt.dash
				if d == Bash && tt.bash != nil {
					want = *tt.bash
				}
				got := realShell(t, d, path, bin, tt.script, tt.stdin)
				if got != want {
					t.Errorf("%s -c %s:\n%v\nwant %v", filepath.Base(path), tt.script, got, want)
				}
			}
		})
	}
	for _, tt := range bashScripts {
		t.Run("bash alone: "+tt.name, func(t *testing.T) {
			if tt.ours {
				t.Skip("this shell's own refusal")
			}
			t.Parallel()
			if got := realShell(t, Bash, shells[Bash], bin, tt.script, ""); got != tt.want {
				t.Errorf("bash -c %s:\n%v\nwant %v", tt.script, got, tt.want)
			}
		})
	}
}

func realShell(t *testing.T, d Dialect, path, bin, script, stdin string) result {
	cmd := exec.CommandContext(t.Context(), path, "-c", script)
	cmd.Args[0] = map[Dialect]string{Dash: "sh", Bash: "bash"}[d]
	cmd.Env = []string{"PATH=" + bin, "HOME=/root", "LC_ALL=C"}
	cmd.Dir = "/"
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}
