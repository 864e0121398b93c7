package harness_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// openInProcess opens a URI with go-libvirt in the test's own process.
func openInProcess(_ *testing.T, cell *harness.Cell) error {
	u, err := url.Parse(cell.URI)
	if err != nil {
		return err
	}
	l, err := libvirt.ConnectToURI(u)
	if err != nil {
		return err
	}
	return l.Disconnect()
}

// A client in the test's process, with a row that it is known to fail.
func TestRunMatrixInProcess(t *testing.T) {
	harness.RunMatrix(t, openInProcess,
		harness.MatrixTransports(harness.TLS), harness.MatrixParameters("no_verify", "port", "host", "tls_priority"),
		harness.MatrixSkip("tls/no_verify/word", "tls/no_verify/idle"),
		harness.MatrixKnown(map[string]string{
			"tls/tls_priority/set":     "go-libvirt ignores it",
			"tls/tls_priority/escaped": "go-libvirt ignores it",
			"tls/tls_priority/wrong":   "go-libvirt ignores it",
			"tls/no_verify/empty":      "go-libvirt takes the empty value for none",
		}))
}

// A client that is a program.
func TestRunMatrixProgram(t *testing.T) {
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	var mu sync.Mutex
	ran := map[string]bool{}
	t.Run("rows", func(t *testing.T) {
		harness.RunMatrix(t, func(t *testing.T, cell *harness.Cell) error {
			mu.Lock()
			ran[cell.Row.ID] = true
			mu.Unlock()
			_, err := cell.Run(virsh, "-c", cell.URI, "list")
			return err
		}, harness.MatrixPrograms(), harness.MatrixWithout(conformance.LibSSH2),
			harness.MatrixRows("none/", "ext/command/", "ssh/no_tty/", "libssh2/transport/"))
	})
	for id, want := range map[string]bool{"none/default/environment": true, "ssh/no_tty/terminal-set": true, "ext/command/path": true, "libssh2/transport/written": false} {
		if ran[id] != want {
			t.Errorf("%s was run: %v; want %v", id, ran[id], want)
		}
	}
}

// Rows tell good clients from bad ones.
func TestRowsCanFail(t *testing.T) {
	t.Parallel()
	never := func(context.Context, *conformance.Attempt) conformance.Outcome {
		return conformance.Outcome{Err: context.DeadlineExceeded}
	}
	anyway := func(context.Context, *conformance.Attempt) conformance.Outcome { return conformance.Outcome{} }
	for _, id := range []string{"tcp/transport/written", "tls/no_verify/unset", "unix/socket/missing", "tcp/port/closed"} {
		cell, err := conformance.Lookup(id)
		if err != nil {
			t.Fatal(err)
		}
		if r := conformance.Run(t.Context(), cell, anyway); r.Verdict != conformance.Fail || r.Reason == "" {
			t.Errorf("%s: a client that does nothing, and says it did: %s %s", id, r.Verdict, r.Reason)
		}
		want := conformance.Fail
		if cell.Want.Refuse != nil && cell.Want.Refuse.Least == conformance.Nothing {
			want = conformance.Pass
		}
		if r := conformance.Run(t.Context(), cell, never); r.Verdict != want {
			t.Errorf("%s: a client that does nothing, and says so: %s %s", id, r.Verdict, r.Reason)
		}
	}
}

// matrixMistake names a mistake for TestMatrixMistake, which is run on its own.
const matrixMistake = "MATRIX_MISTAKE"

// Mistakes of those who run the matrix, each of which fails once.
func TestMatrixMistakes(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for mistake, want := range map[string]string{
		"missing":   "the client cannot be run: ",
		"lacking":   "none of the 2 rows applies: ",
		"temporary": "no row can be run: no directory for temporary files: ",
		"hang":      "it did not end: it was given 200ms",
	} {
		t.Run(mistake, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestMatrixMistake$")
			cmd.Env = append(os.Environ(), matrixMistake+"="+mistake)
			if mistake == "temporary" {
				cmd.Env = append(cmd.Env, "TMPDIR=/nowhere")
			}
			out, err := cmd.CombinedOutput()
			if n := strings.Count(string(out), want); err == nil || n != 1 {
				t.Errorf("it ended with %v, and said %q %d times:\n%s", err, want, n, out)
			}
		})
	}
}

func TestMatrixMistake(t *testing.T) {
	mistake := os.Getenv(matrixMistake)
	program, opts := "false", []harness.MatrixOption{harness.MatrixPrograms()}
	rows := []string{"tcp/port/closed", "tcp/transport/", "tcp/host/unresolvable", "unix/socket/missing"}
	switch mistake {
	case "":
		t.Skip(matrixMistake + " is not set")
	case "missing":
		program = "/nowhere/client"
	case "lacking":
		rows = []string{"ext/command/missing", "ext/command/fails"}
		opts = append(opts, harness.MatrixWithout(conformance.Ext))
	case "hang":
		program, rows = "sleep", rows[:1]
		const patience = 200 * time.Millisecond
		opts = append(opts, harness.MatrixPatience(patience))
	}
	harness.RunMatrix(t, func(_ *testing.T, cell *harness.Cell) error {
		_, err := cell.Run(program, "60")
		return err
	}, append(opts, harness.MatrixRows(rows...))...)
}
