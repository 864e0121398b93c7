package testclients

import "go.uber.org/goleak"

// SSHLeaks are the options with which packages whose tests talk SSH look for
// goroutines that are left. Two of golang.org/x/crypto/ssh are excused: its
// transport's reader waits for ever to hand on a packet if more than 16 have come
// that nobody takes when the connection is given up, and so does the one that waits
// for it. libssh, which goes on after a login that failed, brings that about. A
// connection that nobody closed shows all the same, by whoever reads its socket.
func SSHLeaks() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreTopFunction("golang.org/x/crypto/ssh.(*handshakeTransport).readLoop"),
		goleak.IgnoreTopFunction("golang.org/x/crypto/ssh.(*handshakeTransport).kexLoop"),
	}
}
