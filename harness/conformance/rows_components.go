package conformance

import (
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// componentRows are about the transport in the scheme.
func componentRows() []*Cell {
	var rows []*Cell
	for _, t := range linkTransports() {
		rows = append(rows, row(string(t)+"/transport/written", "+"+string(t)+" in the scheme is taken", transportSection(t), link(t), reach(testName)))
		rows = append(rows, row(string(t)+"/transport/upper-case", "the case of the transport's letters does not count", transportSection(t), link(t).by(strings.ToUpper(string(t))), reach(testName), quirk))
	}
	return append(rows,
		row("none/transport/host", "without a transport, a URI with a host is over tls", sectionRemote, link(call.TLS).by("").local("qemu", "/system"), reach("qemu:///system"), over(call.TLS)),
		row("none/transport/unknown", "a transport that does not exist is refused", sectionRemote, link(call.TCP).by("telnet"), refuse(Nothing), over(call.TCP)),
		row("none/transport/empty", "a plus sign without a transport is refused", sectionRemote, link(call.TCP).by("").local("test+", testPath), refuse(Nothing), over(call.TCP), quirk),
	)
}

// withDefaultPorts gives the node an address with the default ports.
func withDefaultPorts(s *Setup) { s.Node(fakeserver.WithDefaultPorts(fakeserver.Strictly)) }

func defaultPorts(s *Setup) error { withDefaultPorts(s); return nil }

func defaultPort(t call.Transport) string {
	switch t {
	case call.TCP:
		return "16509"
	case call.TLS:
		return "16514"
	}
	return "22"
}

// portRows are about the port.
func portRows() []*Cell {
	var rows []*Cell
	for _, t := range networked() {
		id, section := string(t)+"/port/", transportSection(t)
		host, port := userPart(t)+"{"+nodeWord(t)+".host}:", "{"+nodeWord(t)+".port}"
		rows = append(rows,
			row(id+"default", "without a port, the client dials "+defaultPort(t), section, link(t), reach(testName), setup(defaultPorts)),
			row(id+"default-written", "the default port may be written", section, link(t).at(host+defaultPort(t)), reach(testName), setup(defaultPorts)),
			row(id+"given", "the client dials the port that is given", section, link(t).at(host+port), reach(testName)),
			row(id+"closed", "nobody listens on the port, and the client fails", section, link(t).at(userPart(t)+"{closed}"), refuse(Nothing)),
		)
	}
	return append(rows,
		row("tls/port/of-unix-ssh", "a port on which no TLS is spoken is refused, and no call is made", transportSection(call.TLS),
			link(call.TLS).at("{ssh}"), refuse(Connection), setup(func(s *Setup) error {
				s.Node(fakeserver.WithTransports(call.Unix, call.TLS, call.SSH))
				return nil
			})),
		row("tls/port/of-tcp", "tls does not fall back to plain calls on a port without TLS", transportSection(call.TLS),
			link(call.TLS).at("{tcp}"), refuse(RPC), setup(func(s *Setup) error {
				s.Node(fakeserver.WithTransports(call.Unix, call.TLS, call.TCP))
				return nil
			})),
	)
}

// hostRows are about the host.
func hostRows() []*Cell {
	var rows []*Cell
	for _, t := range networked() {
		id, section := string(t)+"/host/", transportSection(t)
		user, port := userPart(t), ":{"+nodeWord(t)+".port}"
		rows = append(rows,
			row(id+"ipv4", "an IPv4 address is dialled", section, link(t).at(user+"127.0.0.1"+port), reach(testName)),
			row(id+"ipv6", "an IPv6 address stands in brackets", section, link(t).at(user+"[::1]"+port), reach(testName), needs(IPv6)),
			row(id+"name", "a name is resolved", section, link(t).at(user+"localhost"+port), reach(testName)),
			row(id+"resolved", "a name is resolved as the system does it", section, link(t).at(user+"node.example.com"), reach(testName), needs(Environment, Namespace),
				setup(named("node.example.com"))),
			row(id+"unresolvable", "a name that does not resolve is refused", section, link(t).at(user+"nowhere.invalid"+port), refuse(Nothing)),
			row(id+"empty", "an empty host is localhost", section, link(t).at(user), reach(testName), needs(Environment, Namespace), quirk,
				setup(named("localhost"))),
		)
	}
	return append(rows,
		row("tls/host/upper-case", "the case of a name does not count for the certificate", transportSection(call.TLS), link(call.TLS).at("LOCALHOST:{tls.port}"), reach(testName), quirk),
		row("unix/host/given", "a host is refused", transportSection(call.Unix), link(call.Unix).at("node.example.com"), refuse(Nothing)),
		row("ext/host/given", "a host is left to the command", transportSection(call.Ext), link(call.Ext).at("node.example.com:1"), reach(testName), quirk),
	)
}

// named gives the node the default ports, and that name in the client's namespace.
func named(name string) func(*Setup) error {
	return func(s *Setup) error {
		withDefaultPorts(s)
		s.Node(fakeserver.WithNames(name))
		s.Client(func(e *Env) error { e.Name(name, e.Server.OwnAddress()); return nil })
		return nil
	}
}

// userRows are about the user name.
func userRows() []*Cell {
	var rows []*Cell
	for _, t := range sshFamily() {
		id, section := string(t)+"/user/", transportSection(t)
		rows = append(rows,
			row(id+"given", "the user is the one to log in as", section, link(t).at("fred@{ssh}"), reach(testName, loginAs("fred"))),
			row(id+"escaped", "escapes in the user are resolved", section, link(t).at("fr%65d@{ssh}"), reach(testName, loginAs("fred"))),
		)
	}
	for _, t := range libsshs() {
		rows = append(rows, row(string(t)+"/user/default", "without a user it is root", transportSection(t), link(t).at("{ssh}"), reach(testName, loginAs("root")), quirk))
	}
	for _, t := range []call.Transport{call.TCP, call.TLS} {
		rows = append(rows, row(string(t)+"/user/given", "a user has no effect, and is not passed on", sectionRemote, link(t).at("fred@"+link(t).authority), reach(testName)))
	}
	return append(rows,
		row("ssh/user/default", "without a user it is the local one", transportSection(call.SSH), link(call.SSH, "command={ssh-plain}").at("{ssh}"), reach(testName, loginAs("{local-user}")),
			client(func(e *Env) error { return e.plainSSH(sshSettings{}) })),
		row("ssh/user/default-not-root", "without a user it is the local one, also if that is not root", transportSection(call.SSH), link(call.SSH, "command={ssh-plain}").at("{ssh}"), reach(testName, loginAs(userName)),
			needs(Environment, Namespace), client(func(e *Env) error {
				e.AsUser()
				return e.plainSSH(sshSettings{})
			})),
		row("ssh/user/of-ssh-config", "without a user it is the one of ssh's configuration", transportSection(call.SSH), link(call.SSH, "command={ssh-plain}").at("{ssh}"), reach(testName, loginAs("fred")),
			needs(SSHProgram), client(func(e *Env) error { return e.plainSSH(sshSettings{user: "fred"}) })),
	)
}

// pathRows are about the path.
func pathRows() []*Cell {
	var rows []*Cell
	for _, t := range linkTransports() {
		id := string(t) + "/path/"
		rows = append(rows,
			row(id+"other", "the path is passed on", sectionRemote, link(t).local("qemu", "/system"), reach("qemu:///system")),
			row(id+"wrong", "a path that the driver does not serve is refused by the node", sectionRemote, link(t).local("qemu", "/nowhere"), refuseOpen("qemu:///nowhere")),
			row(id+"escaped", "escapes in the path are resolved", sectionRemote, link(t).local("qemu", "/s%79stem"), reach("qemu:///system"), quirk),
		)
	}
	return append(rows,
		row("tcp/path/root", "the path / is passed on", sectionRemote, link(call.TCP).local("qemu", "/"), refuseOpen("qemu:///"), quirk),
		row("tcp/path/empty", "no path at all is passed on", sectionRemote, link(call.TCP).local("test", ""), refuseOpen("test://"), quirk),
	)
}

// nameRows are about the parameter name.
func nameRows() []*Cell {
	var rows []*Cell
	for _, t := range linkTransports() {
		id, section := string(t)+"/name/", parameterSection("name")
		rows = append(rows,
			row(id+"set", "name replaces the URI for the daemon", section, link(t, "name=qemu:///system"), reach("qemu:///system")),
			row(id+"escaped", "escapes in name are resolved", section, link(t, "name=qemu%3A%2F%2F%2Fsystem"), reach("qemu:///system")),
			row(id+"empty", "an empty name has the daemon choose", section, link(t, "name="), reachUnnamed()),
			row(id+"wrong", "a name that nobody serves is refused by the node", section, link(t, "name=nosuch:///x"), refuseOpen("nosuch:///x")),
		)
	}
	return append(rows,
		row("tcp/name/upper-case", "the case of a parameter's name does not count", parameterSection("name"), link(call.TCP, "NAME=qemu:///system"), reach("qemu:///system"), quirk),
		row("tcp/name/twice", "of a parameter that is given twice the last one counts", parameterSection("name"), link(call.TCP, "name=nosuch:///x", "Name=qemu:///system"), reach("qemu:///system"), quirk),
		row("tcp/name/with-parameters", "name is passed on alone, without other parameters", parameterSection("name"), link(call.TCP, "name=qemu:///system", "foo=bar"), reach("qemu:///system")),
		row("tcp/name/query", "a query within name is passed on", parameterSection("name"), link(call.TCP, "name=qemu:///system%3Ffoo=bar"), reach("qemu:///system?foo=bar"), quirk),
	)
}

// unknownRows are about parameters that libvirt does not know.
func unknownRows() []*Cell {
	var rows []*Cell
	for _, t := range linkTransports() {
		rows = append(rows, row(string(t)+"/unknown/passed", "a parameter that is not understood is passed on", sectionGuide, link(t, "foo=bar"), reach(testName+"?foo=bar")))
	}
	return append(rows,
		row("tcp/unknown/several", "several are passed on in their order, without those that are understood", sectionGuide, link(call.TCP, "foo=1", "no_verify=1", "bar=2"), reach(testName+"?foo=1&bar=2")),
		row("tcp/unknown/escaped", "a value is passed on escaped", sectionGuide, link(call.TCP, "foo=b%20c%26d"), reach(testName+"?foo=b%20c%26d")),
		row("tcp/unknown/empty", "an empty value is passed on", sectionGuide, link(call.TCP, "foo="), reach(testName+"?foo=")),
		row("tcp/unknown/no-value", "a parameter without a value gets an empty one", sectionGuide, link(call.TCP, "foo"), reach(testName+"?foo="), quirk),
		row("tcp/unknown/semicolon", "a semicolon separates parameters as well", sectionGuide, link(call.TCP, "foo=1;bar=2"), reach(testName+"?foo=1&bar=2"), quirk),
	)
}
