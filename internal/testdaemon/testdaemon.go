package testdaemon

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// Version is the libvirt whose answers fakelibvirtd gives.
const Version = "9.0.0"

// Daemon is a libvirtd that runs until its test ends.
type Daemon struct {
	// Socket is the path of its unix socket, open to read and write without
	// authentication, unless StartSASL started it.
	Socket string
	// TCP and TLS are where it listens for them, as host:port; empty if it does not.
	TCP, TLS string

	stop func() string
}

// Stop ends the daemon, and returns what it has logged. Only the first time ends it.
func (d *Daemon) Stop() (log string) { return d.stop() }

// Start runs a libvirtd for the test, and returns without waiting for it to be
// ready: who connects to the socket is served as soon as it is. The lines are
// added to its libvirtd.conf. Without libvirtd of Version the test is skipped, as
// testclients says.
func Start(t testing.TB, lines ...string) *Daemon {
	t.Helper()
	return start(t, Config{Lines: append(lines, `auth_unix_rw = "none"`)})
}

// Need ends a test, as testclients.Need does, where the machine has no libvirtd of
// Version, and returns the path of that.
func Need(t testing.TB) (path string) {
	t.Helper()
	path = testclients.Need(t, "libvirtd", "libvirt-daemon")
	if out, err := exec.Command(path, "--version").Output(); err != nil || !bytes.Contains(out, []byte(" "+Version)) {
		testclients.Unavailable(t, fmt.Sprintf("the answers to compare are those of libvirt %s; libvirtd --version says %q, %v",
			Version, bytes.TrimSpace(out), err))
	}
	return path
}

// start runs a libvirtd for the test in a directory that goes with it.
func start(t testing.TB, c Config) *Daemon {
	t.Helper()
	Need(t)
	dir, err := os.MkdirTemp("", "libvirtd") // t.TempDir's paths are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c.Dir = dir
	d, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if log := d.Stop(); t.Failed() {
			t.Logf("libvirtd's log:\n%s", log)
		}
	})
	return d
}

// URI returns the daemon's URI of a connection such as "test:///default".
func (d *Daemon) URI(name string) string {
	scheme, path, _ := strings.Cut(name, ":")
	return scheme + "+unix:" + path + "?socket=" + d.Socket
}
