package sshd

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// atEOF is what a way to a socket does when the client has ended its input.
type atEOF int

const (
	// passEOF shuts the socket down for writing and goes on: netcat with -q or
	// -N, and direct-streamlocal channels.
	passEOF atEOF = iota
	// ignoreEOF tells nobody: netcat without these options.
	ignoreEOF
	// endAtEOF closes the socket at once: virt-ssh-helper.
	endAtEOF
)

// A socketConn is what the daemon sees of a client: the connection that netcat,
// virt-ssh-helper or sshd made to its socket. Reading and writing it reads and
// writes the SSH channel, without a goroutine or buffer between them, so a large
// reply is sent as fast as the client's window opens.
//
// Close ends the program that proxies, whose exit status is then sent before the
// channel is closed. A Read or Write that is blocked meanwhile returns when the
// client has closed the channel as well. There are no deadlines.
type socketConn struct {
	in            io.Reader
	out           io.Writer
	eof           atEOF
	local, remote net.Addr
	closeWrite    func() error

	once   sync.Once
	closed chan struct{}
}

func newSocketConn(socket string, from Login, in io.Reader, out io.Writer, eof atEOF) *socketConn {
	return &socketConn{
		in: in, out: out, eof: eof,
		local:  &net.UnixAddr{Name: socket, Net: "unix"},
		remote: from.Remote,
		closed: make(chan struct{}),
	}
}

func (c *socketConn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

func (c *socketConn) Read(p []byte) (int, error) {
	if c.isClosed() {
		return 0, c.error("read", net.ErrClosed)
	}
	n, err := c.in.Read(p)
	switch {
	case err == nil || n > 0:
		return n, nil
	case c.isClosed():
		return 0, c.error("read", net.ErrClosed)
	case !errors.Is(err, io.EOF):
		return 0, c.error("read", err)
	}
	switch c.eof {
	case ignoreEOF:
		<-c.closed
		return 0, c.error("read", net.ErrClosed)
	case endAtEOF:
		c.Close()
	}
	return 0, io.EOF
}

func (c *socketConn) Write(p []byte) (int, error) {
	if c.isClosed() {
		return 0, c.error("write", net.ErrClosed)
	}
	n, err := c.out.Write(p)
	if errors.Is(err, io.EOF) { // what a channel says that is closed
		err = syscall.EPIPE
	}
	if err != nil {
		err = c.error("write", err)
	}
	return n, err
}

// CloseWrite ends what the client can read. A netcat whose socket does so just
// goes on, and so nothing happens; only a direct-streamlocal channel passes it
// on. It must not be called while a Write is going on.
func (c *socketConn) CloseWrite() error {
	if c.isClosed() {
		return c.error("close", net.ErrClosed)
	}
	if c.closeWrite == nil {
		return nil
	}
	return c.closeWrite()
}

// Close implements net.Conn. It may be called more than once.
func (c *socketConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *socketConn) error(op string, err error) error {
	return &net.OpError{Op: op, Net: "unix", Source: c.local, Addr: c.remote, Err: err}
}

func (c *socketConn) LocalAddr() net.Addr  { return c.local }
func (c *socketConn) RemoteAddr() net.Addr { return c.remote }

// The deadlines are not supported: the error is [os.ErrNoDeadline].
func (c *socketConn) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (c *socketConn) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (c *socketConn) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
