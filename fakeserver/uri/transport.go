package uri

import (
	"strconv"
	"strings"
)

// Transport is the way by which a client reaches the daemon.
type Transport string

// The transports of libvirt's client.
const (
	Unix    Transport = "unix"
	TCP     Transport = "tcp"
	TLS     Transport = "tls"
	SSH     Transport = "ssh"
	LibSSH  Transport = "libssh"
	LibSSH2 Transport = "libssh2"
	Ext     Transport = "ext"
	// InProcess is none: the driver runs in the client's own library, and no
	// daemon hears of it. It cannot be written in a URI.
	InProcess Transport = "in-process"
)

// TransportInfo describes a transport.
type TransportInfo struct {
	Name        Transport `json:"name"`
	Meaning     string    `json:"meaning"`
	DefaultPort string    `json:"default_port,omitempty"`
	// PortOf says who knows the default port, where it is not libvirt.
	PortOf      string `json:"port_of,omitempty"`
	DefaultHost string `json:"default_host,omitempty"`
	DefaultUser string `json:"default_user,omitempty"`
	// DefaultWhen says when a URI without a transport has this one.
	DefaultWhen string `json:"default_when,omitempty"`
	// Secure is libvirt's is_secure: whether SASL may send passwords in clear.
	Secure bool `json:"secure"`
	// Section is the part of libvirt's documentation.
	Section    string      `json:"section"`
	Deviations []Deviation `json:"deviations,omitempty"`
}

// Deviation is what another client than libvirt's does differently.
type Deviation struct {
	// Client is the client's name, with its version where it matters.
	Client string `json:"client"`
	What   string `json:"what"`
	// Tried says that it was seen, not only read in the client's source.
	Tried bool `json:"tried"`
}

// The ports that clients take where a URI names none: libvirtd.conf's defaults for
// tcp_port and tls_port, and sshd's.
const (
	TCPPort = 16509
	TLSPort = 16514
	SSHPort = 22
)

// Docs is the page of libvirt's documentation that Section is an anchor of.
const Docs = "https://libvirt.org/uri.html"

// Transports returns the table of transports, in the order of the documentation.
func Transports() []TransportInfo {
	return []TransportInfo{
		{
			Name: TLS, Meaning: "TCP with TLS and x509 certificates on both sides", DefaultPort: strconv.Itoa(TLSPort), DefaultHost: "localhost",
			DefaultWhen: "a host is given", Secure: true, Section: "#tls-transport",
			Deviations: []Deviation{
				{"go-libvirt", "needs a client certificate and key, and verifies by Go's rules: a certificate without a SAN is refused", false},
				{"terraform-provider-libvirt 0.9", "a URI with a host and no transport is ssh", true},
				{"telegraf, packer-plugin-libvirt", "a URI with a host and no transport is unix: the host is ignored", true},
			},
		},
		{
			Name: Unix, Meaning: "a socket on the client's machine", DefaultWhen: "no host is given",
			Secure: true, Section: "#unix-transport",
			Deviations: []Deviation{
				{"go-libvirt", "knows no session sockets: always /var/run/libvirt/libvirt-sock, unless socket= is given", false},
				{"terraform-provider-libvirt 0.9", "refuses the written transport +unix", true},
			},
		},
		{
			Name: SSH, Meaning: "the ssh program, which runs virt-ssh-helper or netcat on the node", DefaultPort: strconv.Itoa(SSHPort),
			PortOf: "ssh: libvirt gives no -p", DefaultHost: "localhost", DefaultUser: "whom ssh takes: its configuration, or the local user",
			Secure: true, Section: "#ssh-transport",
			Deviations: []Deviation{
				{"go-libvirt", "no ssh program and no ssh_config: Go's own SSH, which forwards to the socket (direct-streamlocal) and runs no command", false},
				{"telegraf, packer-plugin-libvirt", "need a user in the URI", true},
			},
		},
		{
			Name: LibSSH, Meaning: "SSH by the library libssh", DefaultPort: strconv.Itoa(SSHPort), DefaultHost: "localhost", DefaultUser: "root",
			Secure: true, Section: "#libssh-and-libssh2-transport",
			Deviations: []Deviation{
				{"go-libvirt", "Go's own SSH for libssh and libssh2 alike; the default user is the local one", false},
				{"terraform-provider-libvirt 0.9", "refuses it: unsupported transport", true},
			},
		},
		{
			Name: LibSSH2, Meaning: "SSH by the library libssh2", DefaultPort: strconv.Itoa(SSHPort), DefaultHost: "localhost", DefaultUser: "root",
			Secure: true, Section: "#libssh-and-libssh2-transport",
			Deviations: []Deviation{
				{"go-libvirt", "Go's own SSH for libssh and libssh2 alike; the default user is the local one", false},
				{"terraform-provider-libvirt 0.9", "refuses it: unsupported transport", true},
			},
		},
		{
			Name: TCP, Meaning: "TCP, unencrypted", DefaultPort: strconv.Itoa(TCPPort), DefaultHost: "localhost",
			Section: "#tcp-transport",
		},
		{
			Name: Ext, Meaning: "a program of the user's whose standard input and output carry the protocol; host, port and user are ignored",
			Section: "#ext-transport",
			Deviations: []Deviation{
				{"go-libvirt", "refuses it: unsupported libvirt transport ext", false},
			},
		},
	}
}

// Transport returns the transport as libvirt's client chooses it, whatever the
// case of the letters. Without one written it is tls if there is a host, and unix
// if not. ok is false for one that libvirt does not know.
//
// That the driver may need no transport at all is the [URI.Plan]'s to say.
func (u *URI) Transport() (t Transport, ok bool) {
	if !u.HasSuffix {
		if u.HasHost {
			return TLS, true
		}
		return Unix, true
	}
	for _, info := range Transports() {
		if strings.EqualFold(u.Suffix, string(info.Name)) {
			return info.Name, true
		}
	}
	return "", false
}
