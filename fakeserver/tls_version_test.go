package fakeserver_test

import (
	"crypto/tls"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

func TestTLSVersionAsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]fakeserver.TLSVersion{
		"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
	} {
		var got fakeserver.TLSVersion
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want || got.String() != text {
			t.Errorf("%s is %d as %q, %v", text, got, got, err)
		}
	}
	for _, text := range []string{"", "1", "1.4", "TLS1.2", "1.20"} {
		var got fakeserver.TLSVersion
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a version, %d", text, got)
		}
	}
}
