package sshd

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"

	gossh "golang.org/x/crypto/ssh"
)

// A LoginResult is how the login of one connection went.
type LoginResult struct {
	Remote, Local net.Addr
	// ClientVersion is empty if the client did not introduce itself.
	ClientVersion string
	// Tries are the attempts in their order; the last was successful if Accepted.
	Tries    []LoginTry
	Accepted bool
	// Reason is why the client was not let in.
	Reason string
}

// A LoginTry is one attempt to log in. A key about which the client only asks
// counts if it is refused.
type LoginTry struct {
	User, Method   string
	KeyFingerprint string // for the method publickey
	Accepted       bool
	Reason         string
}

// A Request is something that a client asks for once it has logged in.
type Request struct {
	// Login has the command and the environment, and Via for channels to a
	// socket.
	Login
	// Kind is the protocol's name for it: exec, shell, subsystem, or a type of
	// channel.
	Kind string
	// Target is the subsystem, the socket, or the address host:port.
	Target string
	// Terminal tells that the client asked for a terminal before.
	Terminal bool
	// Refused is why it is not done; else it is empty.
	Refused string
}

// A Result is how a request ended.
type Result struct {
	Status int
	// Stderr is the beginning of what the client was sent as standard error.
	Stderr string
	// Gone tells that the client had gone before.
	Gone bool
	// Refused is why it was not done after all: a channel whose socket cannot be
	// opened.
	Refused string
}

// login is what a connection has seen of a login.
type login struct {
	fingerprint string // of the key that is being tried
	tries       []LoginTry
}

// noteTry notes an attempt, and that the client is in if it was successful.
func (c *connection) noteTry(meta gossh.ConnMetadata, method string, err error) {
	try := LoginTry{User: meta.User(), Method: method, Accepted: err == nil}
	if method == MethodPublicKey {
		try.KeyFingerprint = c.tried.fingerprint
	}
	if err != nil {
		try.Reason = tryReason(method, err)
	}
	c.tried.fingerprint = ""
	c.tried.tries = append(c.tried.tries, try)
	if err == nil {
		c.tellLogin("")
	}
}

// tryReason returns why an attempt failed, for a method other than none in
// x/crypto's words if they are not ours.
func tryReason(method string, err error) string {
	switch {
	case errors.As(err, new(*gossh.PartialSuccessError)):
		return "right, but more is asked for"
	case method == MethodNone && errors.Is(err, errDenied):
		return "no login without authentication"
	case method == MethodPassword && errors.Is(err, errDenied):
		return "the password is wrong"
	case method == MethodKeyboard && errors.Is(err, errDenied):
		return "an answer is wrong"
	case method == MethodPublicKey && errors.Is(err, errDenied):
		return "the key is not authorized"
	}
	return strings.TrimPrefix(err.Error(), "ssh: ")
}

// notLoggedIn tells that the handshake has failed.
func (c *connection) notLoggedIn(err error) {
	if c.loggedIn.Load() {
		return
	}
	reason := strings.TrimPrefix(err.Error(), "ssh: ")
	var auth *gossh.ServerAuthError
	var broken *net.OpError // which of its kind is a matter of time
	switch {
	case c.timedOut.Load():
		reason = "timeout before authentication"
	case c.ctx.Err() != nil:
		reason = "the node closed the connection"
	case errors.As(err, &auth) && strings.Contains(reason, "too many authentication failures"):
		reason = "too many authentication failures"
	case auth != nil || errors.Is(err, io.EOF) || errors.As(err, &broken):
		reason = "the client gave up"
	}
	c.tellLogin(reason)
}

func (c *connection) tellLogin(reason string) {
	c.srv.cfg.OnLogin(c.ctx, LoginResult{
		Remote: c.remote(), Local: c.local(), ClientVersion: c.version.String(),
		Tries: c.tried.tries, Accepted: reason == "", Reason: reason,
	})
}

// request tells of a request; the context is for Open, and end is never nil.
func (c *connection) request(ctx context.Context, r Request) (_ context.Context, end func(Result)) {
	if on := c.srv.cfg.OnRequest; on != nil {
		if ctx, end = on(ctx, r); end != nil {
			return ctx, end
		}
	}
	return ctx, func(Result) {}
}

// note tells of a request of the session, which then goes by its context.
func (s *session) note(r Request) {
	r.Login, r.Terminal = s.base, s.terminal
	ctx, end := s.conn.request(s.ctx, r)
	if r.Refused == "" {
		s.ctx, s.end = ctx, end
	}
}

// channelTarget returns where a channel of a known type was to lead.
func channelTarget(ch gossh.NewChannel) string {
	var p struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	if ch.ChannelType() != "direct-tcpip" || gossh.Unmarshal(ch.ExtraData(), &p) != nil {
		return ""
	}
	return net.JoinHostPort(p.Host, strconv.FormatUint(uint64(p.Port), 10))
}

// version is the first line that a client sends.
type version struct {
	line []byte
	done bool
}

// maxVersion is the longest line of this kind, by RFC 4253 section 4.2.
const maxVersion = 255

func (v *version) read(p []byte) {
	if v.done {
		return
	}
	line, _, done := strings.Cut(string(p[:min(len(p), maxVersion)]), "\n")
	v.line = append(v.line, line...)
	v.done = done || len(v.line) >= maxVersion
}

func (v *version) String() string {
	if s := strings.TrimRight(string(v.line), "\r"); v.done && strings.HasPrefix(s, "SSH-") {
		return s
	}
	return ""
}

// maxNoted is how much of a session's standard error is noted.
const maxNoted = 4 << 10

// noted is a lockedWriter that keeps the beginning of what is written.
type noted struct {
	mu   sync.Mutex
	w    io.Writer
	seen []byte
}

func (n *noted) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen = append(n.seen, p[:min(len(p), maxNoted-len(n.seen))]...)
	return n.w.Write(p)
}

func (n *noted) text() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return string(n.seen)
}
