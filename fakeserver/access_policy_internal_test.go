package fakeserver

import (
	"encoding/xml"
	"os"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// TestPolicyOfPolkit compares what everybody may do, by Access.Polkit, with the policy
// that libvirt installs.
func TestPolicyOfPolkit(t *testing.T) {
	t.Parallel()
	testdaemon.Need(t)
	text, err := os.ReadFile("/usr/share/polkit-1/actions/org.libvirt.api.policy")
	if err != nil {
		testclients.Unavailable(t, "apt-get install libvirt-daemon-system: "+err.Error())
	}
	var policy struct {
		Actions []struct {
			ID  string `xml:"id,attr"`
			Any string `xml:"defaults>allow_any"`
		} `xml:"action"`
	}
	if err := xml.Unmarshal(text, &policy); err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, a := range policy.Actions {
		permission := strings.TrimPrefix(a.ID, "org.libvirt.api.")
		known[permission] = true
		if got, want := looks(permission), a.Any == "yes"; got != want {
			t.Errorf("everybody has %s: %v, by libvirt's policy: %v", permission, got, want)
		}
	}
	for permission := range remote.AllPermissions() {
		if !known[permission] && permission != "node-device.save" { // of 10.1.0
			t.Errorf("libvirt's policy does not know %s", permission)
		}
	}
}
