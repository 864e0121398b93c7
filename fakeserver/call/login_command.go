package call

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// The kinds of what clients ask of an SSH server, named as the protocol names them.
// Other types of channels are kinds of their own.
const (
	// ExecCommand runs Command: what libvirt's own clients ask.
	ExecCommand = "exec"
	// ShellCommand wants a shell to type at.
	ShellCommand = "shell"
	// SubsystemCommand wants the subsystem that Target names.
	SubsystemCommand = "subsystem"
	// StreamLocalCommand wants the unix socket that is Target: go-libvirt's way.
	StreamLocalCommand = "direct-streamlocal@openssh.com"
	// TCPIPCommand wants the address that is Target, host:port.
	TCPIPCommand = "direct-tcpip"
)

// CommandRecord is one thing that a client asked of the SSH server after its login.
type CommandRecord struct {
	// Seq numbers the commands of all connections from 1, in the order in which
	// they arrived.
	Seq uint64
	// Connection is the number of the SSH connection, as in LoginRecord; User is
	// who had logged in, without password.
	Connection uint64
	User       string
	Kind       string
	// Command is the exact text for the login shell, but for passwords in it
	// (see MaskText), and for what is beyond 32 KiB: twice what the shell takes.
	// Words are those that a shell makes of it, nil if it is more
	// than one simple command.
	Command string
	Words   []string
	Target  string // of other kinds than exec and shell
	// Env are the variables that the client sent and the server took, each
	// "NAME=value", of at most 1 KiB.
	Env []string
	// Terminal tells that the client asked for a terminal, which it never gets.
	Terminal bool
	// Refused is why the server did not do it; else it is empty.
	Refused string
	// Sockets are those that were tried on the way, in that order; at most 16.
	Sockets []SocketRecord
	// Status is the exit status, and Stderr the first 4 KiB of what the client was
	// sent as standard error, once the command is finished.
	Status int
	Stderr string
	// Gone tells that the client did not wait for the end.
	Gone bool
	// Begin and End are by the node's clock. End is zero, and Finished false, while
	// the command runs.
	Begin, End time.Time
	Finished   bool
}

// SocketRecord is how a program on the node, or its SSH server, fared with a unix
// socket.
type SocketRecord struct {
	Path string
	Via  string // as in SSHPeer
	// Connection is the number of the connection that it became, 0 if it became
	// none.
	Connection uint64
	// Err is why it became none.
	Err error
}

const (
	maxSockets = 16
	maxStderr  = 4 << 10
	maxCommand = 32 << 10
	maxEnv     = 1 << 10
)

// Reached returns the number of the connection to the node's daemon to which the
// command led, the first if there are several, and 0 if there is none.
func (c *CommandRecord) Reached() (connection uint64) {
	for _, s := range c.Sockets {
		if s.Connection != 0 {
			return s.Connection
		}
	}
	return 0
}

// String shows the command on one line.
func (c *CommandRecord) String() string {
	text := fmt.Sprintf("command #%d connection %d (%s): %s", c.Seq, c.Connection, c.User, c.Kind)
	if c.Command != "" {
		text += fmt.Sprintf(" %q", c.Command)
	}
	if c.Target != "" {
		text += " " + c.Target
	}
	for _, s := range c.Sockets {
		if s.Err != nil {
			text += fmt.Sprintf(", %s to %s: %v", s.Via, s.Path, s.Err)
		} else {
			text += fmt.Sprintf(", %s to %s is connection %d", s.Via, s.Path, s.Connection)
		}
	}
	switch {
	case c.Refused != "":
		return text + ", refused: " + c.Refused
	case !c.Finished:
		return text + ", running"
	case c.Gone:
		text += ", left by its client"
	default:
		text += fmt.Sprintf(", status %d", c.Status)
	}
	if c.Stderr != "" {
		text += fmt.Sprintf(", stderr %q", c.Stderr)
	}
	return text
}

// BeginCommand notes that a client asks for something, and returns the number of
// the record. It sets that and the time. A command that is refused is finished.
func (j *Journal) BeginCommand(c CommandRecord) (seq uint64) {
	c.User, c.Command = MaskUser(c.User), maskStart(c.Command, maxCommand)
	c.Words, c.Env = maskAll(c.Words, maxCommand), maskAll(c.Env, maxEnv)
	size := len(c.User) + len(c.Command) + len(c.Target) + len(c.Refused)
	for _, list := range [][]string{c.Words, c.Env} {
		for _, s := range list {
			size += len(s)
		}
	}
	c.Begin = j.now()
	if c.Refused != "" {
		c.End, c.Finished = c.Begin, true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.commands.add(c, size, func(r *CommandRecord, number uint64) { r.Seq = number })
}

// CommandSocket notes that a command tried a socket.
func (j *Journal) CommandSocket(seq uint64, s SocketRecord) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.commands.change(seq, len(s.Path), func(r *CommandRecord) {
		if len(r.Sockets) < maxSockets {
			r.Sockets = append(slices.Clip(r.Sockets), s) // others may hold the old list
		}
	})
}

// EndCommand notes how a command ended; for what is no command, status is 0. gone
// tells that the client had gone before.
func (j *Journal) EndCommand(seq uint64, status int, stderr string, gone bool) {
	stderr = maskStart(stderr, maxStderr)
	now := j.now()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.commands.change(seq, len(stderr), func(r *CommandRecord) {
		r.Status, r.Stderr, r.Gone = status, stderr, gone
		r.End, r.Finished = now, true
	})
}

// RefuseCommand notes that a command that had begun was not done after all, and why.
func (j *Journal) RefuseCommand(seq uint64, reason string) {
	now := j.now()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.commands.change(seq, len(reason), func(r *CommandRecord) {
		r.Refused, r.End, r.Finished = reason, now, true
	})
}

// Commands returns what the journal still has of what clients asked of the SSH
// server, the oldest first.
func (j *Journal) Commands() []CommandRecord {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.commands.records)
}

// WaitCommand returns the first command for which match reports true: of those that
// the journal has, else of those to come. A command is shown to match when it
// begins, and again whenever its record changes, at its end at last. It returns
// ctx's error if that ends first.
func (j *Journal) WaitCommand(ctx context.Context, match func(*CommandRecord) bool) (CommandRecord, error) {
	return wait(ctx, &j.mu, &j.commands.waiters, func() []CommandRecord { return slices.Clone(j.commands.records) }, match)
}

// maskStart returns the beginning of a text without secrets. It is cut first: to
// look at a byte for secrets takes longer than to receive it.
func maskStart(text string, limit int) string {
	text = MaskText(text[:min(len(text), limit)])
	return text[:min(len(text), limit)]
}

// maskAll returns a copy of the texts' beginnings without secrets.
func maskAll(list []string, limit int) []string {
	masked := slices.Clone(list)
	for i := range masked {
		masked[i] = maskStart(masked[i], limit)
	}
	return masked
}
