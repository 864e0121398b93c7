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
	// authentication, unless StartSASL started it.
	Socket string
	// TCP is where it listens on tcp, as host:port; empty unless StartSASL started it.
	TCP string
}

// Start runs a libvirtd for the test, and returns without waiting for it to be
// ready: who connects to the socket is served as soon as it is. The lines are
// added to its libvirtd.conf. Without libvirtd of Version the test is skipped, as
// testclients says.
func Start(t testing.TB, lines ...string) *Daemon {
	t.Helper()
	return start(t, plan{lines: append(lines, `auth_unix_rw = "none"`)})
}

// plan is what daemons differ in.
type plan struct {
	lines []string // of libvirtd.conf
	tcp   bool     // whether it listens on tcp as well
	// prepare, if it is there, makes files in the daemon's directory, and returns what
	// is to be added to its environment.
	prepare func(dir string) (env []string)
}

// start runs a libvirtd as planned.
func start(t testing.TB, p plan) *Daemon {
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
	sockets, names := []filer{listener}, "libvirtd.socket"
	if p.tcp {
		tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer tcp.Close()
		d.TCP = tcp.Addr().String()
		sockets, names = append(sockets, tcp), names+":libvirtd-tcp.socket"
	}
	config := filepath.Join(dir, "libvirtd.conf")
	if err := os.WriteFile(config, []byte(strings.Join(p.lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var env []string
	if p.prepare != nil {
		env = p.prepare(dir)
	}

	// The sockets are handed over as systemd does it, which wants the daemon's
	// own process id in its environment.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`,
		libvirtd, "--config", config, "--pid-file", filepath.Join(dir, "pid"))
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + dir,
		"XDG_RUNTIME_DIR=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_CACHE_HOME=" + dir, "XDG_DATA_HOME=" + dir,
		fmt.Sprint("LISTEN_FDS=", len(sockets)), "LISTEN_FDNAMES=" + names,
	}, env...)
	for _, s := range sockets {
		f, err := s.File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
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

// filer is a listener that can be handed over.
type filer interface{ File() (*os.File, error) }

// URI returns the daemon's URI of a connection such as "test:///default".
func (d *Daemon) URI(name string) string {
	scheme, path, _ := strings.Cut(name, ":")
	return scheme + "+unix:" + path + "?socket=" + d.Socket
}
