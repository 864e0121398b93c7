package harness_test

import (
	"fmt"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// URIs without a port, as they stand in the configuration of a real client.
func ExampleDefaultPorts() {
	host := harness.Start(t, harness.WithTransports(harness.TCP), harness.DefaultPorts())
	uri := host.URI(harness.TCP, "qemu:///system")
	own := host.Server.OwnAddress() // 127.3.4.5, say
	if why := host.Server.DefaultPorts()[harness.TCP]; why != nil {
		// Something listens on 0.0.0.0:16509, or there is no other loopback address.
		uri, own = "qemu+tcp://ADDRESS/system", "ADDRESS"
	}
	fmt.Println(strings.Replace(uri, own, "ADDRESS", 1))
	t.end()
	// Output: qemu+tcp://ADDRESS/system
}
