//go:build !linux

package conformance

import (
	"io"
	"os/exec"
)

func runOnTerminal(*exec.Cmd, io.Writer, string) (bool, error) {
	return false, &unfit{"pseudo-terminals are made on Linux alone"}
}
