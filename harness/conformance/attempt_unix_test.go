//go:build unix

package conformance_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

// refusing is a row that any client passes which fails.
const refusing = "tcp/port/closed"

func runScript(t *testing.T, id, script string, patience time.Duration) conformance.Result {
	t.Helper()
	cell, err := conformance.Lookup(id)
	if err != nil {
		t.Fatal(err)
	}
	runner := &conformance.Runner{Patience: patience}
	return runner.Run(t.Context(), cell, conformance.Command("/bin/sh", "-c", script, "{uri}"))
}

// Only an exit status is a refusal.
func TestEndsThatAreNoRefusal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script, reason string
		want                 conformance.Verdict
	}{
		{"status", "exit 3", "", conformance.Pass},
		{"closed pipe", "kill -PIPE $$", "", conformance.Pass},
		{"hang", "exec sleep 60", "it did not end", conformance.Fail},
		{"crash", "kill -SEGV $$", "a signal ended it", conformance.Fail},
		{"killed", "kill -KILL $$", "a signal ended it", conformance.Fail},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			patience := conformance.DefaultPatience
			if c.name == "hang" {
				patience = 300 * time.Millisecond
			}
			r := runScript(t, refusing, c.script, patience)
			if r.Verdict != c.want || !strings.Contains(r.Reason, c.reason) || r.Broken != nil {
				t.Errorf("got %s (%s), broken %v; want %s", r.Verdict, r.Reason, r.Broken, c.want)
			}
		})
	}
}

// A client that cannot be started refuses nothing, and is said to be missing.
func TestMissingClient(t *testing.T) {
	t.Parallel()
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	strange := filepath.Join(t.TempDir(), "strange")
	if err := os.WriteFile(strange, []byte("#!/nowhere/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cell, err := conformance.Lookup(refusing)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/nowhere/client", "no-such-client", plain, strange} {
		r := conformance.Run(t.Context(), cell, conformance.Command(name, "{uri}"))
		if r.Verdict != conformance.Fail || r.Broken == nil || !strings.Contains(r.Reason, "the client cannot be run") {
			t.Errorf("%s: got %s (%s), broken %v", name, r.Verdict, r.Reason, r.Broken)
		}
	}
}

// The end of what a client prints is kept, and no more.
func TestLongOutput(t *testing.T) {
	t.Parallel()
	r := runScript(t, refusing, "head -c 1000000 /dev/zero | tr '\\0' x; echo the end; exit 1", conformance.DefaultPatience)
	const most = 65 << 10
	if len(r.Output) > most || !strings.HasSuffix(r.Output, "xxthe end\n") || !strings.HasPrefix(r.Output, "(") {
		t.Errorf("kept %d bytes, %.60q to %q", len(r.Output), r.Output, r.Output[max(0, len(r.Output)-20):])
	}
}

// What a client leaves behind is ended, and does it no harm.
func TestChildrenThatStay(t *testing.T) {
	t.Parallel()
	// The row wants failure: one that is told of success shows by its reason that the
	// client's was success.
	r := runScript(t, refusing, "sleep 60 & echo $!", conformance.DefaultPatience)
	if r.Verdict != conformance.Fail || r.Err != nil {
		t.Errorf("got %s (%s), %v", r.Verdict, r.Reason, r.Err)
	}
	if r.Took > conformance.DefaultPatience/2 {
		t.Errorf("it took %v", r.Took)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(r.Output))
	if err != nil {
		t.Fatal(err)
	}
	if !gone(pid) {
		t.Errorf("process %d is still there", pid)
	}
}

// gone reports whether a process has ended; that it was killed may take a moment to
// show.
func gone(pid int) bool {
	for begin := time.Now(); time.Since(begin) < 2*time.Minute; {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
		if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && strings.Contains(string(stat), ") Z ") {
			return true
		}
	}
	return false
}
