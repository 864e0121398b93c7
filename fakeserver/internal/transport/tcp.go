package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// ListenTCP listens on an address. The host localhost, or none, means 127.0.0.1
// and ::1, on one port; where the system has no IPv6, 127.0.0.1 alone. The host *
// means every address of the machine. Port 0 chooses a free one.
func ListenTCP(address string) ([]Door, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: want HOST:PORT: %w", address, err)
	}
	if host != "" && host != "localhost" {
		if host == "*" { // Go's own word for it is our localhost
			address = ":" + port
		}
		d, err := listenTCP("tcp", address)
		if err != nil {
			return nil, err
		}
		return []Door{d}, nil
	}
	// A port that is free on one address may be taken on the other.
	const tries = 16
	for range tries {
		v4, err := listenTCP("tcp4", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			return nil, err
		}
		_, chosen, err := net.SplitHostPort(v4.Addr().String())
		if err != nil {
			return nil, errors.Join(err, v4.Close())
		}
		v6, err := listenTCP("tcp6", net.JoinHostPort("::1", chosen))
		if err == nil {
			return []Door{v4, v6}, nil
		}
		if !addressTaken(err) {
			return []Door{v4}, nil // no IPv6 here
		}
		v4.Close()
		if port != "0" {
			return nil, err
		}
	}
	return nil, fmt.Errorf("listening on %q: no port is free on both 127.0.0.1 and ::1", address)
}

// tcpDoor listens on one address.
type tcpDoor struct {
	network, address string
	addr             net.Addr

	mu     sync.Mutex
	l      *net.TCPListener // nil while it is shut where that means closed
	shut   bool
	closed bool
}

func listenTCP(network, address string) (*tcpDoor, error) {
	l, err := bindTCP(network, address)
	if err != nil {
		return nil, err
	}
	d := &tcpDoor{network: network, address: l.Addr().String(), addr: l.Addr(), l: l}
	_ = setBacklog(l, Backlog) // the system's own is as good
	return d, nil
}

// bindTCP listens with what a stopped listener needs to keep its port.
func bindTCP(network, address string) (*net.TCPListener, error) {
	address, release, err := fixPort(network, address)
	if err != nil {
		return nil, err
	}
	defer release()
	var config net.ListenConfig
	// A listener of Multipath TCP, which libvirtd's is not, is several sockets,
	// of which not all that suspend does to one is known.
	config.SetMultipathTCP(false)
	l, err := config.Listen(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	return l.(*net.TCPListener), nil
}

func (d *tcpDoor) listener() *net.TCPListener {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	return d.l
}

func (d *tcpDoor) Addr() net.Addr { return d.addr }

func (d *tcpDoor) Accept() (net.Conn, error) {
	l := d.listener()
	if l == nil {
		return nil, net.ErrClosed
	}
	return l.Accept()
}

func (d *tcpDoor) Interrupt() {
	if l := d.listener(); l != nil {
		l.SetDeadline(longAgo())
	}
}

// longAgo is a deadline that has passed.
func longAgo() time.Time { return time.Unix(1, 0) }

func (d *tcpDoor) Open(backlog int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return net.ErrClosed
	}
	if d.l == nil {
		l, err := bindTCP(d.network, d.address)
		if err != nil {
			return err
		}
		d.l, d.shut = l, false
	}
	if d.shut {
		if err := resume(d.l, backlog); err != nil {
			return fmt.Errorf("listening on %s again: %w", d.address, err)
		}
		d.shut = false
	} else if err := setBacklog(d.l, backlog); err != nil {
		return fmt.Errorf("changing the backlog of %s: %w", d.address, err)
	}
	return d.l.SetDeadline(time.Time{})
}

func (d *tcpDoor) Shut(bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return net.ErrClosed
	}
	if d.shut {
		return nil
	}
	d.shut = true
	if suspend(d.l) == nil {
		return nil
	}
	l := d.l
	d.l = nil
	return l.Close()
}

func (d *tcpDoor) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	if d.l == nil {
		return nil
	}
	return d.l.Close()
}
