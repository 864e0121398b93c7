package testdaemon

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// Version is the libvirt whose answers fakelibvirtd gives.
const Version = "9.0.0"

// Daemon is a libvirtd that runs until its test ends.
type Daemon struct {
	// Socket is the path of its unix socket, open to read and write without
	// authentication.
	Socket string
}

// Start runs a libvirtd for the test, and returns without waiting for it to be
// ready: who connects to the socket is served as soon as it is. The lines are
// added to its libvirtd.conf. Without libvirtd of Version the test is skipped, as
// testclients says.
func Start(t testing.TB, lines ...string) *Daemon {
	t.Helper()
	libvirtd := testclients.Need(t, "libvirtd", "libvirt-daemon")
	if out, err := exec.Command(libvirtd, "--version").Output(); err != nil || !bytes.Contains(out, []byte(" "+Version)) {
		testclients.Unavailable(t, fmt.Sprintf("the answers to compare are those of libvirt %s; libvirtd --version says %q, %v",
			Version, bytes.TrimSpace(out), err))
	}
	dir, err := os.MkdirTemp("", "libvirtd") // t.TempDir's paths are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &Daemon{Socket: filepath.Join(dir, "sock")}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: d.Socket})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	listener.SetUnlinkOnClose(false)
	socket, err := listener.File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	config := filepath.Join(dir, "libvirtd.conf")
	if err := os.WriteFile(config, []byte(strings.Join(append(lines, "auth_unix_rw = \"none\"\n"), "\n")), 0o644); err != nil {
		t.Fatal(err)
	}

	// The socket is handed over as systemd does it, which wants the daemon's
	// own process id in its environment.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`,
		libvirtd, "--config", config, "--pid-file", filepath.Join(dir, "pid"))
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + dir,
		"XDG_RUNTIME_DIR=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_CACHE_HOME=" + dir, "XDG_DATA_HOME=" + dir,
		"LISTEN_FDS=1", "LISTEN_FDNAMES=libvirtd.socket",
	}
	cmd.ExtraFiles = []*os.File{socket}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.WaitDelay = 5 * time.Second
	if err := runAsNobody(cmd, dir); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			t.Logf("libvirtd's log:\n%s", log.String())
		}
	})
	return d
}

// URI returns the daemon's URI of a connection such as "test:///default".
func (d *Daemon) URI(name string) string {
	scheme, path, _ := strings.Cut(name, ":")
	return scheme + "+unix:" + path + "?socket=" + d.Socket
}
