//go:build unix && !linux

package conformance

import "os/exec"

// reap waits for a client, and kills what it leaves behind.
func reap(cmd *exec.Cmd) error {
	err := cmd.Wait()
	_ = killGroup(cmd) // often there is nobody left
	return err
}
