// Package harness gives a test a libvirtd of its own:
//
//	host := harness.Start(t)
//	l := host.Connect(t) // a connected go-libvirt client
//	domains, _, err := l.ConnectListAllDomains(1, 0)
//
// The node listens on tcp, tls, unix sockets and SSH, on free ports, and ends
// with the test. Tests that run in parallel do not know of each other. With
// [DefaultPorts] URIs need no port.
//
// [Host.URI] is for client code that opens its own connection, by whatever
// transport, and [Host.Env] for programs that the test runs. What is set up in
// Go, with [WithDomainXML] or [Host.Driver], goes through the same methods as
// what clients do.
//
// The node remembers what its clients called. [CallsTo] gives those calls with
// their types, [WaitCall] waits for one, and [ExpectCall] and [ExpectNoCall] are
// checked when the test ends:
//
//	harness.ExpectCall(t, host, rpc.DomainCreate, harness.Times(1))
//	harness.ExpectNoCall(t, host, rpc.DomainDestroy)
//
// [Hook] answers calls of a procedure in the test's own words. When a test fails,
// the last calls are in its log. Secrets are in none of these.
package harness
