//go:build unix

package conformance

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// bindClosed takes a port without listening on it: whoever connects is refused, and
// nobody else gets it meanwhile.
func bindClosed() (address string, release func(), err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return "", nil, err
	}
	unix.CloseOnExec(fd)
	release = func() { unix.Close(fd) }
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		release()
		return "", nil, err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		release()
		return "", nil, err
	}
	return fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port), release, nil
}
