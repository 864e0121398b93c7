package conformance

import (
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

// authRows are about auth and authfile, on every transport.
func authRows() []*Cell {
	var rows []*Cell
	for _, t := range linkTransports() {
		id, section := string(t)+"/auth/", parameterSection("auth")
		rows = append(rows,
			row(id+"wrong", "an authentication that does not exist is refused", section, link(t, "auth=bogus"), refuse(RPC)),
			row(id+"sasl-not-offered", "auth=sasl is refused where the node does not offer it", section, link(t, "auth=sasl"), refuse(RPC)),
			row(id+"polkit-not-offered", "auth=polkit is refused where the node does not offer it", section, link(t, "auth=polkit"), refuse(RPC)),
			row(string(t)+"/authfile/unused", "authfile is not passed on, and not opened where nobody asks for a password", parameterSection("authfile"), link(t, "authfile={dir}/nowhere"), reach(testName)),
		)
	}
	return rows
}

// refusedValueRows are about values that libvirt reads on every transport, whether the
// parameter has an effect there or not.
func refusedValueRows() []*Cell {
	var rows []*Cell
	for _, p := range uri.Parameters() {
		strict := p.Kind == uri.Bool || p.Name == "mode" || p.Name == "proxy"
		if !strict {
			continue
		}
		for _, t := range linkTransports() {
			own := slices.Contains(p.Transports, uri.Transport(t))
			values := []struct{ id, value, title string }{{"wrong", "nonsense", "a value that does not exist is refused"}}
			if own {
				values = append(values, struct{ id, value, title string }{"empty", "", "an empty value is refused"})
				if p.Kind == uri.Bool {
					values = append(values, struct{ id, value, title string }{"word", "yes", "a word is refused: the value is a number"})
				}
			} else {
				values[0].title += ", although the parameter has no effect there"
			}
			for _, v := range values {
				r := row(string(t)+"/"+p.Name+"/"+v.id, v.title, parameterSection(p.Name), link(t, p.Name+"="+v.value), refuse(Nothing))
				r.Quirk = !own || v.id != "wrong"
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// idleRows are about parameters on transports where they have no effect: they are not
// passed on.
func idleRows() []*Cell {
	values := map[string]string{"command": "/nowhere", "socket": "/nowhere", "netcat": "/nowhere", "keyfile": "/nowhere", "known_hosts": "/nowhere", "pkipath": "/nowhere", "proxy": "netcat", "mode": "legacy"}
	var rows []*Cell
	for _, p := range uri.Parameters() {
		_, value, _ := strings.Cut(p.Example, "=")
		if v, ok := values[p.Name]; ok {
			value = v
		}
		for _, t := range linkTransports() {
			if slices.Contains(p.Transports, uri.Transport(t)) || t == call.Ext && p.Name == "command" {
				continue
			}
			rows = append(rows, row(string(t)+"/"+p.Name+"/idle", p.Name+" has no effect, and is not passed on", parameterSection(p.Name), link(t, p.Name+"="+value), reach(testName), quirk))
		}
	}
	return rows
}
