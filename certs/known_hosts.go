package certs

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// SSHClient says how clients reach an SSH server.
type SSHClient struct {
	// Addresses are the host:port that the server listens on. For 127.0.0.1, ::1 and
	// localhost all three are written down; for a wildcard (":2222", "0.0.0.0:2222",
	// "[::]:2222") every host at that port besides.
	Addresses []string

	// Names are further hosts, without a port, under which clients know those
	// addresses: what stands in their URIs.
	Names []string

	// User is the name to log in with where neither command line nor URI gives one.
	// Empty leaves it to the client: OpenSSH takes the local user's name, libssh and
	// libssh2 within libvirt take root.
	User string

	// Form is what known_hosts says of the server, by default what is right.
	Form KnownHostsForm
	// Agent has the stock ssh client take its keys from the agent at SSH_AUTH_SOCK
	// instead of the user's file. The other clients take sshauth=agent in a URI.
	Agent bool
	// LogLevel is that of the stock ssh client. The default, ERROR, is silent but for
	// refusals; INFO also tells why no connection comes about, as it does by itself.
	LogLevel string
	// Authority is the key that signs host keys, for KnownHostsAuthority.
	Authority ssh.PublicKey
}

// hosts returns every host:port under which the server may be known, each once.
func (c SSHClient) hosts() ([]string, error) {
	var hosts []string
	add := func(host, port string) {
		if hp := net.JoinHostPort(host, port); !slices.Contains(hosts, hp) {
			hosts = append(hosts, hp)
		}
	}
	var ports []string
	for _, address := range c.Addresses {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("certs: the address of an SSH server: %w", err)
		}
		if port == "" || strings.ContainsFunc(port, func(r rune) bool { return r < '0' || r > '9' }) {
			return nil, fmt.Errorf("certs: the address of an SSH server: %q has no port number", address)
		}
		if !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
		ip := net.ParseIP(host)
		wildcard := host == "" || ip != nil && ip.IsUnspecified()
		if wildcard || slices.Contains(loopbackNames(), host) {
			for _, name := range loopbackNames() {
				add(name, port)
			}
		}
		if wildcard {
			add("*", port)
		} else if err := checkHost(host); err != nil {
			return nil, err
		} else {
			add(host, port)
		}
	}
	for _, name := range c.Names {
		name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
		if err := checkHost(name); err != nil {
			return nil, err
		}
		for _, port := range ports {
			add(name, port)
		}
	}
	return hosts, nil
}

// checkHost refuses what would mean something else in known_hosts.
func checkHost(host string) error {
	if host == "" || strings.ContainsAny(host, " \t\r\n,#|@!/[]") {
		return fmt.Errorf("certs: %q is not the name of a host", host)
	}
	return nil
}

// fixedHostKeys accepts the keys given and no others, whatever the host is called.
func fixedHostKeys(keys []ssh.PublicKey) ssh.HostKeyCallback {
	return func(hostname string, _ net.Addr, key ssh.PublicKey) error {
		for _, k := range keys {
			if bytes.Equal(k.Marshal(), key.Marshal()) {
				return nil
			}
		}
		return fmt.Errorf("certs: host key of %s: %w", hostname, errForeignHostKey)
	}
}

var errForeignHostKey = errors.New("not a key of this server")
