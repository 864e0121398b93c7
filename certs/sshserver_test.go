package certs

import (
	"net"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// session is one command that a client has run.
type session struct {
	user, client, command string
}

// sshServer is the least that the stock ssh client is content with: it lets the
// user's key in, answers an exec request with "ran: COMMAND" on stdout and exit
// status 7.
type sshServer struct {
	address string
	port    string

	mu       sync.Mutex
	sessions []session
	refused  []string // users whose keys were turned away
	waiter   chan struct{}
}

const sshExitStatus = 7

func serveSSH(t *testing.T, s *SSH) *sshServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &sshServer{address: l.Addr().String()}
	if _, server.port, err = net.SplitHostPort(server.address); err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(conn ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if s.Authorized(key) {
				return &ssh.Permissions{}, nil
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			server.refused = append(server.refused, conn.User())
			return nil, errForeignHostKey
		},
	}
	for _, key := range s.HostKeys {
		config.AddHostKey(key)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { server.serve(conn, config) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return server
}

func (s *sshServer) serve(conn net.Conn, config *ssh.ServerConfig) {
	defer conn.Close()
	c, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	defer c.Close()
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if offered.ChannelType() != "session" {
			offered.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		for r := range requests {
			if r.Type != "exec" {
				r.Reply(false, nil)
				continue
			}
			var exec struct{ Command string }
			if err := ssh.Unmarshal(r.Payload, &exec); err != nil {
				return
			}
			s.remember(session{c.User(), string(c.ClientVersion()), exec.Command})
			r.Reply(true, nil)
			channel.Write([]byte("ran: " + exec.Command + "\n"))
			channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{sshExitStatus}))
			channel.Close()
		}
	}
}

func (s *sshServer) remember(one session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = append(s.sessions, one)
	if s.waiter != nil {
		close(s.waiter)
		s.waiter = nil
	}
}

// next returns a channel that is closed once seen has one command more.
func (s *sshServer) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiter = make(chan struct{})
	return s.waiter
}

// seen returns what has been run so far, and who was refused.
func (s *sshServer) seen() (sessions []session, refused []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]session(nil), s.sessions...), append([]string(nil), s.refused...)
}
