package driver

import (
	"strings"
	"testing"
)

func TestLacks(t *testing.T) {
	for _, c := range []struct {
		driver, function string
		want             bool
	}{
		{"lxc", "virConnectGetMaxVcpus", true},
		{"lxc", "virDomainCreateXML", false},
		{"lxc", "virConnectGetType", false}, // it has no need of the driver
		{"xen", "virConnectGetMaxVcpus", false},
		{"vbox", "virConnectGetSysinfo", true},
		{"openvz", "virDomainDestroy", false},
		{"qemu", "virDomainCreateXML", false},
	} {
		conn := Connection{Driver: Named(c.driver)}
		if got := conn.Lacks("", c.function); got != c.want {
			t.Errorf("%s lacks %s: %v", c.driver, c.function, got)
		}
	}
}

// TestDrivers looks for what every driver must have.
func TestDrivers(t *testing.T) {
	for _, name := range Names() {
		d := Named(name)
		if !strings.HasPrefix(d.Proof, "measured") && !strings.HasPrefix(d.Proof, "unproved") {
			t.Errorf("%s: Proof is %q", name, d.Proof)
		}
		if own := functionsOf()[name]; len(own) < 40 {
			t.Errorf("%s: functions.txt has %d functions", name, len(own))
		}
		c := mustOpen(t, newNodeOf(Config{Drivers: []*Driver{d}}), d.DefaultURI)
		if got := c.State.ConnectGetCapabilities(); !strings.Contains(got, "<guest>") {
			t.Errorf("%s: capabilities are %q", name, got)
		}
	}
}
