package certs

import (
	"bytes"
	"fmt"
	"net"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// KnownHostsForm is what a known_hosts file says of a server.
type KnownHostsForm int

// The forms. Clients differ in what they make of them: libvirt's libssh and libssh2 do
// not know of revoked keys, nor of authorities.
const (
	// KnownHostsPlain has the server's keys under all its names, with the port as in
	// "[host]:2222" unless that is 22.
	KnownHostsPlain KnownHostsForm = iota
	// KnownHostsHashed is the same with hashed names: HashKnownHosts of ssh_config.
	KnownHostsHashed
	// KnownHostsEmpty has nothing.
	KnownHostsEmpty
	// KnownHostsOtherHost has the server's keys, under the name of another host.
	KnownHostsOtherHost
	// KnownHostsOtherKey has the server's names, with other keys of the same kinds:
	// what a client has whose server was installed anew.
	KnownHostsOtherKey
	// KnownHostsOtherKind has the server's names, with a key of a kind that the
	// server does not have.
	KnownHostsOtherKind
	// KnownHostsWithoutPort has the server's keys under its names without a port,
	// which are those of another server unless it has port 22. OpenSSH and libssh2
	// take them for other ports as well; libssh and Go do not.
	KnownHostsWithoutPort
	// KnownHostsAuthority has the authority that signs host keys (@cert-authority)
	// under the server's names, and no keys of its own: see SSHClient.Authority.
	KnownHostsAuthority
	// KnownHostsRevoked has the server's keys, and says that they must not be used.
	KnownHostsRevoked
)

var knownHostsForms = [...]string{"plain", "hashed", "empty", "other-host", "other-key", "other-kind", "without-port", "authority", "revoked"}

// String returns the name of the form, such as "without-port".
func (f KnownHostsForm) String() string {
	if f < 0 || int(f) >= len(knownHostsForms) {
		return fmt.Sprintf("KnownHostsForm(%d)", int(f))
	}
	return knownHostsForms[f]
}

// MarshalText returns the name of the form.
func (f KnownHostsForm) MarshalText() ([]byte, error) {
	if f < 0 || int(f) >= len(knownHostsForms) {
		return nil, fmt.Errorf("certs: there is no form %d of known_hosts", int(f))
	}
	return []byte(knownHostsForms[f]), nil
}

// UnmarshalText reads the name of a form.
func (f *KnownHostsForm) UnmarshalText(text []byte) error {
	for i, name := range knownHostsForms {
		if strings.EqualFold(name, string(text)) {
			*f = KnownHostsForm(i)
			return nil
		}
	}
	return fmt.Errorf("certs: unknown form of known_hosts %q: want one of %s", text, strings.Join(knownHostsForms[:], ", "))
}

// otherHost is not the name of any host (RFC 2606).
const otherHost = "other.invalid"

// knownKeys returns the keys that a form names.
func (s *SSH) knownKeys(c SSHClient) ([]ssh.PublicKey, error) {
	var from = s
	switch c.Form {
	case KnownHostsEmpty:
		return nil, nil
	case KnownHostsOtherKey:
		var err error
		if from, err = s.Renew(); err != nil {
			return nil, err
		}
	case KnownHostsOtherKind:
		var err error
		if from, err = NewSSH(HostKeys(s.missingKind())); err != nil {
			return nil, err
		}
	case KnownHostsAuthority:
		if c.Authority == nil {
			return nil, fmt.Errorf("certs: known_hosts of the form %s need an authority", c.Form)
		}
		return []ssh.PublicKey{c.Authority}, nil
	}
	keys := make([]ssh.PublicKey, len(from.HostKeys))
	for i, key := range from.HostKeys {
		keys[i] = key.PublicKey()
	}
	return keys, nil
}

// missingKind returns a kind of which there is no host key.
func (s *SSH) missingKind() KeyType {
	have := make(map[string]bool)
	for _, key := range s.HostKeys {
		have[key.PublicKey().Type()] = true
	}
	switch {
	case !have[ssh.KeyAlgoED25519]:
		return Ed25519
	case !have[ssh.KeyAlgoECDSA256]:
		return P256
	case !have[ssh.KeyAlgoECDSA384]:
		return P384
	case !have[ssh.KeyAlgoECDSA521]:
		return P521
	}
	return RSA2048
}

// knownName returns a host:port as it stands in the file.
func (f KnownHostsForm) knownName(hostPort string) string {
	switch f {
	case KnownHostsOtherHost:
		return knownhosts.Normalize(net.JoinHostPort(otherHost, port(hostPort)))
	case KnownHostsWithoutPort:
		host, _, _ := net.SplitHostPort(hostPort) // checked
		return host
	case KnownHostsHashed:
		return knownhosts.HashHostname(knownhosts.Normalize(hostPort))
	}
	return knownhosts.Normalize(hostPort)
}

func port(hostPort string) string {
	_, port, _ := net.SplitHostPort(hostPort) // checked
	return port
}

// KnownHosts returns the known_hosts file for the host keys of s, readable by
// OpenSSH, libssh, libssh2 and Go, in the form that c says. Each line has one host and
// one key: libssh2 reads lines of 4 KiB at most.
func (s *SSH) KnownHosts(c SSHClient) ([]byte, error) {
	hosts, err := c.hosts()
	if err != nil {
		return nil, err
	}
	keys, err := s.knownKeys(c)
	if err != nil {
		return nil, err
	}
	marker := map[KnownHostsForm]string{KnownHostsAuthority: "@cert-authority ", KnownHostsRevoked: "@revoked "}[c.Form]
	var b bytes.Buffer
	seen := make(map[string]bool)
	for _, key := range keys {
		for _, host := range hosts {
			line := marker + c.Form.knownName(host) + " " + string(ssh.MarshalAuthorizedKey(key))
			if !seen[line] {
				seen[line] = true
				b.WriteString(line)
			}
		}
	}
	return b.Bytes(), nil
}
