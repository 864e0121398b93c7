package testdaemon

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// Serve has a function serve each connection of a listener, until the test ends, which
// waits for those that are served.
func Serve(t testing.TB, l net.Listener, serve func(net.Conn)) {
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
}

// sshd is not on everybody's PATH, and must be absolute.
const sshd = "/usr/sbin/sshd"

// SSHD is OpenSSH's sshd, of which each connection gets a process of its own, as from
// inetd: so there is no port to find, and no daemon to end.
type SSHD struct {
	// Config is the path of its sshd_config, and Log of the file that it logs to.
	Config, Log string
	// Env is its environment; nil is that of the test.
	Env []string
}

// NeedSSHD skips the test where there is no sshd, or where it would let in nobody but the
// user who runs it.
func NeedSSHD(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("sshd lets nobody but its own user in, unless root runs it, and cannot set the PATH of that")
	}
	if _, err := os.Stat(sshd); err != nil {
		testclients.Unavailable(t, "sshd is not installed: apt-get install openssh-server")
	}
	// What the service makes before it starts sshd.
	if err := os.Mkdir("/run/sshd", 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
}

// Serve has it serve the connections of a listener for TCP, until the test ends.
func (s SSHD) Serve(t testing.TB, l net.Listener) {
	Serve(t, l, func(c net.Conn) {
		file, err := c.(*net.TCPConn).File()
		c.Close()
		if err != nil {
			t.Error(err)
			return
		}
		defer file.Close()
		cmd := exec.CommandContext(t.Context(), sshd, "-i", "-f", s.Config, "-E", s.Log)
		cmd.Stdin, cmd.Stdout, cmd.Env = file, file, s.Env
		_ = cmd.Run() // of no interest: it tells of clients that do not say goodbye
	})
}
