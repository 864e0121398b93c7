package transport

import (
	"os"
	"strings"
)

// privilegedPorts says who may listen on ports such as 22.
func privilegedPorts() string {
	const who = "are for processes with CAP_NET_BIND_SERVICE, such as those of root"
	// In a network namespace of its own a process sees the value there.
	if first, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start"); err == nil {
		return "ports below " + strings.TrimSpace(string(first)) + " (sysctl net.ipv4.ip_unprivileged_port_start) " + who
	}
	return "ports below net.ipv4.ip_unprivileged_port_start " + who
}
