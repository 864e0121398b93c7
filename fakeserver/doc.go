// Package fakeserver runs fake libvirt nodes: each [Server] is a libvirtd
// without a hypervisor, which listens on every transport that libvirt clients
// know and speaks the real daemon's protocol byte for byte.
//
// Tests use package harness, which wraps a Server and cleans up after it.
// Programs, and TestMain, use this package:
//
//	srv, err := fakeserver.Start(ctx)
//	if err != nil {
//		return err
//	}
//	defer srv.Close()
//	uri, err := srv.URI(call.TCP, "qemu:///system")
//
// The state that clients see is open to Go as well, through [Server.Driver]:
// its methods are the ones that the wire calls.
//
// # Daemons
//
// One libvirtd serves the node, for sessions too. [WithModularDaemons] has
// virtqemud, virtnetworkd and so on do that, each on its own sockets, and
// [WithSessionDaemon] adds a user's daemon with a state of its own. call.Peer says
// which one a client has reached.
//
// # Access
//
// [WithAuth], [WithTLS] and [WithSSHAuth] say who may come in, [WithAccess] what they
// may do then: rules by permission, procedure, object and user, whose refusals are
// those of libvirtd's access manager. docs/procedures.md names the permissions that
// each procedure asks for.
//
// # Life of a call
//
// A connection's frames are read by one goroutine, which looks the procedure up
// in rpc's table, decodes its arguments, and passes the call through the
// interceptors to its handler. Replies gather in the connection's writer and
// leave together once no further call waits. A call that may take long says
// Blocking first; the reading then goes on without it.
package fakeserver

//go:generate go run ./internal/docgen
