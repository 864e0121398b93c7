package sshd

import (
	"context"
	"io"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd/shell"
)

// maxEnv is how many variables sshd takes from a client.
const maxEnv = 128

// A session is one "session" channel. The handler that gliderlabs/ssh has for
// them starts goroutines that nobody waits for, takes any number of variables of
// any name, grants agents and terminals, and ignores malformed requests.
type session struct {
	conn  *connection
	ctx   context.Context
	ch    gossh.Channel
	base  Login // what Open is told, but for the way to the socket
	begun bool
	noisy bool // the account's noise is out

	account  *Account
	terminal bool         // was asked for
	end      func(Result) // tells how the command ended

	stdin  *watchedReader
	stdout io.Writer
	stderr *noted
}

func (s *session) user() string { return s.base.User }

// session handles the channel until the client has closed it.
func (c *connection) session(conn *gossh.ServerConn, nch gossh.NewChannel) {
	if !c.takeSession() {
		nch.Reject(gossh.ConnectionFailed, "open failed")
		return
	}
	defer c.releaseSession()
	ch, reqs, err := nch.Accept()
	if err != nil {
		return
	}
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	s := &session{
		conn: c, ctx: ctx, ch: ch, base: c.login(conn), account: c.srv.cfg.account(conn.User()),
		stdin:  &watchedReader{r: ch},
		stdout: &lockedWriter{w: ch},
		stderr: &noted{w: ch.Stderr()},
	}
	defer ch.Close() // where nothing was run
	var run sync.WaitGroup
	defer run.Wait()
	defer cancel()
	for req := range reqs {
		command, ok := s.request(req)
		req.Reply(ok, nil)
		if command != nil {
			run.Go(func() { s.run(command) })
		}
	}
}

// request decides about a request, as an sshd with these lines in its
// configuration:
//
//	AcceptEnv LANG LC_*
//	AllowAgentForwarding yes
//	PermitTTY no
//	X11Forwarding no
//
// and no Subsystem. What it returns is to be run once the request is answered; it
// returns the exit status.
func (s *session) request(req *gossh.Request) (command func() int, ok bool) {
	switch req.Type {
	case "exec":
		var p struct{ Command string }
		if !s.parse(req, &p) || s.begun {
			return nil, false
		}
		s.begun = true
		s.base.Command, s.base.Words = p.Command, shell.Words(p.Command)
		s.note(Request{Kind: "exec"})
		if s.libssh() && len(s.account.Noise) <= maxEarlyNoise {
			s.makeNoise()
		}
		return func() int { return s.login(p.Command) }, true
	case "shell":
		if s.begun {
			return nil, false
		}
		s.begun = true
		s.note(Request{Kind: "shell"})
		return s.interactive, true
	case "subsystem":
		var p struct{ Name string }
		if !s.parse(req, &p) || s.begun {
			return nil, false
		}
		s.note(Request{Kind: "subsystem", Target: p.Name, Refused: "no such subsystem"})
		return nil, false
	case "pty-req":
		s.terminal = true
		return nil, false
	case "env":
		var p struct{ Name, Value string }
		if !s.parse(req, &p) || s.begun || !acceptEnv(p.Name) || len(s.base.Env) >= maxEnv {
			return nil, false
		}
		s.base.Env = append(s.base.Env, p.Name+"="+p.Value)
		return nil, true
	case "auth-agent-req@openssh.com":
		return nil, true // nothing on the node ever asks the agent
	}
	return nil, false
}

// parse reads the payload of a request. One that cannot be read ends the
// connection.
func (s *session) parse(req *gossh.Request, into any) bool {
	if err := gossh.Unmarshal(req.Payload, into); err != nil {
		s.conn.protocolError(req.Type + " request")
		return false
	}
	return true
}

func acceptEnv(name string) bool {
	return name == "LANG" || strings.HasPrefix(name, "LC_")
}

// run runs a command and closes the channel: the status first, then the close. It
// does not wait for the end of the client's input, as the client may wait for the
// end of the command.
func (s *session) run(command func() int) {
	if end, ok := s.conn.tasks.begin("command " + call.MaskText(s.base.Command)); ok {
		defer end()
	}
	log := s.conn.log.With("user", call.MaskUser(s.user()), "command", call.MaskText(s.base.Command))
	log.Debug("ssh: command")
	status := command()
	log.Debug("ssh: command ended", "status", status)
	s.end(Result{Status: status, Stderr: s.stderr.text(), Gone: s.ctx.Err() != nil})
	s.letLibsshBegin()
	s.ch.SendRequest("exit-status", false, gossh.Marshal(struct{ Status uint32 }{uint32(status)}))
	s.conn.closeChannel(s.ctx, s.ch)
}

// libssh reports whether the client is a program built on libssh or libssh2, which
// for this node is libvirt's library.
func (s *session) libssh() bool { return strings.HasPrefix(s.base.ClientVersion, "SSH-2.0-libssh") }

// maxEarlyNoise is how much noise is sent ahead of the answer to a request, when
// the client does not make room for more yet. Each has room for a megabyte.
const maxEarlyNoise = 64 << 10

// makeNoise writes what the start-up files of the account's shell do, once. For
// clients of libssh and libssh2 that is before they know that the command runs: while
// libvirt's library reads standard error, a reply on standard output that comes at that
// moment is put aside with nobody told, and it waits for ever for what it has.
// On a real node the files take so long that the reply cannot come then.
func (s *session) makeNoise() {
	if s.noisy || path.Base(s.account.Shell) == "nologin" {
		return
	}
	s.noisy = true
	io.WriteString(s.stderr, s.account.Noise)
}

// libsshPatience is how long a client of libssh or libssh2 is waited for: longer than
// a client needs on a machine with much else to do.
const libsshPatience = 10 * time.Second

// letLibsshBegin holds back the end of a command until the client has sent its
// first bytes, if it is of libvirt's library by libssh or libssh2. It sends a request
// as soon as the command is accepted, and does not look first whether there is
// anything to read: an end that has come by then is swallowed while it writes, and
// over libssh2 it waits for an answer for ever. On a real node a command takes longer
// to fail than the client to begin.
func (s *session) letLibsshBegin() {
	if s.stdin.seen.Load() || !s.libssh() {
		return
	}
	begun := make(chan struct{})
	s.conn.tasks.start("wait for the client's input", func() {
		defer close(begun)
		s.stdin.Read(make([]byte, 1))
	})
	timeout := time.NewTimer(libsshPatience)
	defer timeout.Stop()
	select {
	case <-begun:
	case <-timeout.C:
	case <-s.ctx.Done():
	}
}

// A watchedReader notes that the client has sent something or has ended its input.
type watchedReader struct {
	r    io.Reader
	seen atomic.Bool
}

func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if !w.seen.Load() {
		w.seen.Store(true)
	}
	return n, err
}

// A lockedWriter lets the parts of a script write at once, which a channel does
// not.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
