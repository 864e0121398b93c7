//go:build !linux

package transport

import (
	"net"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// PeerProcess returns nil: this system is not asked for the process at the other
// end of a unix socket.
func PeerProcess(net.Conn) *call.Process { return nil }
