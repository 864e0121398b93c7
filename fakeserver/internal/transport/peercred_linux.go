package transport

import (
	"net"

	"golang.org/x/sys/unix"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// PeerProcess returns the process at the other end of a unix socket, or nil
// where the system does not tell.
func PeerProcess(c net.Conn) *call.Process {
	uc, ok := c.(*net.UnixConn)
	if !ok {
		return nil
	}
	raw, err := uc.SyscallConn()
	if err != nil {
		return nil
	}
	var cred *unix.Ucred
	if cerr := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); cerr != nil || err != nil {
		return nil
	}
	return &call.Process{PID: int(cred.Pid), UID: cred.Uid, GID: cred.Gid}
}
