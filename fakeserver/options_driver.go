package fakeserver

import "github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"

// WithInactiveDrivers sets drivers that are installed on the node and cannot run
// there, such as xen on a machine without Xen. Their URIs fail with what the driver
// then says: xen with "libxenlight state driver is not active". Debian installs
// xen, lxc and vbox beside qemu.
func WithInactiveDrivers(names ...string) Option {
	return func(c *config) { c.inactive = append(c.inactive, names...) }
}

// WithSession makes the node's daemon that of a user who is not root: it serves
// qemu:///session and refuses qemu:///system, and the drivers that need root (xen,
// lxc, bhyve, vz) say that they are not active. What is in its drivers is its own,
// as any node's is.
func WithSession() Option { return func(c *config) { c.session = true } }

// WithDefaultURI sets what an empty connection URI opens: uri_default of the node's
// libvirt.conf.
func WithDefaultURI(uri string) Option { return func(c *config) { c.defaultURI = uri } }

// WithTestFile puts a file on the node that test:///PATH reads its objects from, a
// document <node> as libvirt describes it; the file= of an element in it names
// another such file. Real files are never read because of a URI, so that one that
// was not given does not exist. Every connection has a state of its own.
func WithTestFile(path, xml string) Option {
	return func(c *config) {
		if c.testFiles == nil {
			c.testFiles = make(map[string]string)
		}
		c.testFiles[path] = xml
	}
}

// DriverNames returns the names of all drivers that WithDrivers takes.
func DriverNames() []string { return driver.Names() }

// DriverURI returns the URI that opens a driver when a client names none, such as
// qemu:///system; "" for a name that is not one of DriverNames.
func DriverURI(name string) string {
	if d := driver.Named(name); d != nil {
		return d.DefaultURI
	}
	return ""
}
