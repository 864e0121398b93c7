package conformance

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal makes a pseudo-terminal.
func openTerminal() (master, terminal *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, &unfit{"no pseudo-terminal: " + err.Error()}
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		master.Close()
		return nil, nil, &unfit{"no pseudo-terminal: " + err.Error()}
	}
	return master, terminal, nil
}

// runOnTerminal runs a command under a terminal of its own. If the command asks
// something that is to be answered by yes or no, the answer is typed.
func runOnTerminal(cmd *exec.Cmd, output io.Writer, answer string) (asked bool, err error) {
	master, terminal, err := openTerminal()
	if err != nil {
		return false, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr.Setctty = true
	if err := cmd.Start(); err != nil {
		master.Close()
		terminal.Close()
		return false, err
	}
	terminal.Close()
	var question atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		var text []byte // the end of what was printed
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			_, _ = output.Write(b[:n])
			text = append(text[max(0, len(text)-len(b)):], b[:n]...)
			if !question.Load() && bytes.Contains(text, []byte("(yes/no")) {
				question.Store(true)
				_, _ = io.WriteString(master, answer+"\n")
			}
			if err != nil {
				return // EIO once nobody has the terminal
			}
		}
	}()
	err = reap(cmd)
	// Somebody who has left the client's session may still have the terminal.
	_ = master.SetReadDeadline(time.Now().Add(grace))
	<-done
	master.Close()
	return question.Load(), err
}
