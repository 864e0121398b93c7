package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// fixPort chooses the port of an address that leaves it open. The kernel takes a
// port that it chose itself back when the listener is shut down, and keeps one
// that was asked for: so another socket has it choose, and holds the port until
// release, when whoever asked for it by number has it as well.
func fixPort(network, address string) (fixed string, release func(), err error) {
	a, err := net.ResolveTCPAddr(network, address)
	if err != nil {
		return "", nil, err
	}
	if a.Port != 0 {
		return address, func() {}, nil
	}
	family, sa := unix.AF_INET6, unix.Sockaddr(nil)
	if v4 := a.IP.To4(); v4 != nil {
		family, sa = unix.AF_INET, &unix.SockaddrInet4{Addr: [4]byte(v4)}
	} else {
		v6 := &unix.SockaddrInet6{}
		copy(v6.Addr[:], a.IP)
		if a.Zone != "" {
			i, err := net.InterfaceByName(a.Zone)
			if err != nil {
				return "", nil, err
			}
			v6.ZoneId = uint32(i.Index)
		}
		sa = v6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if errors.Is(err, unix.EAFNOSUPPORT) && a.IP == nil {
		family, sa = unix.AF_INET, &unix.SockaddrInet4{}
		fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	}
	if err != nil {
		return "", nil, os.NewSyscallError("socket", err)
	}
	release = func() { unix.Close(fd) }
	defer func() {
		if err != nil {
			release()
		}
	}()
	if family == unix.AF_INET6 {
		only := 0 // on all addresses means those of IPv4 too, as in package net
		if network == "tcp6" || len(a.IP) > 0 && !a.IP.IsUnspecified() {
			only = 1
		}
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, only)
	}
	// Both sockets must allow the other to have the port, as those of package
	// net do.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return "", release, os.NewSyscallError("setsockopt", err)
	}
	if err := unix.Bind(fd, sa); err != nil {
		return "", release, fmt.Errorf("listening on %s: %w", address, os.NewSyscallError("bind", err))
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return "", release, os.NewSyscallError("getsockname", err)
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		a.Port = name.Port
	case *unix.SockaddrInet6:
		a.Port = name.Port
	}
	return a.String(), release, nil
}

// suspend stops listening, and keeps the port: the socket stays bound to it. While
// it does not listen, another socket could have the port as well if both allowed
// that, so this one does not.
func suspend(l *net.TCPListener) error {
	return control(l, func(fd int) error {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 0); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
		return os.NewSyscallError("shutdown", unix.Shutdown(fd, unix.SHUT_RD))
	})
}

// resume listens again. The connections that the listener had before are in the
// way of one that does not allow them to be.
func resume(l *net.TCPListener, backlog int) error {
	return control(l, func(fd int) error {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
		return listen(fd, backlog)
	})
}

// refuse has a listener that is about to be closed refuse at once. Its Close alone
// does not, if a process that was forked and runs no program yet has a copy of the
// descriptor.
func refuse(l syscall.Conn) {
	_ = control(l, func(fd int) error { return unix.Shutdown(fd, unix.SHUT_RD) })
}

func setBacklog(l syscall.Conn, backlog int) error {
	return control(l, func(fd int) error { return listen(fd, backlog) })
}

// listen lets backlog connections wait: the kernel counts one more than it is
// told.
func listen(fd, backlog int) error {
	return os.NewSyscallError("listen", unix.Listen(fd, max(backlog-1, 0)))
}

func control(l syscall.Conn, f func(fd int) error) error {
	raw, err := l.SyscallConn()
	if err != nil {
		return err
	}
	var ferr error
	if err := raw.Control(func(fd uintptr) { ferr = f(int(fd)) }); err != nil {
		return err
	}
	return ferr
}

// pin holds on to the file at path, whose number the file system could otherwise
// give to another once nobody listens on it and it is removed. It returns nil
// where that cannot be done.
func pin(path string) io.Closer {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	return os.NewFile(uintptr(fd), path)
}
