package transport

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
)

// loopbackTries is how often a port may be taken before it counts as taken on
// every address. Each try is another of some 16 million addresses: even if
// thousands of nodes run, that many are not taken by chance.
const loopbackTries = 16

// Loopback is a loopback address of one's own, and who listens on it.
type Loopback struct {
	// Addr is the address; the last that was tried, if Doors is empty.
	Addr netip.Addr
	// Doors are the listeners, by port.
	Doors map[uint16]Door
	// Failed says of the other ports why nobody could listen on them.
	Failed map[uint16]error
}

// ListenLoopback finds an address in 127.0.0.0/8 on which all these ports are
// free, and listens on them. It tries the preferred ones first, in their order, and
// then others at random.
//
// Whether an address is free is the kernel's to decide, when a listener asks for
// it: nothing else is shared by the nodes that look for one. A port that cannot be
// had on any address, because somebody listens on all of them, because the process
// may not, or because the system has no more of them than 127.0.0.1, is left out
// after some tries, and Failed says why.
func ListenLoopback(ports []uint16, preferred ...netip.Addr) *Loopback {
	return listenLoopback(ports, func(try int) (netip.Addr, bool) {
		if try < len(preferred) {
			return preferred[try], true
		}
		return randomLoopback(), true
	})
}

// ListenLoopbackAt is ListenLoopback with one address to try.
func ListenLoopbackAt(addr netip.Addr, ports []uint16) *Loopback {
	return listenLoopback(ports, func(int) (netip.Addr, bool) { return addr, false })
}

// Close ends every listener.
func (l *Loopback) Close() error {
	var errs []error
	for _, d := range l.Doors {
		errs = append(errs, d.Close())
	}
	return errors.Join(errs...)
}

// listenLoopback tries the addresses that next gives, for as long as it says that
// there are more. It ends: each try but the last counts a failure of a port, and a
// port that has failed often enough is tried no more.
func listenLoopback(ports []uint16, next func(try int) (addr netip.Addr, more bool)) *Loopback {
	l := &Loopback{Failed: make(map[uint16]error)}
	failures := make(map[uint16]int)
	for try := 0; ; try++ {
		addr, more := next(try)
		l.Addr, l.Doors = addr, make(map[uint16]Door)
		again := false
		for _, port := range ports {
			if l.Failed[port] != nil {
				continue
			}
			d, err := listenTCP("tcp4", netip.AddrPortFrom(addr, port).String())
			if err == nil {
				l.Doors[port] = d
				continue
			}
			failures[port]++
			// No other address makes up for a want of permission.
			if more && failures[port] < loopbackTries && !errors.Is(err, fs.ErrPermission) {
				again = true
				continue
			}
			l.Failed[port] = loopbackError(err, failures[port], port)
		}
		if !again {
			return l
		}
		l.Close()
	}
}

// loopbackError says why a port cannot be had, to somebody who could change that.
func loopbackError(err error, tries int, port uint16) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s", err, privilegedPorts())
	case addressTaken(err) && tries > 1:
		return fmt.Errorf("%w: so it was on %d addresses: somebody listens on port %d of all of them, 0.0.0.0 or [::]", err, tries, port)
	case addressAbsent(err):
		return fmt.Errorf("%w: this machine has no such address: most systems but Linux have 127.0.0.1 alone until others are added", err)
	}
	return err
}

// randomLoopback returns an address that nothing else is likely to use. In
// 127.0.0.0/16 are those that systems use for themselves: localhost, the machine's
// name in Debian (127.0.1.1), systemd-resolved (127.0.0.53).
func randomLoopback() netip.Addr {
	const nets, hosts = 254, 254
	return netip.AddrFrom4([4]byte{
		127,
		byte(1 + rand.IntN(nets)),
		byte(rand.IntN(256)),
		byte(1 + rand.IntN(hosts)),
	})
}

// OwnLoopback reports whether an address is one that a node may have to itself:
// in 127.0.0.0/8, but not in 127.0.0.0/16.
func OwnLoopback(addr netip.Addr) bool {
	if !addr.Is4() {
		return false
	}
	b := addr.As4()
	return b[0] == 127 && b[1] != 0
}
