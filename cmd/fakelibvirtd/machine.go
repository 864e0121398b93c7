package main

import (
	"fmt"
	"net"
	"os"
)

// machineNames returns the names of this machine as others know it: its host name
// first, then its addresses but for those that lead to every machine itself.
func machineNames() ([]string, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("--machine-names: %w", err)
	}
	names := []string{host}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("--machine-names: %w", err)
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			names = append(names, n.IP.String())
		}
	}
	return names, nil
}
