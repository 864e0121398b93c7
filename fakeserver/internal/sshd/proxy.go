package sshd

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd/shell"
)

// proxy connects the standard descriptors of a program to a socket, until the
// socket or the session is closed. An error means that there was no connection.
// It does not wait for the daemon to have done with a connection that it has
// closed: the client is told at once.
func (s *session) proxy(p *shell.Process, socket string, eof atEOF, from Login) error {
	serve, err := s.conn.srv.cfg.Open(s.ctx, socket, from)
	if err != nil {
		return err
	}
	conn := newSocketConn(socket, from, p.Stdin, p.Stdout, eof)
	defer conn.Close()
	s.conn.tasks.start(from.Via+" to "+socket, func() {
		defer conn.Close()
		serve(conn)
	})
	select {
	case <-conn.closed:
	case <-s.ctx.Done():
	}
	return nil
}

// strerror returns the C library's text for what may be wrong with a socket.
func strerror(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory"
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Connection refused"
	}
	return err.Error()
}
