//go:build !linux

package transport

import (
	"errors"
	"io"
	"net"
	"syscall"
)

// fixPort does nothing: a shut listener is closed, and bound again.
func fixPort(_, address string) (fixed string, release func(), err error) {
	return address, func() {}, nil
}

func suspend(*net.TCPListener) error { return errors.ErrUnsupported }

func resume(*net.TCPListener, int) error { return errors.ErrUnsupported }

func refuse(syscall.Conn) {}

func setBacklog(syscall.Conn, int) error { return nil }

func pin(string) io.Closer { return nil }
