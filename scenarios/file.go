package scenarios

import (
	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

//go:generate go run ./internal/schemagen

// The types of this file and of objects.go are the form of a scenario's YAML.
// Their comments are the descriptions in schema.json and in docs/scenarios.md.

// file is a scenario: one node, whose keys stand at the top, or several under
// nodes. Keys that begin with x- are left alone: they are a place for anchors.
type file struct {
	place
	// Where the file came from: an editor that knows JSON Schema takes the
	// address of the schema from here or from a comment in the first line.
	Schema string `yaml:"$schema"`
	// The scenario's name: letters, digits, dots, dashes and underscores. A node
	// that has no other is called so.
	Name string `yaml:"name"`
	// One line about it, for lists.
	Summary string `yaml:"summary"`
	// Several nodes. Each has a name of its own and the keys of a node; no such
	// key may then stand at the top.
	Nodes    []namedNode `yaml:"nodes"`
	nodeKeys `yaml:",inline"`
}

// namedNode is one of several nodes.
type namedNode struct {
	place
	// The node's name: letters, digits, dots, dashes and underscores.
	Name     string `yaml:"name"`
	nodeKeys `yaml:",inline"`
}

// nodeKeys are the keys of a node.
type nodeKeys struct {
	// The host's own name, virConnectGetHostname's answer. Default: localhost, or
	// the node's name if there are several.
	Hostname string `yaml:"hostname"`
	// Host names and addresses that the node's certificate and the client's
	// known_hosts have beside localhost, 127.0.0.1 and ::1.
	Names []string `yaml:"names"`
	// The libvirt version that the node speaks as: what it reports, and which
	// procedures it knows. Default: 9.0.0.
	LibvirtVersion version `yaml:"libvirt_version"`
	// What the node makes up (UUIDs, MAC addresses) is the same for the same
	// seed. Default: 0.
	Seed uint64 `yaml:"seed"`
	// The node's clock: real, the default, or {manual: TIME}, which stands still
	// at that time until a test moves it.
	Clock clockKey `yaml:"clock"`
	// What the node listens on: a list of tcp, tls, unix and ssh, each on a free
	// port or a socket in a directory of the node's own; or a mapping of them to
	// addresses, HOST:PORT and for unix a path, where free means the same as in
	// the list. Default: all, free.
	Transports transports `yaml:"transports"`
	// The node has a loopback address of its own with the ports that clients take
	// where a URI names none, 16509, 16514 and 22: true, which falls back to other
	// ports where these cannot be had, or strict, which then fails. Default: false.
	DefaultPorts portsKey `yaml:"default_ports"`
	// A directory that exists, for the unix sockets in the layout of /run, such as
	// RUN_DIR/libvirt/libvirt-sock. Default: one of the node's own.
	RunDir string `yaml:"run_dir"`
	// The daemons that serve the node in place of libvirtd: true for all the modular
	// ones that its drivers call for, or a list of them, such as virtqemud and
	// virtnetworkd. libvirtd may be among them. Default: false, libvirtd alone.
	Modular modularKey `yaml:"modular"`
	// The node's daemon is that of a user who is not root: it serves qemu:///session,
	// and refuses qemu:///system. Default: false.
	Session bool `yaml:"session"`
	// How the clients of each socket prove who they are, as in libvirtd.conf.
	// Default: nobody is asked, but over tls for a certificate and over SSH for the
	// key that the node makes for its clients.
	Auth authKeys `yaml:"auth"`
	// What those who are in may do, to which objects. Default: everything.
	Access accessKeys `yaml:"access"`
	// Whom the system lets connect to the unix sockets, as in libvirtd.conf.
	UnixSockets unixKeys `yaml:"unix_sockets"`
	// Whom the node lets in over TLS, as in libvirtd.conf, and with which versions of
	// it.
	TLS tlsKeys `yaml:"tls"`
	// Certificates that are otherwise than they should be, by their names in
	// certificates.md: of the server, of the CA, and of the client that URIs lead to.
	Certificates []certs.Variant `yaml:"certificates"`
	// Who may log in to the node's SSH server, how it presents itself, and what users
	// find there.
	SSH sshKeys `yaml:"ssh"`
	// How much a client may ask for, as in libvirtd.conf.
	Limits limitKeys `yaml:"limits"`
	// The machine that the node is. There is one for each driver so far, called
	// default: for qemu an ordinary x86 machine with KVM, 4 cores of 2 threads
	// and 32 GiB; for test the one that libvirt's test driver makes up.
	Host        hostName `yaml:"host"`
	contentKeys `yaml:",inline"`
	// A user's daemon for qemu:///session beside the system's, with drivers and objects
	// of its own; without keys of its own, with the node's drivers as they begin by
	// themselves. Default: none, and the node's own daemon serves the sessions.
	SessionDaemon *sessionKeys `yaml:"session_daemon"`
	// Faults that are in force from the start. Their calls count from the node's
	// first connection.
	Faults []faultRule `yaml:"faults"`
	// What happens by itself later.
	Timeline []timelineEntry `yaml:"timeline"`
}

// contentKeys are what a daemon has.
type contentKeys struct {
	// The hypervisor drivers that the node has, of qemu, test, xen, lxc, openvz,
	// bhyve, vbox, vz and ch. A client that names none gets the first. Default:
	// [qemu, test]; for a session daemon, those of the node.
	Drivers []string `yaml:"drivers"`
	// Drivers that are installed and cannot run, such as xen on a machine without
	// Xen.
	InactiveDrivers []string `yaml:"inactive_drivers"`
	// What a client opens that names nothing, as uri_default in libvirt.conf.
	// Default: the first hypervisor that libvirt finds.
	DefaultURI string `yaml:"default_uri"`
	// Files on the node that test:///PATH reads its objects from.
	TestFiles []testFileKeys `yaml:"test_files"`
	// What each driver has when a client comes.
	Objects objectKeys `yaml:"objects"`
}

// testFileKeys are a file that test:///PATH reads: a document node as libvirt
// describes it. No other file is ever read because of a URI.
type testFileKeys struct {
	place
	// Its path on the node, which begins with a slash.
	Path string `yaml:"path"`
	// What is in it.
	XML string `yaml:"xml"`
	// A file with what is in it, beside the scenario's or anywhere.
	File string `yaml:"file"`
}

// limitKeys are as in libvirtd.conf.
type limitKeys struct {
	place
	// How many clients may be connected at a time. Default: 5000.
	MaxClients *int `yaml:"max_clients"`
	// How many calls of one connection may be in flight before the node reads no
	// more of it. Default: 5.
	MaxClientRequests *int `yaml:"max_client_requests"`
	// After how much silence the node pings a client that takes part in
	// keepalive; 0s never does. Default: 5s.
	KeepAliveInterval *fault.Duration `yaml:"keepalive_interval"`
	// How many pings may go without an answer. Default: 5.
	KeepAliveCount *int `yaml:"keepalive_count"`
}

// faultRule is one fault: what it is about, how many it lets pass and hits, and
// exactly one action.
type faultRule struct {
	place
	fault.Rule `yaml:",inline"`
}

// timelineEntry is something that happens at a time, after some calls, or after
// some calls from a time on. It is a fault with a beginning.
type timelineEntry struct {
	place
	// When it happens, counted from the node's start by its clock. With after or
	// on, from when calls count.
	At *fault.Duration `yaml:"at"`
	// After which calls it happens, once: short for on, skip and times.
	After      *afterKeys `yaml:"after"`
	fault.Rule `yaml:",inline"`
}

// afterKeys count calls.
type afterKeys struct {
	place
	// Which calls count: names of procedures, or patterns of them.
	On fault.Names `yaml:"on"`
	// Which of them it is, counted from 1. Default: 1.
	Count *int `yaml:"count"`
}

// transports are addresses by transport; "" is a free one. Nil is the default.
type transports map[call.Transport]string
