// Package driver holds what makes each of libvirt's hypervisor drivers itself,
// as one value each: URI schemes and paths, type, version, features, error
// domain and texts, XML defaults, the objects that exist from the start, and
// when its state resets. No other package asks which driver it has before it.
//
// A [Node] is the drivers of one machine with their states. [Node.Open] opens a URI
// as libvirtd does; [Node.For] is the same machine as one of libvirt's modular
// daemons shows it, for example
//
//	n.For(driver.DaemonNamed("virtqemud"), nil)
//
// # What is shared
//
// All connections of a driver share its state, whatever path they took, and all
// drivers but test share the daemon's own networks, pools, devices and so on, which
// the first of them has. A file of test:///PATH makes a state for each connection.
// A user's own daemon is another Node.
//
// # What a driver lacks
//
// functions.txt has what each driver implements of libvirt's driver interface. It is
// taken out of libvirt's source:
//
//	./functions.sh libvirt-9.0.0/src > functions.txt
//
// A Driver's Proof says which of its answers were held against a real daemon.
package driver
