// Package conformance is the matrix of libvirt's URIs: a table with one row for
// each component, default, parameter and value, and what runs a client against it.
//
// A row is a [Cell]. It says how a node is set up, which URI the client gets, and
// what must come of it: the node is reached, with this name in CONNECT_OPEN, over
// this transport, by this user and command; or the client fails, and the node has
// seen no more than it may. Texts of errors are no part of a row, so the same rows
// judge clients in every language.
//
//	for _, cell := range conformance.Select(conformance.Filter{Transports: []call.Transport{call.TLS}}) {
//		result := conformance.Run(ctx, cell, conformance.Command("virsh", "-c", "{uri}", "list"))
//		fmt.Println(cell.ID, result.Verdict, result.Reason)
//	}
//
// [Run] makes a fresh node for a row, with a home of its own for the client, so rows
// run in parallel. What a client, or this machine, cannot take part in is not
// applicable, and the result says why.
//
// Tests in Go run the rows as subtests by harness.RunMatrix. Every other client is
// run by the command fakelibvirtd check. docs/uris.md lists the rows.
//
// # Templates
//
// The URI of a row names the node by words in braces: qemu+tcp://{tcp}/system. [Env]
// has the list of them. The same words stand in what a row wants.
//
// # Namespaces
//
// Where libvirt takes paths and names from the system (/run/libvirt, /etc/pki,
// /etc/hosts, the user's home for ssh) a row can only be proved with the client in a
// mount namespace of its own, on Linux, where the kernel grants one to the user. The
// client is then run with unshare(1), as root there or as a user with the id 1000.
// Nothing outside of it changes.
package conformance

//go:generate go run ./internal/docgen
