// Package driver holds what makes each of libvirt's hypervisor drivers itself,
// as one value each: URI schemes and paths, type, version, features, error
// domain and texts, XML defaults, the objects that exist from the start, and
// when its state resets. No other package asks which driver it has before it.
package driver
