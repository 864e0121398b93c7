//go:build unix

package conformance

import (
	"os/exec"
	"syscall"
)

// detach gives a client a session of its own: it cannot ask anything on the terminal
// from which the rows are run, and what it has started ends with it.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return killGroup(cmd) }
}

// killGroup kills a client with what it has started.
func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
