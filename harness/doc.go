// Package harness gives a test a libvirtd of its own:
//
//	host := harness.Start(t)
//	l := host.Connect(t) // a connected go-libvirt client
//	domains, _, err := l.ConnectListAllDomains(1, 0)
//
// The node listens on tcp, tls, unix sockets and SSH, on free ports, and ends
// with the test. Tests that run in parallel do not know of each other.
//
// [Host.URI] is for client code that opens its own connection, by whatever
// transport, and [Host.Env] for programs that the test runs. What is set up in
// Go, with [WithDomainXML] or [Host.Driver], goes through the same methods as
// what clients do.
package harness
