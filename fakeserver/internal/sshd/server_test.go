package sshd

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	gossh "golang.org/x/crypto/ssh"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, testclients.SSHLeaks()...) }

// patience is how long a test waits for what must happen.
const patience = 2 * time.Minute

func newSigner(t testing.TB) gossh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// A node is a server that listens, with the key of a user who may log in.
type node struct {
	*Server
	addr    string
	user    gossh.Signer
	hostKey gossh.PublicKey

	mu     sync.Mutex
	logins []opened
}

// opened is one call of Open.
type opened struct {
	Socket string
	Login
}

// startNode starts a server on a free port. Open leads to a daemon that repeats
// each line and ends with the line "bye", unless cfg has another; the socket
// /nonexistent does not exist and /forbidden may not be used.
func startNode(t testing.TB, cfg Config) *node {
	t.Helper()
	n := &node{user: newSigner(t)}
	host := newSigner(t)
	n.hostKey = host.PublicKey()
	cfg.HostKeys = []gossh.Signer{host}
	if cfg.AuthorizedKey == nil {
		cfg.AuthorizedKey = func(_ string, key gossh.PublicKey) bool {
			return bytes.Equal(key.Marshal(), n.user.PublicKey().Marshal())
		}
	}
	open := cfg.Open
	if open == nil {
		open = func(context.Context, string, Login) (func(net.Conn), error) { return repeatLines, nil }
	}
	cfg.Open = func(ctx context.Context, socket string, from Login) (func(net.Conn), error) {
		n.mu.Lock()
		n.logins = append(n.logins, opened{socket, from})
		n.mu.Unlock()
		switch socket {
		case "/nonexistent":
			return nil, fs.ErrNotExist
		case "/forbidden":
			return nil, fs.ErrPermission
		}
		return open(ctx, socket, from)
	}
	if testing.Verbose() {
		cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	var err error
	if n.Server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	n.addr = listen(t, n.Server)
	return n
}

// listen hands the connections of a free port to a server, and closes both with
// the test.
func listen(t testing.TB, s *Server) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.ServeConn(context.Background(), c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

func (n *node) opened() []opened {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]opened(nil), n.logins...)
}

func repeatLines(conn net.Conn) {
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if _, err := io.WriteString(conn, line); err != nil || line == "bye\n" {
			return
		}
	}
}

func (n *node) clientConfig() *gossh.ClientConfig {
	return &gossh.ClientConfig{
		User:            "root",
		Auth:            []gossh.AuthMethod{gossh.PublicKeys(n.user)},
		HostKeyCallback: gossh.FixedHostKey(n.hostKey),
	}
}

// dial connects a client, which is closed with the test.
func (n *node) dial(t testing.TB) *gossh.Client {
	t.Helper()
	c, err := gossh.Dial("tcp", n.addr, n.clientConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// A ran is what a client got of a command.
type ran struct {
	Stdout, Stderr string
	Status         int
}

// run runs a command. The client keeps its standard input open until the command
// has ended.
func run(t testing.TB, c *gossh.Client, command, stdin string) ran {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var stdout, stderr bytes.Buffer
	s.Stdout, s.Stderr = &stdout, &stderr
	in, err := s.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(command); err != nil {
		t.Fatal(err)
	}
	io.WriteString(in, stdin)
	status := waitStatus(t, s)
	return ran{stdout.String(), stderr.String(), status}
}

func waitStatus(t testing.TB, s *gossh.Session) int {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.Wait() }()
	select {
	case err := <-done:
		if exit, ok := errors.AsType[*gossh.ExitError](err); ok {
			return exit.ExitStatus()
		}
		if err != nil {
			t.Fatal(err)
		}
		return 0
	case <-time.After(patience):
		t.Fatal("the command does not end")
		return 0
	}
}

// within waits for c to be closed.
func within(t testing.TB, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
	}
}
