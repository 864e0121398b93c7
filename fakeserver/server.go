package fakeserver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
)

// Server is one fake libvirt node.
type Server struct {
	cfg   config
	log   *slog.Logger
	host  *remote.Host
	table *remote.Table
	chain call.Handler

	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	listener listeners
	files    files

	connections atomic.Uint64 // numbers them

	mu     sync.Mutex
	closed bool
	closer map[io.Closer]string          // what Close must close, and its name
	wg     sync.WaitGroup                // every goroutine of the Server
	goView map[string]*driver.Connection // by the driver's name

	closeOnce sync.Once
	closeErr  error
}

// Start starts a node. It listens once Start returns. The node ends with Close,
// or with ctx.
func Start(ctx context.Context, opts ...Option) (*Server, error) {
	s := &Server{
		cfg:    newConfig(opts),
		closer: make(map[io.Closer]string),
		goView: make(map[string]*driver.Connection),
	}
	if err := s.cfg.check(); err != nil {
		return nil, err
	}
	s.log = s.cfg.log
	drivers, err := s.makeDrivers()
	if err != nil {
		return nil, err
	}
	s.host = &remote.Host{Drivers: drivers, Version: s.cfg.version}
	s.table = remote.Supported()
	s.chain = call.Chain(s.handle, append([]call.Interceptor{s.logCalls}, s.cfg.interceptors...)...)
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.startListening(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { s.Close() })
		context.AfterFunc(s.ctx, func() { stop() })
	}
	return s, nil
}

// handle ends the chain of interceptors.
func (s *Server) handle(_ context.Context, c *call.Call) (any, error) {
	return s.table.Serve(c.Session().(*conn).session, c.Procedure, c.Args)
}

// makeDrivers makes the node's drivers. What a user added to one is tried at
// once, so that a mistake in it fails Start; the rest waits until it is asked
// for.
func (s *Server) makeDrivers() (*driver.Node, error) {
	var chosen []*driver.Driver
	for _, name := range s.cfg.drivers {
		d := driver.Named(name)
		if d == nil {
			return nil, fmt.Errorf("no driver %q: there are %v", name, driver.Names())
		}
		chosen = append(chosen, d)
	}
	node := driver.NewNode(chosen, s.newState)
	for _, p := range s.cfg.populate {
		if !slices.Contains(s.cfg.drivers, p.driver) {
			return nil, fmt.Errorf("an object for driver %q, which the node does not have: it has %v", p.driver, s.cfg.drivers)
		}
		if err := node.Prepare(p.driver); err != nil {
			return nil, err
		}
	}
	return node, nil
}

// newState makes the state with which a driver begins, at the start and after
// each reset.
func (s *Server) newState(d *driver.Driver) (*hypervisor.State, error) {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], s.cfg.seed)
	copy(seed[8:], d.Name)
	traits := d.Traits
	state := hypervisor.New(hypervisor.Config{Traits: &traits, Hostname: s.cfg.hostname, Seed: seed})
	if !s.cfg.empty {
		if err := d.Populate(state); err != nil {
			return nil, err
		}
	}
	for _, p := range s.cfg.populate {
		if p.driver != d.Name {
			continue
		}
		if err := p.add(&Driver{state: state}); err != nil {
			return nil, err
		}
	}
	return state, nil
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
	s.mu.Lock()
	s.closed = true
	for c := range s.closer {
		c.Close()
	}
	for _, c := range s.goView {
		c.Close()
	}
	s.mu.Unlock()

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

// Done is closed when the node begins to end.
func (s *Server) Done() <-chan struct{} { return s.ctx.Done() }
