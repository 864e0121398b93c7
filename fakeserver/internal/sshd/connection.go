package sshd

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// lingerTime is how long a client may take to close a channel that the server
// has closed. Until it does, its last reads and writes may be blocked; then the
// connection is closed.
const lingerTime = 30 * time.Second

// A connection is one SSH connection.
type connection struct {
	srv   *Server
	ctx   context.Context
	nc    net.Conn
	log   *slog.Logger
	tasks tasks

	mu       sync.Mutex
	sessions int
	loggedIn atomic.Bool
	timedOut atomic.Bool

	tried    login      // by the goroutine of the handshake, as the next two
	left     [][]string // methods that the client must still go through
	usedKeys []string   // fingerprints of the keys of steps before
	version  version    // of the client
}

// serve runs the connection. Everything that gliderlabs/ssh keeps for a server
// is made anew for each connection, so that nothing is shared; there is little
// of it. Its maps of handlers are complete: those that are set replace the
// package's defaults.
func (c *connection) serve() {
	grace := c.srv.cfg.Clock.AfterFunc(c.srv.cfg.LoginGrace, func() {
		if !c.loggedIn.Load() {
			c.log.Info("ssh: timeout before authentication")
			c.timedOut.Store(true)
			c.nc.Close()
		}
	})
	defer grace.Stop()
	srv := &ssh.Server{
		ServerConfigCallback: func(ssh.Context) *gossh.ServerConfig { return c.serverConfig() },
		ConnectionFailedCallback: func(_ net.Conn, err error) {
			c.log.Debug("ssh: handshake failed", "err", err)
			c.notLoggedIn(err)
		},
		ChannelHandlers: map[string]ssh.ChannelHandler{
			"session":                        c.handle(c.session),
			"direct-streamlocal@openssh.com": c.handle(c.streamLocal),
			"direct-tcpip":                   c.handle(c.refuse(gossh.Prohibited)),
			"default":                        c.handle(c.refuse(gossh.ConnectionFailed)),
		},
		RequestHandlers: map[string]ssh.RequestHandler{
			"no-more-sessions@openssh.com": endSessions,
		},
	}
	srv.HandleConn(rawConn{c.nc, &c.version})
}

// A rawConn keeps deadlines from gliderlabs/ssh, which sets one before every read
// and write, even if it has none to set, and so would undo those of the listener.
// It also sees how the client introduces itself, of which x/crypto/ssh tells
// nothing if there is no login.
type rawConn struct {
	net.Conn
	version *version
}

func (rawConn) SetDeadline(time.Time) error { return nil }

func (c rawConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.version.read(p[:n])
	return n, err
}

// handle makes a handler of gliderlabs/ssh, which runs in a goroutine that
// nobody waits for, into a task of the connection.
func (c *connection) handle(f func(*gossh.ServerConn, gossh.NewChannel)) ssh.ChannelHandler {
	return func(_ *ssh.Server, conn *gossh.ServerConn, ch gossh.NewChannel, _ ssh.Context) {
		end, ok := c.tasks.begin(ch.ChannelType() + " channel")
		if !ok {
			return
		}
		defer end()
		f(conn, ch)
	}
}

// refuse rejects a channel with the words of OpenSSH for everything it rejects.
func (c *connection) refuse(reason gossh.RejectionReason) func(*gossh.ServerConn, gossh.NewChannel) {
	return func(conn *gossh.ServerConn, ch gossh.NewChannel) {
		c.request(c.ctx, Request{
			Login: c.login(conn), Kind: ch.ChannelType(), Target: channelTarget(ch), Refused: "no such channels here",
		})
		ch.Reject(reason, "open failed")
	}
}

// endSessions answers no-more-sessions@openssh.com, which the OpenSSH client
// sends right behind the opening of its session. x/crypto/ssh hands requests and
// channels to different goroutines, so that it cannot be told which came first:
// to enforce the promise would end good connections.
func endSessions(ssh.Context, *ssh.Server, *gossh.Request) (bool, []byte) { return true, nil }

// takeSession asks for one of the sessions that a connection may have.
func (c *connection) takeSession() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sessions >= maxSessions {
		return false
	}
	c.sessions++
	return true
}

func (c *connection) releaseSession() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions--
}

// protocolError ends a connection whose client breaks the protocol, as OpenSSH
// does with a message that it cannot read.
func (c *connection) protocolError(what string) {
	c.log.Debug("ssh: protocol error", "in", what)
	c.nc.Close()
}

// closeChannel closes a channel and waits for the client to close it too, which
// ends ctx: until then reads and writes of the channel may be blocked.
func (c *connection) closeChannel(ctx context.Context, ch gossh.Channel) {
	ch.Close()
	linger := time.AfterFunc(lingerTime, func() {
		c.log.Debug("ssh: client does not close its channel")
		c.nc.Close()
	})
	defer linger.Stop()
	<-ctx.Done()
}

func (c *connection) remote() net.Addr { return c.nc.RemoteAddr() }
func (c *connection) local() net.Addr  { return c.nc.LocalAddr() }

// hostPort returns what sshd writes for an address in SSH_CONNECTION.
func hostPort(addr net.Addr) (host, port string) {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.IP.String(), strconv.Itoa(tcp.Port)
	}
	return "UNKNOWN", "65535"
}

func addrString(addr net.Addr) string {
	if addr == nil {
		return ""
	}
	return addr.String()
}
