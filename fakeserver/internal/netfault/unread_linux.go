package netfault

import (
	"net"

	"golang.org/x/sys/unix"
)

// awaitUnread waits until a unix socket holds a byte that nobody has read, or has
// ended, and leaves it there.
func awaitUnread(uc *net.UnixConn) error {
	raw, err := uc.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Read(func(fd uintptr) bool {
		_, _, err := unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return err != unix.EAGAIN && err != unix.EINTR
	})
}
