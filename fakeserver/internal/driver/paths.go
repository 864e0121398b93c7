package driver

import (
	"slices"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// systemOrSession is virConnectValidateURIPath: a daemon of root serves /system,
// another /session. compat is true for the drivers whose daemon of root takes
// /session too.
func systemOrSession(name string, compat bool) func(path string, session bool) error {
	return func(path string, session bool) error {
		want := "/system"
		if session {
			want = "/session"
		}
		if path == want || compat && !session && path == "/session" {
			return nil
		}
		return hypervisor.Errorf(hypervisor.FromNone, libvirt.ErrInternalError,
			"unexpected %s URI path '%s', try %s://%s", name, path, name, want)
	}
}

// onlyPaths takes these paths and no other, which it refuses with the driver's
// own text. text has one %s, for the path.
func onlyPaths(from libvirt.ErrorDomain, text string, paths ...string) func(path string, session bool) error {
	return func(path string, _ bool) error {
		if slices.Contains(paths, path) {
			return nil
		}
		return hypervisor.Errorf(from, libvirt.ErrInternalError, text, path)
	}
}

// inactive is an internal error of a driver that does not run.
func inactive(from libvirt.ErrorDomain, text string) error {
	return hypervisor.Errorf(from, libvirt.ErrInternalError, "%s", text)
}
