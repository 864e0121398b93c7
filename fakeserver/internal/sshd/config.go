package sshd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
)

// DefaultServerVersion is the identification string of Debian 12's OpenSSH.
// Clients adapt themselves to what they know of a server by this string, so the
// node is treated as the server that it stands for.
const DefaultServerVersion = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u5"

// The defaults of sshd_config(5).
const (
	defaultLoginGrace   = 2 * time.Minute
	defaultMaxAuthTries = 6
	maxSessions         = 10
)

// Config is what a [Server] serves.
type Config struct {
	// HostKeys are the server's keys, one of each type at most; there must be
	// one. The algorithms that a key signs with are those of the signer, see
	// [gossh.NewSignerWithAlgorithms]. None is ever made here: an RSA key would
	// cost more than everything else that a node does at its start.
	HostKeys []gossh.Signer
	// HostKeysOf, if it is set, is asked for the keys at the beginning of each
	// connection, in place of HostKeys.
	HostKeysOf func() []gossh.Signer

	// Algorithms are what is negotiated.
	Algorithms Algorithms

	// Auth is how clients log in, by default by keys alone.
	Auth Auth

	// AuthorizedKey decides about public-key logins. It may be asked more than
	// once for one login, and about keys that the client then does not use.
	// Without it nobody is let in. It is not asked about certificates, which are for
	// Auth.
	AuthorizedKey func(user string, key gossh.PublicKey) bool

	// MaxAuthTries is how many failed attempts to log in end a connection, 6 if
	// it is 0. As in sshd, the first "none" does not count.
	MaxAuthTries int

	// LoginGrace ends a connection that has not logged in, after 2 minutes if
	// it is 0.
	LoginGrace time.Duration

	// Clock runs LoginGrace, the real one if it is nil.
	Clock clock.Clock

	// Account is what a client finds after its login, unless Accounts has another
	// for its user.
	Account  Account
	Accounts map[string]Account

	// OnLogin is told how the login of each connection went: once it is in, or has
	// ended without. ctx is that of ServeConn.
	OnLogin func(ctx context.Context, l LoginResult)

	// OnRequest is told what clients ask for after their login, before it is done
	// or refused. The context that it returns, which must be made of ctx, is what
	// Open gets. What is not refused ends with a call of end, unless that is nil.
	OnRequest func(ctx context.Context, r Request) (_ context.Context, end func(Result))

	// Open is asked for every way to a socket of the node. It returns what
	// serves the new connection: serve is called in a goroutine of its own,
	// returns when the connection has ended, and need not close it. It is not
	// called if the client has gone meanwhile; ctx has then ended. ctx is that
	// of the session or channel.
	//
	// An error is told in the words of whoever wanted the socket (netcat,
	// virt-ssh-helper, or sshd for a channel): [fs.ErrNotExist],
	// [fs.ErrPermission] and [syscall.ECONNREFUSED] as the kernel's text for
	// them, any other as it is.
	Open func(ctx context.Context, socket string, from Login) (serve func(net.Conn), err error)

	// ServerVersion is the identification string, "SSH-2.0-…", by default
	// [DefaultServerVersion].
	ServerVersion string

	// Logger takes what an administrator would find in the journal: logins at
	// level Info, the rest at Debug. Nil is silence.
	Logger *slog.Logger
}

// A Login tells how a client reached a socket.
type Login struct {
	User string
	// KeyFingerprint is that of the key that the client proved to have,
	// "SHA256:…".
	KeyFingerprint string
	Remote, Local  net.Addr
	ClientVersion  string // "SSH-2.0-OpenSSH_9.2p1 …"
	// Conn is the connection that [Server.ServeConn] got, for who wants to know
	// which it was or to end it. Nobody else may read or write it.
	Conn net.Conn

	// Command is the exact text of the exec request, Words the words that a
	// shell makes of it, nil if it is more than one simple command. Both are
	// empty for a direct-streamlocal channel.
	Command string
	Words   []string

	// Env are the variables that the client sent and the server accepted, each
	// "NAME=value", in their order.
	Env []string

	// Via is [ViaNetcat], [ViaHelper] or [ViaStreamLocal].
	Via string

	// URI and ReadOnly are the arguments of virt-ssh-helper.
	URI      string
	ReadOnly bool
}

// The ways to a socket.
const (
	ViaNetcat      = "nc"
	ViaHelper      = "virt-ssh-helper"
	ViaStreamLocal = "direct-streamlocal@openssh.com"
)

// account returns the account of a user.
func (c *Config) account(user string) *Account {
	if a, ok := c.Accounts[user]; ok {
		return &a
	}
	return &c.Account
}

// check fills in the defaults.
func (c *Config) check() error {
	if len(c.HostKeys) == 0 && c.HostKeysOf == nil {
		return errors.New("sshd: no host key")
	}
	if c.Open == nil {
		return errors.New("sshd: Config.Open is nil")
	}
	if c.AuthorizedKey == nil {
		c.AuthorizedKey = func(string, gossh.PublicKey) bool { return false }
	}
	if c.MaxAuthTries == 0 {
		c.MaxAuthTries = defaultMaxAuthTries
	}
	if c.LoginGrace == 0 {
		c.LoginGrace = defaultLoginGrace
	}
	if c.Clock == nil {
		c.Clock = clock.Real()
	}
	if c.ServerVersion == "" {
		c.ServerVersion = DefaultServerVersion
	}
	if err := checkVersion(c.ServerVersion); err != nil {
		return err
	}
	if err := c.Algorithms.check(c.HostKeys); err != nil {
		return err
	}
	if err := c.Auth.check(); err != nil {
		return err
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.OnLogin == nil {
		c.OnLogin = func(context.Context, LoginResult) {}
	}
	if err := c.Account.Check(); err != nil {
		return fmt.Errorf("sshd: %w", err)
	}
	for user, a := range c.Accounts {
		if err := a.Check(); err != nil {
			return fmt.Errorf("sshd: account of %s: %w", user, err)
		}
	}
	return nil
}
