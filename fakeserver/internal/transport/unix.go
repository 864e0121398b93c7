package transport

import (
	"fmt"
	"io/fs"
	"net"
	"os"
)

// maxSocketPath is the longest path of a socket on the systems that allow the
// least (macOS and the BSDs: 104 bytes with the final NUL).
const maxSocketPath = 103

// ListenUnix listens on a socket at path with the permissions mode. A socket
// that nobody listens on any more is replaced, as libvirtd does.
func ListenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("listening on %s: the path of a socket may have %d bytes, this one has %d: choose a shorter directory", path, maxSocketPath, len(path))
	}
	l, err := net.Listen("unix", path)
	if err != nil && addressTaken(err) && abandoned(path) {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replacing a socket that nobody listens on: %w", err)
		}
		l, err = net.Listen("unix", path)
	}
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, mode); err != nil {
		l.Close()
		return nil, fmt.Errorf("setting the permissions of a socket: %w", err)
	}
	return l, nil
}

// abandoned reports whether path is a socket that nobody listens on.
func abandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return false
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		return true
	}
	c.Close()
	return false
}
