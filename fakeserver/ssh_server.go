package fakeserver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd"
)

// SSHServer is how the node's SSH server presents itself. Algorithms have the names
// of the protocol, and each list that is empty is what the server has by itself.
type SSHServer struct {
	// Version is the identification string; the default is that of Debian 12's
	// OpenSSH 9.2. It must begin with "SSH-2.0-".
	Version string `yaml:"version,omitempty"`
	// HostKeys are the kinds of keys that are made: "ed25519" alone, unless there are
	// keys by WithSSHKeys or WithSSHDir, which count before this.
	HostKeys []certs.KeyType `yaml:"host_keys,omitempty"`
	// ChangeHostKeysAt are the numbers, from 1, of the connections to the SSH server
	// that find new host keys of the same kinds. Those that follow find them as well.
	ChangeHostKeysAt []int `yaml:"change_host_keys_at,omitempty"`

	// HostKeyAlgorithms are those by which the server proves itself: "rsa-sha2-512",
	// "rsa-sha2-256", "ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", …
	HostKeyAlgorithms []string `yaml:"host_key_algorithms,omitempty"`
	// PublicKeyAlgorithms are those by which users may: PubkeyAcceptedAlgorithms.
	PublicKeyAlgorithms []string `yaml:"public_key_algorithms,omitempty"`
	// KexAlgorithms are the key exchanges: "curve25519-sha256", …
	KexAlgorithms []string `yaml:"kex_algorithms,omitempty"`
	// Ciphers are those that encrypt: "aes128-ctr", …
	Ciphers []string `yaml:"ciphers,omitempty"`
	// MACs are those that authenticate: "hmac-sha2-256", …
	MACs []string `yaml:"macs,omitempty"`
}

// WithSSHServer sets how the SSH server presents itself.
func WithSSHServer(server SSHServer) Option {
	return func(c *config) { c.sshServer = server }
}

func (c *config) checkSSHServer() error {
	for _, n := range c.sshServer.ChangeHostKeysAt {
		if n < 1 {
			return fmt.Errorf("WithSSHServer: change_host_keys_at has %d: connections count from 1", n)
		}
	}
	if err := sshd.Check(c.sshServer.Version, c.sshServer.algorithms(), nil); err != nil {
		return fmt.Errorf("WithSSHServer: %w", err)
	}
	if c.ssh != nil || c.sshDir != "" {
		return nil // what kinds of keys these are is seen once they are read
	}
	return c.sshServer.checkHostKeys()
}

// checkHostKeys finds kinds of keys that cannot be made, or do not sign with what is
// allowed.
func (s SSHServer) checkHostKeys() error {
	kinds := s.HostKeys
	if len(kinds) == 0 {
		kinds = []certs.KeyType{certs.Ed25519}
	}
	able := false
	for i, k := range kinds {
		signs := signaturesOf(k)
		if slices.ContainsFunc(kinds[:i], func(other certs.KeyType) bool { return slices.Equal(signaturesOf(other), signs) }) {
			return fmt.Errorf("WithSSHServer: host_keys has two host keys for %s, the second %s: a server has one of each algorithm", signs[0], k)
		}
		able = able || slices.ContainsFunc(signs, func(name string) bool { return slices.Contains(s.HostKeyAlgorithms, name) })
	}
	if !able && len(s.HostKeyAlgorithms) > 0 {
		return fmt.Errorf("WithSSHServer: no host key signs with %s", strings.Join(s.HostKeyAlgorithms, ", "))
	}
	return nil
}

// signaturesOf returns the algorithms of the signatures that a kind of key makes.
func signaturesOf(k certs.KeyType) []string {
	switch k {
	case certs.Ed25519:
		return []string{gossh.KeyAlgoED25519}
	case certs.P256:
		return []string{gossh.KeyAlgoECDSA256}
	case certs.P384:
		return []string{gossh.KeyAlgoECDSA384}
	case certs.P521:
		return []string{gossh.KeyAlgoECDSA521}
	}
	return []string{gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSA}
}

// keyOptions are for keys that are made.
func (s SSHServer) keyOptions() []certs.Option {
	if len(s.HostKeys) == 0 {
		return nil
	}
	return []certs.Option{certs.HostKeys(s.HostKeys...)}
}

func (s SSHServer) algorithms() sshd.Algorithms {
	return sshd.Algorithms{
		KeyExchanges: slices.Clone(s.KexAlgorithms), Ciphers: slices.Clone(s.Ciphers), MACs: slices.Clone(s.MACs),
		HostKeys: slices.Clone(s.HostKeyAlgorithms), UserKeys: slices.Clone(s.PublicKeyAlgorithms),
	}
}

// sshHostKeys are the host keys of the connection to come.
type sshHostKeys struct {
	mu      sync.Mutex
	current *certs.SSH
	changes []*certs.SSH // by WithSSHServer, made beforehand
	at      []int
	count   int // connections so far
}

// begin takes the keys that the node has from the start.
func (h *sshHostKeys) begin(keys *certs.SSH, at []int) error {
	h.current, h.at = keys, slices.Sorted(slices.Values(at))
	h.at = slices.Compact(h.at)
	for range h.at {
		renewed, err := keys.Renew()
		if err != nil {
			return err
		}
		h.changes = append(h.changes, renewed)
	}
	return nil
}

// next returns the keys for one more connection.
func (h *sshHostKeys) next() []gossh.Signer {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count++
	if len(h.at) > 0 && h.count >= h.at[0] {
		h.current, h.changes, h.at = h.changes[0], h.changes[1:], h.at[1:]
	}
	return hostKeysOf(h.current)
}

func hostKeysOf(keys *certs.SSH) []gossh.Signer {
	return slices.Concat(keys.HostCertificates, keys.HostKeys)
}

// SSHKeys returns the keys that the node began with: those that its known_hosts has.
// It is nil if the node does not listen on ssh.
func (s *Server) SSHKeys() *certs.SSH { return s.listener.ssh }

// ChangeHostKeys gives the SSH server the host keys of keys, and their certificates,
// from the next connection on; nil is new ones of the same kinds. The files of
// SSHFiles stay as they are, so that clients meet a host whose key has changed. It
// fails without a key that the server's algorithms allow.
func (s *Server) ChangeHostKeys(keys *certs.SSH) error {
	if s.listener.ssh == nil {
		return errNotListening(call.SSH)
	}
	h := &s.listener.hostKeys
	h.mu.Lock()
	defer h.mu.Unlock()
	if keys == nil {
		var err error
		if keys, err = h.current.Renew(); err != nil {
			return err
		}
	}
	if !s.cfg.sshServer.algorithms().Allow(hostKeysOf(keys)) {
		return errors.New("there is no host key that the SSH server's algorithms allow")
	}
	h.current = keys
	return nil
}

// WriteSSHClient writes into dir what SSH clients need, as SSHFiles has it, but for what
// c says otherwise: another form of known_hosts, or the key of an agent. Its Addresses,
// Names and User are the node's unless they are set.
func (s *Server) WriteSSHClient(dir string, c certs.SSHClient) (certs.SSHFiles, error) {
	if s.listener.ssh == nil {
		return certs.SSHFiles{}, errNotListening(call.SSH)
	}
	if c.Addresses == nil {
		c.Addresses = []string{s.listener.addrs[call.SSH]}
	}
	if c.Names == nil {
		c.Names = s.cfg.names
	}
	if c.User == "" {
		c.User = sshUser
	}
	return s.listener.ssh.WriteClient(dir, c)
}
