package testdaemon

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// NeedDrivers ends a test, as testclients.Need does, where the machine's libvirtd
// lacks one of these drivers, which Debian packages each by itself.
func NeedDrivers(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		file := "libvirt_driver_" + name + ".so"
		if name == "xen" {
			file = "libvirt_driver_libxl.so"
		}
		if found, _ := filepath.Glob("/usr/lib*/libvirt/connection-driver/" + file); len(found) > 0 {
			continue
		}
		if found, _ := filepath.Glob("/usr/lib/*/libvirt/connection-driver/" + file); len(found) > 0 {
			continue
		}
		testclients.Unavailable(t, fmt.Sprintf("libvirt's driver %s is not installed: apt-get install libvirt-daemon-driver-%[1]s", name))
	}
}
