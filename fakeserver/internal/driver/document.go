package driver

import (
	"fmt"
	"strings"
)

// Document is the table of all drivers in Markdown, with what their answers have
// been held against.
func Document() string {
	var rows strings.Builder
	for _, name := range Names() {
		d := Named(name)
		uri := d.DefaultURI
		if d.SessionURI != "" && d.SessionURI != uri {
			uri = strings.TrimPrefix(uri+", "+d.SessionURI, ", ")
		}
		version := fmt.Sprintf("%d.%d.%d", d.Version/1_000_000, d.Version/1000%1000, d.Version%1000)
		fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s |\n", d.Name, uri, d.Type, version, d.Proof)
	}
	return `# Hypervisor drivers

<!-- Written by go generate ./fakeserver; do not edit. -->

The drivers that a node may have: WithDrivers in Go, ` + "`drivers`" + ` in a scenario. The
last column says what a driver's answers have been held against: a real daemon
(measured), or the source of libvirt alone (unproved).

A URI of another driver, and of one that the node was not given, fails as it does
on a libvirtd without that driver. test:///FILE reads a file that the node was given
by WithTestFile, never one of the machine's.

| driver | URIs | type | version | proof |
|---|---|---|---|---|
` + rows.String()
}
