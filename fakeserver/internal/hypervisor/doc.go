// Package hypervisor is the state of a fake libvirt node: the domains,
// networks, storage pools, node devices and host interfaces of one driver, as
// libvirt's own drivers keep them, without a hypervisor behind them.
//
// A [State] is what one driver instance holds: all connections to
// qemu:///system share one, every test:///default connection shares another.
// Its methods carry the names of libvirt's API functions without the vir
// prefix, take and return plain values, and fail with an [*Error] that holds
// what libvirt's virError would: code, domain, message and the three strings.
// They know no wire, no connection and no permission; the remote glue turns
// procedures into calls of these methods, and the Go view of a Host calls the
// same ones, so that what a test sets up and what a client sees cannot differ.
//
// What differs from driver to driver (error domains and texts, refusals, XML
// defaults) is a value, [Traits], that package driver fills. Nothing here asks
// which driver it serves.
//
// # Copies and records
//
// A [Copy] is all that a State held at one moment, random source and counters
// included; [State.Restore] puts it back. [Objects] is the same as data that people
// can read and change, without the random source: [State.Objects] and
// [State.SetObjects]. Everything that a State makes up comes from its seed, and
// every time from its clock, so that two States with the same seed, clock and calls
// are equal.
//
// # Locks and events
//
// One lock guards a State, and another its random source, so that documents are
// read without the first. A method locks, changes, and unlocks through
// (*State).unlock, which delivers the events that were queued meanwhile: in the
// order in which they happened, outside the lock, so that an event's receiver
// may call the State again.
package hypervisor
