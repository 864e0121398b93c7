//go:build !unix

package conformance

import "os/exec"

func detach(*exec.Cmd) {}

func reap(cmd *exec.Cmd) error { return cmd.Wait() }
