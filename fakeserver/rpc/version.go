package rpc

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a release of libvirt, as virGetVersion counts: major * 1,000,000
// + minor * 1,000 + release.
type Version uint64

// DefaultVersion is the release that a host speaks as unless told otherwise:
// the one whose daemon the behaviour was measured against.
const DefaultVersion Version = 9000000

// ParseVersion reads a version such as "9.0.0". The error names the text.
func ParseVersion(s string) (Version, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return 0, fmt.Errorf("libvirt version %q is not of the form 9.0.0", s)
	}
	var v Version
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil || n > 999 {
			return 0, fmt.Errorf("libvirt version %q is not of the form 9.0.0", s)
		}
		v = v*1000 + Version(n)
	}
	return v, nil
}

// String returns the version in the form "9.0.0".
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d", v/1000000, v/1000%1000, v%1000)
}
