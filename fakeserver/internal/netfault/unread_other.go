//go:build !linux

package netfault

import "net"

// awaitUnread does not wait: only Linux is known to tell a peer of unread bytes.
func awaitUnread(*net.UnixConn) error { return nil }
