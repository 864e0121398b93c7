package testdaemon

import (
	"os"
	"os/exec"
	"syscall"
)

// nobody is the user and group that has no rights, by convention.
const nobody = 65534

// runAsNobody has a program run without privileges where the test has them: a
// privileged libvirtd takes its paths from the system.
func runAsNobody(cmd *exec.Cmd, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return os.Chown(dir, nobody, nobody)
}
