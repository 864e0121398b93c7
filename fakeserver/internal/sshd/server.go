package sshd

import (
	"context"
	"net"
	"sync"
)

// A Server serves SSH connections. It accepts none itself: whoever listens hands
// each connection to [Server.ServeConn].
type Server struct {
	cfg Config

	mu     sync.Mutex
	closed bool
	live   map[*connection]context.CancelFunc
	wg     sync.WaitGroup
}

// New returns a server. It fails if the configuration has no host key, no Open,
// or an account that cannot be.
func New(cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &Server{cfg: cfg, live: make(map[*connection]context.CancelFunc)}, nil
}

// ServeConn serves one connection, from the exchange of versions on. It returns
// when the connection has ended and so has every goroutine that served it;
// closing nc, ending ctx and closing the server all end it, at any time. nc is
// closed in any case.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &connection{srv: s, ctx: ctx, nc: nc, log: s.cfg.Logger.With("remote", addrString(nc.RemoteAddr()))}
	if !s.add(c, cancel) {
		nc.Close()
		return
	}
	defer s.remove(c)
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		nc.Close()
		close(closed)
	})
	c.serve()
	nc.Close()
	if !stop() {
		<-closed
	}
	cancel()
	c.tasks.wait(c.log)
}

func (s *Server) add(c *connection, cancel context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.live[c] = cancel
	s.wg.Add(1)
	return true
}

func (s *Server) remove(c *connection) {
	s.mu.Lock()
	delete(s.live, c)
	s.mu.Unlock()
	s.wg.Done()
}

// Close ends all connections and returns when every [Server.ServeConn] is about
// to return. Connections that come later are closed at once.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for _, cancel := range s.live {
		cancel()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}
