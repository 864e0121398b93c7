package fakeserver

import (
	"crypto/tls"
	"fmt"
)

// TLSVersion is a version of TLS, such as tls.VersionTLS12; zero is none in
// particular. As a text it is "1.2".
type TLSVersion uint16

// String returns "1.2" for tls.VersionTLS12, and "" for zero.
func (v TLSVersion) String() string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("1.%d", int(v)-tls.VersionTLS10)
}

// MarshalText returns what String does.
func (v TLSVersion) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads "1.0", "1.1", "1.2" or "1.3".
func (v *TLSVersion) UnmarshalText(text []byte) error {
	for known := TLSVersion(tls.VersionTLS10); known <= tls.VersionTLS13; known++ {
		if known.String() == string(text) {
			*v = known
			return nil
		}
	}
	return fmt.Errorf("want TLS 1.0, 1.1, 1.2 or 1.3, not %q", text)
}
