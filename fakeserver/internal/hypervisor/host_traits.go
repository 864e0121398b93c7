package hypervisor

// HostTraits is the node that a driver shows.
type HostTraits struct{}

// ObjectTraits is how a driver treats the objects of secondary drivers.
type ObjectTraits struct{}
