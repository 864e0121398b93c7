package container_test

import (
	"testing"
)

// TestPortsOfIPv4 looks for ports on ::1, where clients that say localhost might reach
// another container than this one.
func TestPortsOfIPv4(t *testing.T) {
	t.Parallel()
	c := run(t)
	inspect, err := c.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(inspect.NetworkSettings.Ports) != 3 {
		t.Errorf("the ports are %v", inspect.NetworkSettings.Ports)
	}
	for port, bindings := range inspect.NetworkSettings.Ports {
		for _, b := range bindings {
			if !b.HostIP.Is4() {
				t.Errorf("port %s is mapped on %s", port, b.HostIP)
			}
		}
	}
}
