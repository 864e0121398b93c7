package driver

import "github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"

// Driver is what makes one of libvirt's hypervisor drivers itself. A node has
// one hypervisor.State for each driver that it serves, made by New; everything
// in which drivers differ is a field here or in Traits.
type Driver struct {
	// Name is how users of this module name the driver: "test", "qemu".
	Name string
	// Schemes are the URI schemes that it answers to.
	Schemes []string
	// Type is virConnectGetType's answer.
	Type string
	// Version is virConnectGetVersion's answer: major*1000000 + minor*1000 +
	// release of the hypervisor.
	Version uint64
	// DefaultURI is what opening the driver without a URI opens.
	DefaultURI string
	// CheckPath refuses URI paths that the driver does not serve, with the
	// driver's own error.
	CheckPath func(path string) error
	// Features are the VIR_DRV_FEATURE_… numbers that the driver supports, the
	// ones that the daemon answers itself left out.
	Features []int32
	// ResetsWhenUnused is true for a driver whose state goes back to its
	// beginning when the last connection closes.
	ResetsWhenUnused bool
	// Traits is how its objects behave.
	Traits hypervisor.Traits
	// Populate makes the objects that exist from the start.
	Populate func(*hypervisor.State) error
}
