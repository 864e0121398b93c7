package transport

import (
	"net"
)

// Backlog is how many connections wait to be accepted before the system takes up
// no more: max_queued_clients of libvirtd.conf, and the one more that Linux gives
// it.
const Backlog = 1000 + 1

// Door is a listener that can be shut, and opened again at the same address. Open
// and Shut are called by one goroutine at a time, and while nobody is in Accept;
// Interrupt and Close at any time.
type Door interface {
	net.Listener // begins open; what Accept returns after Close is net.ErrClosed

	// Interrupt has Accept return at once, with an error whose Timeout method
	// reports true, until Open is called.
	Interrupt()
	// Open listens, again or with another backlog: that many connections, or at
	// least one on a socket, are taken up while nobody accepts. Only Linux can
	// change the backlog of a socket; elsewhere it stays what the system gives.
	Open(backlog int) error
	// Shut refuses connections and ends those that nobody accepted. If the
	// daemon is gone, so is its unix socket; else that stays, and nobody listens
	// on it. A TCP port stays taken, on Linux; elsewhere another process may
	// take it, and Open then fails.
	Shut(gone bool) error
}

// timeout is what an interrupted Accept returns.
type timeout struct{}

func (timeout) Error() string   { return "interrupted" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }
