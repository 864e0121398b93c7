package fakeserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
)

// Server is one fake libvirt node.
type Server struct {
	cfg     config
	log     *slog.Logger
	drivers *driver.Node
	// userDrivers are those of WithSessionDaemon, or nil.
	userDrivers *driver.Node
	daemons     []*daemon // the main one first, those of a session last
	table       *remote.Table
	chain       call.Handler

	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	listener listeners
	files    files

	journal  *call.Journal
	faults   *fault.Set
	limiting sync.Mutex // by limitClients
	armed    armed
	hooks    hooks
	timeline []clock.Timer

	connections atomic.Uint64 // numbers them

	mu     sync.Mutex
	closed bool
	closer map[io.Closer]string // what Close must close, and its name
	wg     sync.WaitGroup       // every goroutine of the Server
	goView map[viewed]*driver.Connection
	conns  map[*conn]struct{} // that speak RPC

	closeOnce sync.Once
	closeErr  error
}

// Start starts a node. It listens once Start returns; who connects to a known
// address before is served from then on. The node ends with Close, or with ctx.
func Start(ctx context.Context, opts ...Option) (*Server, error) {
	s := &Server{
		cfg:    newConfig(opts),
		closer: make(map[io.Closer]string),
		goView: make(map[viewed]*driver.Connection),
		conns:  make(map[*conn]struct{}),
		faults: fault.NewSet(),
	}
	if err := s.cfg.check(); err != nil {
		return nil, err
	}
	s.log = s.cfg.log
	s.cfg.auth.advise(s.log)
	s.journal = call.NewJournal(s.cfg.clock.Now)
	drivers, err := s.cfg.makeDrivers()
	if err != nil {
		return nil, err
	}
	s.drivers = drivers
	s.daemons = s.cfg.daemons(drivers)
	if err := s.makeUser(); err != nil {
		return nil, err
	}
	s.table = remote.Supported()
	interceptors := append([]call.Interceptor{s.logCalls, s.interceptFaults}, s.cfg.interceptors...)
	s.chain = call.Chain(s.handle, append(interceptors, s.hooks.intercept)...)
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.startListening(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.misbehave(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.listener.node.welcome()
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { s.Close() })
		context.AfterFunc(s.ctx, func() { stop() })
	}
	return s, nil
}

// misbehave puts the configured faults and the timeline in force.
func (s *Server) misbehave() error {
	for _, r := range s.cfg.faults {
		if _, err := s.Inject(r); err != nil {
			return fmt.Errorf("fault %s: %w", r.String(), err)
		}
	}
	return s.startTimeline()
}

// handle ends the chain of interceptors.
func (s *Server) handle(_ context.Context, c *call.Call) (any, error) {
	return s.table.Serve(c.Session().(*exchange).conn.session, c.Procedure, c.Args)
}

// spawn runs f in a goroutine for which Close waits. Once the Server closes, f
// does not run.
func (s *Server) spawn(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		f()
	}()
	return true
}

// own has Close close c, whose name it gives if c holds Close up. It reports
// false, and closes c, if the Server is closing already.
func (s *Server) own(c io.Closer, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.Close()
		return false
	}
	s.closer[c] = name
	return true
}

func (s *Server) disown(c io.Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.closer, c)
}

// Close ends the node: it closes listeners and connections, handshakes among
// them, waits until every goroutine that the Server started has ended, and
// removes the files that it made. If something still runs after 5 s, such as an
// interceptor that ignores its context, Close returns an error that names the
// connections concerned. Only the first call does anything; the others wait for
// it and return the same.
func (s *Server) Close() error {
	s.closeOnce.Do(func() { s.closeErr = s.close() })
	return s.closeErr
}

func (s *Server) close() error {
	s.cancel()
	for _, t := range s.timeline {
		t.Stop()
	}
	s.mu.Lock()
	s.closed = true
	for c := range s.closer {
		c.Close()
	}
	for _, c := range s.goView {
		c.Close()
	}
	s.mu.Unlock()

	s.faults.Close()
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	timer := time.NewTimer(s.cfg.closeTimeout)
	defer timer.Stop()
	var err error
	select {
	case <-done:
	case <-timer.C:
		s.mu.Lock()
		held := make([]string, 0, len(s.closer))
		for _, name := range s.closer {
			held = append(held, name)
		}
		s.mu.Unlock()
		slices.Sort(held)
		err = fmt.Errorf("fakeserver: still running %v after Close: %v", s.cfg.closeTimeout, held)
	}
	return errors.Join(err, s.files.remove())
}

// Journal returns what clients did since the start, or since its Reset.
func (s *Server) Journal() *call.Journal { return s.journal }

// Clock returns the node's clock.
func (s *Server) Clock() clock.Clock { return s.cfg.clock }

// attach counts a connection that begins to speak RPC.
func (s *Server) attach(c *conn) {
	s.mu.Lock()
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	s.journal.Connected(c.peer)
	s.armConnection(c.peer, c.layer, c.newLayers()...)
	for _, h := range s.faults.All() {
		if r := h.Rule(); r.Close != nil && len(r.On) == 0 {
			c.closeByFault(h)
		}
	}
}

func (s *Server) detach(c *conn, asked bool) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.faults.Forget(c.peer)
	s.journal.Disconnected(c.peer.Connection, c.closeErr, asked)
}

// live returns the connections that speak RPC, in the order of their numbers.
func (s *Server) live() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Keys(s.conns), func(a, b *conn) int { return cmp.Compare(a.peer.Connection, b.peer.Connection) })
}

// Done is closed when the node begins to end.
func (s *Server) Done() <-chan struct{} { return s.ctx.Done() }
