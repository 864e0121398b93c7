package transport

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// Memory listens in this process. Connections to it are buffered, as a socket
// is: both sides may write first, which net.Pipe does not bear and SSH does.
type Memory struct {
	mu          sync.Mutex
	cond        *sync.Cond
	backlog     []net.Conn
	size        int // of the backlog
	shut        bool
	interrupted bool
	closed      bool
}

// ListenMemory returns a listener for this process.
func ListenMemory() *Memory {
	m := &Memory{size: Backlog}
	m.cond = sync.NewCond(&m.mu)
	return m
}

// Accept waits for a connection.
func (m *Memory) Accept() (net.Conn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.backlog) == 0 && !m.closed && !m.interrupted {
		m.cond.Wait()
	}
	switch {
	case m.closed:
		return nil, net.ErrClosed
	case m.interrupted:
		return nil, &net.OpError{Op: "accept", Net: "memory", Addr: memoryAddr{}, Err: timeout{}}
	}
	c := m.backlog[0]
	m.backlog = m.backlog[1:]
	m.cond.Broadcast()
	return c, nil
}

// Dial connects to the listener.
func (m *Memory) Dial() (net.Conn, error) { return m.DialContext(context.Background()) }

// DialContext connects to the listener. As with a socket, that succeeds before
// anybody accepts, and waits while the backlog is full, until ctx ends at the
// latest. A listener that is shut gives syscall.ECONNREFUSED.
func (m *Memory) DialContext(ctx context.Context) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.cond.Broadcast()
	})
	defer stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		var err error
		switch {
		case m.closed:
			err = net.ErrClosed
		case m.shut:
			err = syscall.ECONNREFUSED
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, &net.OpError{Op: "dial", Net: "memory", Addr: memoryAddr{}, Err: err}
		}
		if len(m.backlog) < m.size {
			break
		}
		m.cond.Wait()
	}
	client, server := Pipe()
	m.backlog = append(m.backlog, server)
	m.cond.Broadcast()
	return client, nil
}

// Interrupt implements Door.
func (m *Memory) Interrupt() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.interrupted = true
	m.cond.Broadcast()
}

// Open implements Door. With a backlog of 0 DialContext waits at once.
func (m *Memory) Open(backlog int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return net.ErrClosed
	}
	m.size, m.shut, m.interrupted = backlog, false, false
	m.cond.Broadcast()
	return nil
}

// Shut implements Door.
func (m *Memory) Shut(bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return net.ErrClosed
	}
	m.shut = true
	m.dropLocked()
	return nil
}

// Close ends the listener and the connections that nobody accepted.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.dropLocked()
	return nil
}

func (m *Memory) dropLocked() {
	for _, c := range m.backlog {
		c.Close()
	}
	m.backlog = nil
	m.cond.Broadcast()
}

// Addr returns an address that says no more than "memory".
func (m *Memory) Addr() net.Addr { return memoryAddr{} }
