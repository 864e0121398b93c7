//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience is how long the test waits for what must come at once.
const patience = 2 * time.Minute

// TestSignalsEndCommands has commands read a pipe into which nobody writes: a
// signal ends them, as it does any program.
func TestSignalsEndCommands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		args   []string
		signal syscall.Signal
	}{
		{"validate, SIGTERM", []string{"scenario", "validate"}, syscall.SIGTERM},
		{"validate, Ctrl-C", []string{"scenario", "validate"}, syscall.SIGINT},
		{"dump", []string{"scenario", "dump"}, syscall.SIGTERM},
		{"serve", []string{"serve", "--scenario"}, syscall.SIGINT},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pipe := filepath.Join(t.TempDir(), "pipe.yaml")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "fakelibvirtd", append(c.args, pipe)...)
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// Opening a pipe waits for who reads it.
			w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			late := time.AfterFunc(patience, func() { w.Close() }) // it ends by itself then
			err = cmd.Wait()
			late.Stop()
			w.Close()
			if !errors.As(err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() {
				t.Fatalf("it ended with %v, want the signal", err)
			}
		})
	}
}
