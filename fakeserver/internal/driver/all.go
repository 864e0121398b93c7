package driver

import "sync"

// makers make the drivers, each once for all nodes: a driver is a value that
// nobody changes, and some take a while to make.
var makers = []func() *Driver{
	sync.OnceValue(QEMU), sync.OnceValue(Test), sync.OnceValue(Xen), sync.OnceValue(LXC), sync.OnceValue(OpenVZ),
	sync.OnceValue(Bhyve), sync.OnceValue(VBox), sync.OnceValue(VZ), sync.OnceValue(CH),
}

// names are those of makers' drivers, which need not be made for them.
var names = []string{"qemu", "test", "xen", "lxc", "openvz", "bhyve", "vbox", "vz", "ch"}

// Named returns the driver of that name, or nil.
func Named(name string) *Driver {
	for i, n := range names {
		if n == name {
			return makers[i]()
		}
	}
	return nil
}

// Names returns the names of all drivers that a node may have.
func Names() []string { return append([]string(nil), names...) }
