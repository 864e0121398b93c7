package certs

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"time"

	"golang.org/x/crypto/ssh"
)

// SSHCA is an authority that signs the keys of hosts and of users with OpenSSH's
// certificates. Clients trust it for hosts by a line @cert-authority in known_hosts,
// servers for users by TrustedUserCAKeys.
type SSHCA struct {
	signer ssh.Signer
	random options
}

// SSHCert is what a certificate says.
type SSHCert struct {
	// Principals are the names that it is good for: users of a node, or names of
	// hosts, without a port. OpenSSH accepts none without.
	Principals []string
	// KeyID is for logs.
	KeyID  string
	Serial uint64
	// ValidAfter and ValidBefore bound when it is good; zero is no bound.
	ValidAfter, ValidBefore time.Time
	// CriticalOptions restrict a user's: source-address, force-command.
	CriticalOptions map[string]string
	// Extensions are what a user's allows; those of ssh-keygen if it is nil.
	Extensions map[string]string
}

// NewSSHCA makes an authority, with an Ed25519 key unless [Keys] says otherwise.
func NewSSHCA(opts ...Option) (*SSHCA, error) {
	o := collect(opts)
	key, err := o.sshKeyType().generate(o.random)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromSigner(key)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	return &SSHCA{signer: signer, random: o}, nil
}

// PublicKey returns the key by which the authority is known.
func (ca *SSHCA) PublicKey() ssh.PublicKey { return ca.signer.PublicKey() }

// Line returns the public key as a line of authorized_keys, and of the file of
// TrustedUserCAKeys.
func (ca *SSHCA) Line() string { return string(bytes.TrimSpace(publicFile(ca.PublicKey()))) }

// SignHost certifies every host key of s: a server then has the certificates beside
// the keys. It replaces those of before. s must not be in use yet.
func (ca *SSHCA) SignHost(s *SSH, c SSHCert) error {
	var signers []ssh.Signer
	for _, key := range s.HostKeys {
		cert, err := ca.sign(key.PublicKey(), ssh.HostCert, c)
		if err != nil {
			return err
		}
		signer, err := ssh.NewCertSigner(cert, key)
		if err != nil {
			return fmt.Errorf("certs: %w", err)
		}
		signers = append(signers, signer)
	}
	s.HostCertificates = signers
	return nil
}

// SignUser certifies the key of the user of s. [SSH.WriteClient] then writes the
// certificate beside the key, where OpenSSH finds it (id_ed25519-cert.pub). s must not
// be in use yet.
func (ca *SSHCA) SignUser(s *SSH, c SSHCert) error {
	if s.User == nil {
		return errors.New("certs: there is no user key")
	}
	cert, err := ca.sign(s.User.PublicKey(), ssh.UserCert, c)
	if err != nil {
		return err
	}
	s.UserCertificate = cert
	return nil
}

// userExtensions are what ssh-keygen gives users.
func userExtensions() map[string]string {
	return map[string]string{
		"permit-X11-forwarding": "", "permit-agent-forwarding": "", "permit-port-forwarding": "",
		"permit-pty": "", "permit-user-rc": "",
	}
}

func (ca *SSHCA) sign(key ssh.PublicKey, kind uint32, c SSHCert) (*ssh.Certificate, error) {
	cert := &ssh.Certificate{
		Key: key, CertType: kind, Serial: c.Serial, KeyId: c.KeyID,
		ValidPrincipals: append([]string(nil), c.Principals...),
		ValidBefore:     ssh.CertTimeInfinity,
	}
	if !c.ValidAfter.IsZero() {
		cert.ValidAfter = uint64(max(c.ValidAfter.Unix(), 0))
	}
	if !c.ValidBefore.IsZero() {
		cert.ValidBefore = uint64(max(c.ValidBefore.Unix(), 0))
	}
	if kind == ssh.UserCert {
		cert.CriticalOptions = maps.Clone(c.CriticalOptions)
		if cert.Extensions = maps.Clone(c.Extensions); cert.Extensions == nil {
			cert.Extensions = userExtensions()
		}
	}
	if err := cert.SignCert(randomOr(ca.random.random), ca.signer); err != nil {
		return nil, fmt.Errorf("certs: signing an SSH certificate: %w", err)
	}
	return cert, nil
}

// Renew returns keys with new host keys of the same kinds, and the same user: what a
// node has that was installed anew. Certificates of the hosts are not taken over.
func (s *SSH) Renew() (*SSH, error) {
	renewed := &SSH{User: s.User, UserCertificate: s.UserCertificate, private: maps.Clone(s.private)}
	for _, old := range s.HostKeys {
		key, ok := s.privateOf(old)
		if !ok {
			return nil, fmt.Errorf("certs: the private key of %s is not at hand", ssh.FingerprintSHA256(old.PublicKey()))
		}
		if err := renewed.makeHostKey(key.kind, collect(nil)); err != nil {
			return nil, err
		}
	}
	return renewed, nil
}
