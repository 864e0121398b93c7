//go:build !linux

package transport

// privilegedPorts says who may listen on ports such as 22.
func privilegedPorts() string { return "ports below 1024 are for root" }
