package conformance

import (
	"errors"
	"os/exec"

	"golang.org/x/sys/unix"
)

// reap waits for a client, and kills what it leaves behind. It does so while the client
// is a zombie: its number, which is the group's, is nobody else's until then.
func reap(cmd *exec.Cmd) error {
	for {
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	_ = killGroup(cmd) // often there is nobody left
	return cmd.Wait()
}
