package fakeserver

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// conn is one connection of a client. At any time at most one goroutine reads
// it. That goroutine also answers what it reads, so that a lone call costs no
// hand-over; a call that says Blocking sends another goroutine to read on, up
// to the node's limit of calls in flight.
type conn struct {
	server *Server
	// above carries the frames; beneath is the socket under TLS, SSH or what SASL
	// may put between, and else the same as above.
	above, beneath *netfault.Conn
	peer           *call.Peer // alone in memory: the journal keeps it for long
	session        *remote.Session
	log            *slog.Logger

	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	reader    *rpc.Reader // of whoever reads
	out       *writer
	keepAlive keepAlive
	// watched is set once keepAlive runs, so that others need not tell the
	// time for each frame.
	watched atomic.Bool

	replies tally // that were sent

	wg sync.WaitGroup // the reader and the calls in flight

	mu       sync.Mutex
	blocked  int  // calls in flight that handed the reading over
	waiting  bool // nobody reads, because blocked reached the limit
	closeErr error
}

func (s *Server) newConn(above, beneath *netfault.Conn, peer call.Peer) *conn {
	c := &conn{server: s, above: above, beneath: beneath, peer: &peer}
	c.ctx, c.cancel = context.WithCancel(s.ctx)
	c.log = s.log.With("conn", peer.Connection, "transport", string(peer.Transport))
	c.reader = rpc.NewReader(above)
	c.out = newWriter(above)
	c.session = remote.NewSession(s.daemonOf(c.peer).host, c.peer, c)
	c.keepAlive = keepAlive{
		clock:    s.cfg.clock,
		interval: s.cfg.keepAliveInterval,
		count:    s.cfg.keepAliveCount,
		ping:     func() { c.push(keepAliveHeader(rpc.KeepalivePing), nil, nil) },
		dead: func() {
			c.close(errors.New("the client answered no keepalive ping"))
		},
	}
	return c
}

// serve runs the connection until it has ended, and everything that it started
// with it.
func (c *conn) serve() {
	c.log.Info("connected", "peer", c.peer.String())
	c.server.attach(c)
	c.wg.Add(1)
	defer c.ended() // also when an interceptor ends the goroutine, as t.FailNow does
	c.read()
}

// ended waits for the calls in flight and gives back what the connection holds.
func (c *conn) ended() {
	c.wg.Wait()
	c.close(nil)
	c.keepAlive.stop()
	asked := c.session.Closed()
	c.session.End()
	c.server.detach(c, asked)
	if err := c.closeErr; err != nil && !errors.Is(err, io.EOF) {
		c.log.Info("disconnected", "reason", err)
		return
	}
	c.log.Info("disconnected")
}

// close ends the connection: whoever reads, writes or handles a call finds out.
// The first reason is kept.
func (c *conn) close(reason error) {
	c.mu.Lock()
	if c.closeErr == nil && reason != nil {
		c.closeErr = reason
	}
	c.mu.Unlock()
	c.cancel()
	c.above.Close()
}

// read reads and answers frames until the connection ends, or until a call
// hands the reading over and it is that call's goroutine, which then ends.
func (c *conn) read() {
	defer c.wg.Done()
	finished := false
	defer func() {
		if !finished {
			c.close(errGoroutineEnded)
		}
	}()
	c.readFrames()
	finished = true
}

// errGoroutineEnded ends a call and its connection if a hook or an interceptor
// ends the goroutine that answers, as t.FailNow and runtime.Goexit do.
var errGoroutineEnded = errors.New("an interceptor ended the goroutine of its call")

// readFrames is read's loop. It does not return if an interceptor ends the
// goroutine.
func (c *conn) readFrames() {
	for {
		h, payload, err := c.reader.Next()
		if err != nil {
			c.close(err)
			return
		}
		if c.watched.Load() {
			c.keepAlive.received()
		}
		handedOver, err := c.frame(h, payload)
		if handedOver {
			if !c.resume() {
				return
			}
			continue
		}
		if err == nil && c.session.Closed() {
			c.farewell()
			return
		}
		if err == nil && c.reader.Buffered() && c.out.waiting() < flushSize {
			continue // one write for all that are answered in a row
		}
		if ferr := c.out.flush(); err == nil {
			err = ferr
		}
		if err != nil {
			c.close(err)
			return
		}
	}
}

// farewell ends a connection that its client asked to close. What it held is
// given back before the client learns that it is closed, so that whoever connects
// next finds a driver that nobody uses.
func (c *conn) farewell() {
	c.session.End()
	err := c.out.drain()
	if err == nil {
		err = io.EOF
	}
	c.close(err)
}

// handOver lets another goroutine read on while the caller's call takes its
// time.
func (c *conn) handOver() {
	if c.out.flush() != nil {
		// The next read fails too, and says so.
		c.above.Close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.blocked++
	if c.blocked >= c.server.cfg.maxClientRequests {
		c.waiting = true
		return
	}
	c.wg.Add(1)
	go c.read()
}

// resume ends a call that handed the reading over. It reports whether its
// goroutine is to read on, since nobody does.
func (c *conn) resume() bool {
	if c.session.Closed() {
		c.farewell()
	} else if err := c.out.flush(); err != nil {
		c.close(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.blocked--
	if !c.waiting {
		return false
	}
	c.waiting = false
	return true
}

// push sends a frame that answers nothing, from any goroutine, without
// blocking it.
func (c *conn) push(h rpc.Header, encode func(*rpc.Encoder, any), payload any) {
	flush, err := c.out.appendEvent(h, encode, payload)
	switch {
	case errors.Is(err, errBacklog):
		c.close(err)
	case err != nil && c.ctx.Err() == nil:
		c.log.Warn("event dropped", "reason", err)
	case err == nil && flush:
		c.server.spawn(func() {
			if err := c.out.flush(); err != nil {
				c.close(err)
			}
		})
	}
}

// SendEvent sends an event message. Events carry serial 1, as the daemon's do.
func (c *conn) SendEvent(info *rpc.Info, msg any) {
	if c.server.faults.DropsEvent(c.peer, info) != nil {
		return
	}
	c.push(rpc.Header{
		Program:   info.Program,
		Version:   rpc.ProtocolVersion,
		Procedure: info.Number,
		Type:      rpc.TypeMessage,
		Serial:    1,
	}, info.EncodeRet, msg)
}

// hangUp ends the connection at the server's wish, once what waits has been sent.
// It returns the reason for which the connection is to be closed.
func (c *conn) hangUp(reset bool) error {
	if err := c.out.drain(); err != nil {
		return err
	}
	return c.hangUpNow(reset)
}

// hangUpNow is hangUp without a wait for a client that does not read: in order,
// or with a reset where the transport has one.
func (c *conn) hangUpNow(reset bool) error {
	if reset {
		c.above.Reset()
	} else {
		c.above.Cut()
	}
	return errHungUp
}

// errHungUp ends a connection that a fault closes.
var errHungUp = errors.New("closed by a fault")

// layer returns the connection as it is above or beneath its encryption.
func (c *conn) layer(l fault.Layer) *netfault.Conn {
	if l == fault.Beneath {
		return c.beneath
	}
	return c.above
}

// newLayers returns the layers at which rules about connections have still to be
// asked about this one. Beneath TLS and SSH they were when it arrived; but rules
// that came during a TLS handshake did not find it among those that are there.
func (c *conn) newLayers() []fault.Layer {
	if c.above == c.beneath || c.peer.Transport == call.TLS || c.peer.Transport == call.TCP {
		return []fault.Layer{fault.Above, fault.Beneath}
	}
	return []fault.Layer{fault.Above}
}

// StartKeepAlive begins to ping the client.
func (c *conn) StartKeepAlive() {
	c.watched.Store(true)
	c.keepAlive.start()
}
