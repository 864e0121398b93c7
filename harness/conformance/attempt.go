package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Attempt is what a client gets of a row: it is to open a connection to URI, use it,
// and close it.
type Attempt struct {
	Cell *Cell
	// URI is the connection's, and "" for rows in which the client is given none.
	URI string
	// Env is the environment for the client, for exec.Cmd.
	Env []string

	env    *Env
	asked  bool
	broken error // why the client's program cannot be run at all
}

// Outcome is what became of an attempt.
type Outcome struct {
	// Err is nil if the client has opened the connection and used it without an
	// error.
	Err error
	// Output is what the client printed, for people.
	Output string
}

// Client makes an attempt.
type Client func(context.Context, *Attempt) Outcome

// Command returns a client that runs a program for each attempt. In its arguments
// {uri} stands for the URI, which is empty for rows without one. The program is to
// exit with 0 if it could open and use the connection, and with another status if it
// could not.
func Command(name string, args ...string) Client {
	return func(ctx context.Context, a *Attempt) Outcome {
		words := make([]string, len(args))
		for i, arg := range args {
			words[i] = strings.ReplaceAll(arg, "{uri}", a.URI)
		}
		output, err := a.Run(ctx, strings.ReplaceAll(name, "{uri}", a.URI), words...)
		return Outcome{Err: err, Output: output}
	}
}

// grace is how long a client that has ended, or has been told to, may leave others with
// its output.
const grace = time.Second

// Run runs a program with the attempt's environment: in a namespace, or under a
// terminal, where the row needs that. Otherwise the program has no terminal, and a
// standard input that is empty, unless the row needs that. It returns the end of what the program printed, at most 64 KiB,
// and an error unless it exits with 0. Once the program has ended, or ctx has, all that
// it started and left in its session is killed.
//
// A program that cannot be started, one that has not ended when ctx does, and one that
// a signal ends, have not refused anything: the row fails, whatever it wants. SIGPIPE is
// an ordinary end: that of a client which writes to a peer that has gone.
func (a *Attempt) Run(ctx context.Context, name string, args ...string) (output string, err error) {
	path, err := exec.LookPath(name)
	if err != nil {
		a.broken = fmt.Errorf("the client cannot be run: %w", err)
		return "", a.broken
	}
	argv := append([]string{path}, args...)
	inNamespace := slices.Contains(a.Cell.Needs, Namespace)
	if inNamespace {
		if argv, err = a.env.inNamespace(argv); err != nil {
			return "", err
		}
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = a.Env
	cmd.WaitDelay = grace
	detach(cmd)
	var b tail
	if slices.Contains(a.Cell.Needs, PTY) {
		a.asked, err = runOnTerminal(cmd, &b, a.env.answer)
	} else {
		if a.env.input != "" {
			cmd.Stdin = strings.NewReader(a.env.input)
		}
		cmd.Stdout, cmd.Stderr = &b, &b
		if err = cmd.Start(); err == nil {
			err = reap(cmd)
		}
	}
	output = b.String()
	switch state := cmd.ProcessState; {
	case ctx.Err() != nil:
		err = &abnormal{fmt.Errorf("it did not end: %w", context.Cause(ctx))}
	case err == nil:
	case state == nil:
		if _, unfit := whyUnfit(err); !unfit {
			a.broken = fmt.Errorf("the client cannot be run: %w", err)
			err = a.broken
		}
	case errors.Is(err, exec.ErrWaitDelay) && state.Success():
		err = nil // somebody else still has its output
	case inNamespace && state.ExitCode() == noNamespaceStatus && strings.Contains(output, noNamespace):
		_, why, _ := strings.Cut(output, noNamespace)
		err = &unfit{"no namespace: " + strings.TrimSpace(why)}
	default:
		if sig := signalled(state); sig != nil {
			err = &abnormal{fmt.Errorf("a signal ended it: %v", sig)}
		}
	}
	return output, err
}

// signalled returns the signal that ended a process, unless that is what ends a program
// that writes to a closed connection.
func signalled(state *os.ProcessState) os.Signal {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() == syscall.SIGPIPE {
		return nil
	}
	return status.Signal()
}

// abnormal is an end of a client that is neither success nor a refusal.
type abnormal struct{ err error }

func (a *abnormal) Error() string { return a.err.Error() }
func (a *abnormal) Unwrap() error { return a.err }

// tail keeps the end of what is written to it.
type tail struct {
	b    []byte
	left int64 // bytes left out
}

// tailSize is how much of a client's output is kept, in bytes.
const tailSize = 64 << 10

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if over := n - tailSize; over > 0 {
		t.left += int64(over)
		p = p[over:]
	}
	t.b = append(t.b, p...)
	if over := len(t.b) - tailSize; over > tailSize {
		t.trim(over)
	}
	return n, nil
}

func (t *tail) trim(over int) {
	t.left += int64(over)
	t.b = append(t.b[:0], t.b[over:]...)
}

// String returns the end, and says so if it is not all.
func (t *tail) String() string {
	if over := len(t.b) - tailSize; over > 0 {
		t.trim(over)
	}
	if t.left > 0 {
		return fmt.Sprintf("(%d bytes before are left out)\n%s", t.left, t.b)
	}
	return string(t.b)
}

// unfit is why something cannot be tried here.
type unfit struct{ reason string }

func (u *unfit) Error() string { return u.reason }

// Unfit returns the error for what a row cannot be run with: the row does not apply.
func Unfit(reason string) error { return &unfit{reason} }

// whyUnfit returns the reason in an error, if it is that of something unfit.
func whyUnfit(err error) (string, bool) {
	var u *unfit
	if errors.As(err, &u) {
		return u.reason, true
	}
	return "", false
}
