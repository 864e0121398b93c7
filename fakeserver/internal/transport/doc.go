// Package transport listens for libvirt clients: on tcp, tls, unix sockets and
// in memory. It does what comes before the first frame, such as the TLS
// handshake with libvirt's confirmation byte, and tells who the peer is. What
// is spoken afterwards is not its business.
package transport
