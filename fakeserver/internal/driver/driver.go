package driver

import (
	"cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

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
	// ownName is what libvirt calls the driver where that is not its Type; "" where
	// it is.
	ownName string
	// unguarded is true for a driver whose functions ask the access manager for
	// nothing.
	unguarded bool
	// Version is virConnectGetVersion's answer: major*1000000 + minor*1000 +
	// release of the hypervisor.
	Version uint64
	// Proof says what the driver's answers have been held against: "measured"
	// where a real daemon was asked, "unproved" where there was none to ask, and
	// which parts that concerns.
	Proof string

	// DefaultURI is what opening the driver without a URI opens in a daemon of
	// root; SessionURI, in a user's own. "" is for a driver that is not there in
	// such a daemon.
	DefaultURI, SessionURI string
	// CheckPath refuses URI paths that the driver does not serve, with the
	// driver's own error. session is true in a user's own daemon.
	CheckPath func(path string, session bool) error
	// Inactive is what the driver says where it is installed and cannot run: the
	// hypervisor is not there, or the daemon is not root's. nil is for a driver
	// that always runs.
	Inactive error
	// InactiveFirst is true for a driver that says so before it looks at the path.
	InactiveFirst bool

	// InLibrary is true for a driver that is part of libvirt's library, and not a
	// module of its own, so that every daemon has it.
	InLibrary bool

	// Features are the VIR_DRV_FEATURE_… numbers that the driver supports, the
	// ones that the daemon answers itself left out.
	Features []int32
	// ResetsWhenUnused is true for a driver whose state goes back to its
	// beginning when the last connection closes.
	ResetsWhenUnused bool
	// Files is true for a driver that reads its beginning from the file that a
	// URI's path names. Each connection then has a state of its own.
	Files bool
	// SharesObjects is true for a driver that has no networks, pools and so on
	// itself: those are the daemon's, and the same for all such drivers.
	SharesObjects bool
	// Only is the kind of objects that a secondary driver serves, and nothing
	// else; "" for a hypervisor.
	Only Kind
	// Traits is how its objects behave.
	Traits hypervisor.Traits
	// Populate gives a State without objects those that exist from the start.
	Populate func(*hypervisor.State) error

	// functions are the members of libvirt's driver interface that the driver
	// has, and lacks the functions of its API that therefore fail; both are nil
	// for a driver whose Traits tell.
	functions, lacks functionSet
}

// with gives the driver the functions that libvirt's driver of its name has.
func (d *Driver) with(name string) *Driver {
	d.functions = functionsOf()[name]
	d.lacks = d.functions.lacking()
	return d
}

// TellsFeatures reports whether the driver can be asked what it supports. One
// that cannot has no features but those that the daemon has without it.
func (d *Driver) TellsFeatures() bool {
	return d.functions == nil || d.functions["connectSupportsFeature"]
}

// OwnName returns what libvirt calls the driver, which errors of its access manager
// repeat.
func (d *Driver) OwnName() string { return cmp.Or(d.ownName, d.Type) }

// AsksAccess reports whether calls about a kind of objects ask the access manager:
// those that are the daemon's do so in any case.
func (d *Driver) AsksAccess(kind Kind) bool {
	return !d.unguarded || kind != "" && d.SharesObjects
}

// uri returns what opening the driver without a URI opens.
func (d *Driver) uri(session bool) string {
	if session {
		return d.SessionURI
	}
	return d.DefaultURI
}

// open refuses what the driver does not open in a daemon, where it is installed.
// runs is false where its hypervisor is missing.
func (d *Driver) open(path string, session, runs bool) error {
	inactive := !runs || d.Inactive != nil && d.uri(session) == ""
	if inactive && d.InactiveFirst {
		return d.Inactive
	}
	if err := d.CheckPath(path, session); err != nil {
		return err
	}
	if inactive {
		return d.Inactive
	}
	return nil
}
