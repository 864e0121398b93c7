// Package remote is the glue between the wire and the state: one file for each
// kind of object, each procedure one short typed function from its wire
// arguments to a method of hypervisor.State.
//
// A function is registered with its typed procedure, so that a mismatch of
// types does not compile:
//
//	handle(t, rpc.DomainLookupByName, domainLookupByName)
//
// What is not registered is answered as libvirt answers for a driver without
// that function: VIR_ERR_NO_SUPPORT with the function's name.
package remote
