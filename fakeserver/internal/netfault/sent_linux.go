package netfault

import (
	"net"

	"golang.org/x/sys/unix"
)

// sent reports whether a reset can follow what was written without overtaking it:
// the kernel has sent all, and the client's has acknowledged all but the last few
// kilobytes. More under way than that may be dropped by a client's kernel that is
// short of room, and is not sent again after a reset.
//
// The kernel is asked by the readiness to take more, of which it also tells: with
// TCP_NOTSENT_LOWAT of 1 that wants nothing unsent, and with the least buffer
// little unacknowledged. Nothing is written any more, so neither hurts.
func sent(tcp *net.TCPConn) bool {
	ready := true
	control(tcp, func(fd int) error {
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, 1)
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 1)
		ready = takesMore(fd)
		return nil
	})
	return ready
}

// takesMore reports whether a socket is ready to take more. If not, the kernel
// tells whoever waits for it when it is.
func takesMore(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	for {
		n, err := unix.Poll(fds, 0)
		if err != unix.EINTR {
			return err != nil || n > 0
		}
	}
}

// waitSent waits for what sent reports, or until the connection's deadline for
// writing or its end.
func waitSent(tcp *net.TCPConn) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	raw.Write(func(fd uintptr) bool { return takesMore(int(fd)) })
}
