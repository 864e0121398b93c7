package driver

import "strings"

// cpuModels returns what libvirt's CPU map, the same for all drivers, has for
// an architecture; false for architectures that libvirt's CPU drivers do not
// know.
func cpuModels(arch string) ([]string, bool) {
	switch arch {
	case "i686", "x86_64", "ppc64", "ppc64le":
		return strings.Fields(recorded("cpumodels.txt", "cpu-models "+arch)), true
	case "armv6l", "armv7l", "armv7b", "aarch64", "s390", "s390x":
		// Known, but on a host of another architecture libvirt has no list.
		return nil, true
	}
	return nil, false
}
