package uri_test

import (
	"net/url"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

// TestGoLibvirtDoesSo compares the plan with go-libvirt itself: the name by its
// RemoteURI, for every URI that net/url reads, and refusals by ConnectToURI,
// which looks for them before it dials.
func TestGoLibvirtDoesSo(t *testing.T) {
	t.Parallel()
	env := uri.Environment{Client: uri.GoLibvirt}
	for _, text := range corpus(t, "uris.txt") {
		u, err := url.Parse(text)
		if err != nil {
			if _, got := env.Open(text); got == nil || got.Error() != err.Error() {
				t.Errorf("%s: net/url says %v, the plan %v", text, err, got)
			}
			continue
		}
		if p, err := env.Open(text); err == nil && p.Name != string(libvirt.RemoteURI(u)) {
			t.Errorf("%s: go-libvirt asks for %s, the plan says %s", text, libvirt.RemoteURI(u), p.Name)
		}
	}
	for _, text := range []string{
		"qemu+ext:///x", "qemu:///system?mode=direct", "qemu:///system?mode=x", "qemu+tls://h/?no_verify=x",
		"qemu+ssh://h/?sshauth=agent&known_hosts=x", "qemu+libssh://h/?no_verify=0", "qemu+libssh2://h/?sshauth=x",
		"qemu+libssh://h/?known_hosts_verify=AUTO", "qemu+ssh://h/?mode=Direct", "qemu+ssh://h/?no_verify=%201",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, want := libvirt.ConnectToURI(u)
		_, got := env.Open(text)
		if want == nil || got == nil || want.Error() != got.Error() {
			t.Errorf("%s: go-libvirt says %v, the plan %v", text, want, got)
		}
	}
}
