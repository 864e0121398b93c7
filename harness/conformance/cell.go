package conformance

import (
	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Cell is one row of the matrix.
type Cell struct {
	// ID names the row, and stays: TRANSPORT/COMPONENT-OR-PARAMETER/VALUE, such as
	// tls/no_verify/zero. Its first part is none for URIs without a transport,
	// example for those of libvirt's documentation, and driver.
	ID string
	// Title is what the row proves, as a sentence without its dot.
	Title string
	// Section is the part of libvirt's documentation, with the anchor.
	Section string
	// Transport is the one that the client is to take.
	Transport call.Transport
	// Parameter is the extra parameter that the row is about, or the component:
	// transport, user, host, port, path, driver, certificate, host-key.
	Parameter string
	// Needs lists what the client, or the machine, must be able to do.
	Needs []Capability
	// URI is the template of the URI; see Env. It is empty for rows that are about
	// none at all.
	URI string
	// Want is what must come of it.
	Want Want
	// Setup prepares the node and the client; nil where there is nothing to prepare.
	Setup func(*Setup) error
	// Certificate is the entry of the catalogue of package certs that the row is about.
	Certificate certs.Variant
	// Quirk marks rows that prove what libvirt's client was seen to do, where its
	// documentation says nothing.
	Quirk bool
}

// Setup is the preparation of one run of a row.
type Setup struct {
	options []fakeserver.Option
	door    Door
	session bool
	client  []func(*Env) error
}

// PKI gives the node these certificates.
func (s *Setup) PKI(p *certs.PKI) { s.door.PKI = p }

// Certificates puts certificates of the catalogue in the place of the node's and the
// client's.
func (s *Setup) Certificates(variants ...certs.Variant) {
	s.door.Certificates = append(s.door.Certificates, variants...)
}

// TLS sets whom the node lets in over TLS.
func (s *Setup) TLS(settings fakeserver.TLSSettings) { s.door.TLS = settings }

// Auth has clients prove who they are.
func (s *Setup) Auth(a fakeserver.Auth) { s.door.Auth = a }

// Session makes the node's daemon one of a user who is not root.
func (s *Setup) Session() { s.session = true }

// Node adds options of the node, beside its transports.
func (s *Setup) Node(opts ...fakeserver.Option) { s.options = append(s.options, opts...) }

// Client adds what is done to the client's surroundings once the node has started.
func (s *Setup) Client(f func(*Env) error) { s.client = append(s.client, f) }

// Capability is something that not every client can do, or not every machine.
type Capability string

// The capabilities.
const (
	// Environment is taking variables and files from the environment of the Attempt:
	// what a program does that is started with it. A client within the test's own
	// process has that of the test.
	Environment Capability = "environment"
	// Namespace is running in a mount namespace, by Attempt.Run.
	Namespace Capability = "namespace"
	// PTY is running under a terminal, by Attempt.Run.
	PTY Capability = "pty"
	// Input is reading answers from standard input where there is no terminal, by
	// Attempt.Run.
	Input Capability = "input"
	// LibSSH, LibSSH2 and Ext are having these transports.
	LibSSH  Capability = "libssh"
	LibSSH2 Capability = "libssh2"
	Ext     Capability = "ext"
	// SSHProgram is running the ssh program for the transport ssh: command, netcat,
	// proxy and no_tty are about it.
	SSHProgram Capability = "ssh-program"
	// SASL is logging in to a daemon with a password.
	SASL Capability = "sasl"
	// GSSAPI is doing so with Kerberos.
	GSSAPI Capability = "gssapi"
	// IPv6 is having ::1.
	IPv6 Capability = "ipv6"
	// NoURI is opening a connection without any URI, as virConnectOpen(NULL) does.
	NoURI Capability = "no-uri"
)

// Capabilities lists all, in the order in which they are shown.
func Capabilities() []Capability {
	return []Capability{Environment, Namespace, PTY, Input, LibSSH, LibSSH2, Ext, SSHProgram, SASL, GSSAPI, IPv6, NoURI}
}

// Want is what must come of a row. Exactly one of its fields is set.
type Want struct {
	Reach  *Reach
	Refuse *Refuse
}

// Reach is success: the client ends without an error, and the node has answered a
// CONNECT_OPEN that is as told, without the flag of a connection for reading alone. What
// is empty is not looked at. Strings are templates.
type Reach struct {
	// Name is that of CONNECT_OPEN; NoName says that it is empty.
	Name   string
	NoName bool
	// Transport is how it arrived; empty is that of the row.
	Transport call.Transport
	// User is who logged in over SSH.
	User string
	// Via lists the ways to the socket on the node, any of which will do.
	Via []string
	// Socket is the path, for unix on the client's machine and for SSH on the node.
	Socket string
	// Command has texts that the command for the node's shell must have, and NoCommand
	// texts that it must not.
	Command, NoCommand []string
	// Args has runs of arguments of the local ssh that must be there, and NoArgs such
	// that must not, each separated by blanks. The row's client environment must have
	// a Recorder.
	Args, NoArgs []string
	// ReadOnly is arriving on a read-only socket.
	ReadOnly bool
	// Type is the driver, as the node says it to a client that asks by CONNECT_GET_TYPE.
	Type string
	// Close is ending the connection with CONNECT_CLOSE.
	Close bool
	// Mechanism is that of SASL by which the client logged in to the daemon, and Login is
	// who it logged in as.
	Mechanism, Login string
	// TLSVersion is the version of the protocol, such as tls.VersionTLS12.
	TLSVersion uint16
	// Asked is a question on the terminal, which the runner answers.
	Asked bool
}

// Refuse is failure: the client ends with an error.
type Refuse struct {
	// Saw is the most that the node may have seen of the client.
	Saw Saw
	// Least is the least that it must have seen.
	Least Saw
	// Name is that of the CONNECT_OPEN that was refused, where it got so far. NoName
	// says that it is empty.
	Name   string
	NoName bool
	// NotAsked is no question on the terminal.
	NotAsked bool
}

// Saw is how far a client got.
type Saw int

// The stages of a connection.
const (
	// Nothing is no connection at all.
	Nothing Saw = iota
	// Connection is one that ended before anybody was let in: in the TLS handshake,
	// by the certificate, or in the login over SSH.
	Connection
	// Login is a login over SSH that led to no daemon.
	Login
	// RPC is a connection to the daemon without a CONNECT_OPEN.
	RPC
	// Open is a CONNECT_OPEN.
	Open
)

func (s Saw) String() string {
	return [...]string{"no connection", "a connection that was not let in", "an SSH login that reached no daemon", "a connection to the daemon without CONNECT_OPEN", "CONNECT_OPEN"}[s]
}
