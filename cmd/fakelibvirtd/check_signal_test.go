//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// An interrupted check says what it has, and that it was interrupted.
func TestCheckInterrupted(t *testing.T) {
	t.Parallel()
	pipe, out := filepath.Join(t.TempDir(), "pipe"), filepath.Join(t.TempDir(), "out.json")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	// The first row ends at once, and the second hangs once the test knows of it.
	const script = `case $2 in *nowhere.invalid*) echo here > "$1"; exec sleep 600;; esac; exit 1`
	cmd := exec.CommandContext(t.Context(), "fakelibvirtd", "check", "--jobs=1", "--row=tcp/port/closed", "--row=tcp/host/unresolvable", "--json="+out,
		"--", "sh", "-c", script, "sh", pipe, "{uri}")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(pipe); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	const status = 130
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != status {
		t.Errorf("it ended with %v; want exit status %d", err, status)
	}
	if want := "1 rows: 1 pass, 0 fail, 0 do not apply"; !strings.Contains(stdout.String(), want) {
		t.Errorf("want %q in\n%s", want, &stdout)
	}
	if want := "interrupted after 1 of 2 rows"; !strings.Contains(stderr.String(), want) {
		t.Errorf("want %q in\n%s", want, &stderr)
	}
	if report, err := os.ReadFile(out); err != nil || bytes.Count(report, []byte(`"id"`)) != 1 {
		t.Errorf("the report is %s, %v", report, err)
	}
}
