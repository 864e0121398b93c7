//go:build !unix

package conformance

import "net"

// bindClosed finds a port on which nobody listens now.
func bindClosed() (address string, release func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	defer l.Close()
	return l.Addr().String(), func() {}, nil
}
