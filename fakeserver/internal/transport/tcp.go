package transport

import (
	"errors"
	"fmt"
	"net"
)

// ListenTCP listens on an address. The host localhost, or none, means 127.0.0.1
// and ::1, on one port; where the system has no IPv6, 127.0.0.1 alone. Port 0
// chooses a free one.
func ListenTCP(address string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: want HOST:PORT: %w", address, err)
	}
	if host != "" && host != "localhost" {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return nil, err
		}
		return []net.Listener{l}, nil
	}
	// A port that is free on one address may be taken on the other.
	const tries = 16
	for range tries {
		v4, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			return nil, err
		}
		_, chosen, err := net.SplitHostPort(v4.Addr().String())
		if err != nil {
			return nil, errors.Join(err, v4.Close())
		}
		v6, err := net.Listen("tcp6", net.JoinHostPort("::1", chosen))
		if err == nil {
			return []net.Listener{v4, v6}, nil
		}
		if !addressTaken(err) {
			return []net.Listener{v4}, nil // no IPv6 here
		}
		v4.Close()
		if port != "0" {
			return nil, err
		}
	}
	return nil, fmt.Errorf("listening on %q: no port is free on both 127.0.0.1 and ::1", address)
}
