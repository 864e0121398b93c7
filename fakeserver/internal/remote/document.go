package remote

import (
	"fmt"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Document is the table of all procedures in Markdown, with what this fake does
// with each.
func Document() string {
	t := Supported()
	var rows strings.Builder
	calls, supported := 0, 0
	for p := range rpc.All() {
		if p.Kind != rpc.KindCall {
			continue
		}
		calls++
		answer := "not there yet"
		if t.Supports(p) {
			supported++
			answer = "**supported**"
		}
		access := "write"
		switch {
		case p.ReadOnlyUnless != nil:
			access = "read, by its arguments"
		case p.ReadOnly:
			access = "read"
		}
		program := "remote"
		if p.Program == rpc.ProgramQEMU {
			program = "qemu"
		}
		fmt.Fprintf(&rows, "| %s | %d | %s | %s | %s | %s | %s | %s |\n", program, p.Number, p.Name, p.Function, p.Since, access, asksFor(p), answer)
	}
	return fmt.Sprintf(`# What is supported

<!-- Written by go generate ./fakeserver; do not edit. -->

%d of the %d procedures that a client can call are supported. The others answer
as a driver without that function does: VIR_ERR_NO_SUPPORT (code 3) with the
function's name. Whether a supported procedure succeeds is up to the driver: what
libvirt's test driver refuses, the fake's refuses in the same words.

A node speaks as libvirt 9.0.0 unless told otherwise; to it, procedures that came
later are unknown. Procedures whose access is "write" are refused on read-only
connections.

Where a node has an access manager (WithAccess, access_drivers), a procedure needs
the permissions that it asks for: those of the connection (connect.…), and those on
the object that it is about. Lists leave out the items without the permission that
they ask for on each, and so do events. The functions of the test, openvz and vbox
drivers ask for nothing.

| program | no. | procedure | libvirt's function | since | access | asks for | here |
|---|---|---|---|---|---|---|---|
%s`, supported, calls, rows.String())
}

// asksFor is what a procedure asks the access manager for.
func asksFor(p *rpc.Info) string {
	a := permissionsOf()[p]
	if a == nil {
		return ""
	}
	var list []string
	for _, perm := range a.permissions {
		list = append(list, strings.TrimSpace(perm.name+" "+perm.when))
	}
	if a.filter != nil {
		list = append(list, a.filter.name+" on each")
	}
	return strings.Join(list, ", ")
}
