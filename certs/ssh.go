package certs

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// SSH holds the keys of an SSH server and of the one user who may log in to it.
// It is safe for concurrent use.
type SSH struct {
	// HostKeys are what the server proves itself with: each goes to AddHostKey of a
	// server configuration. NewSSH makes one.
	HostKeys []ssh.Signer

	// HostCertificates are what a server proves itself with beside HostKeys; see
	// [SSHCA.SignHost]. Each goes to AddHostKey as well.
	HostCertificates []ssh.Signer

	// User is the key that a client logs in with.
	User ssh.Signer

	// UserCertificate certifies the key of User, if an authority has signed it; see
	// [SSHCA.SignUser].
	UserCertificate *ssh.Certificate

	// private finds the private key that a signer hides, by its public key.
	private map[string]privateKey
}

type privateKey struct {
	crypto.Signer
	kind KeyType
}

// NewSSH makes a host key and a user key, both Ed25519 unless [Keys] or [HostKeys]
// say otherwise. [Rand] makes them repeat.
func NewSSH(opts ...Option) (*SSH, error) {
	o := collect(opts)
	s := &SSH{private: map[string]privateKey{}}
	for _, kind := range o.hostKeyTypes() {
		if err := s.makeHostKey(kind, o); err != nil {
			return nil, err
		}
	}
	return s, s.makeUserKey(o)
}

func (o *options) sshKeyType() KeyType {
	if o.keys != nil {
		return *o.keys
	}
	return Ed25519
}

func (o *options) hostKeyTypes() []KeyType {
	if len(o.hostKeys) > 0 {
		return o.hostKeys
	}
	return []KeyType{o.sshKeyType()}
}

func (s *SSH) makeHostKey(kind KeyType, o options) error {
	for _, have := range s.HostKeys {
		if known, ok := s.privateOf(have); ok && hostKeyFile(known.kind) == hostKeyFile(kind) {
			return fmt.Errorf("certs: two host keys would be %s: a server has one of each algorithm", hostKeyFile(kind))
		}
	}
	key, err := kind.generate(o.random)
	if err != nil {
		return err
	}
	signer, err := s.adopt(key, kind)
	if err != nil {
		return err
	}
	s.HostKeys = append(s.HostKeys, signer)
	return nil
}

func (s *SSH) makeUserKey(o options) error {
	kind := o.sshKeyType()
	key, err := kind.generate(o.random)
	if err != nil {
		return err
	}
	s.User, err = s.adopt(key, kind)
	return err
}

// adopt returns the signer of a private key, and remembers the key for writing.
func (s *SSH) adopt(key crypto.Signer, kind KeyType) (ssh.Signer, error) {
	signer, err := ssh.NewSignerFromSigner(key)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	s.private[string(signer.PublicKey().Marshal())] = privateKey{key, kind}
	return signer, nil
}

func (s *SSH) privateOf(signer ssh.Signer) (privateKey, bool) {
	key, ok := s.private[string(signer.PublicKey().Marshal())]
	return key, ok
}

// Authorized tells whether key is the one that the user logs in with. It is what a
// server's PublicKeyCallback asks.
func (s *SSH) Authorized(key ssh.PublicKey) bool {
	return s.User != nil && bytes.Equal(key.Marshal(), s.User.PublicKey().Marshal())
}

// ClientConfig returns the configuration of a client written in Go, which logs in
// as user and accepts the host keys of s and no others.
func (s *SSH) ClientConfig(user string) *ssh.ClientConfig {
	keys := make([]ssh.PublicKey, len(s.HostKeys))
	for i, k := range s.HostKeys {
		keys[i] = k.PublicKey()
	}
	return &ssh.ClientConfig{
		User:            user,
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(s.User)},
		HostKeyCallback: fixedHostKeys(keys),
	}
}

// comment stands at the end of public keys, where OpenSSH puts user@host.
const comment = "fakelibvirtd"

// publicFile returns the line that OpenSSH keeps in a .pub file.
func publicFile(key ssh.PublicKey) []byte {
	line := bytes.TrimSuffix(ssh.MarshalAuthorizedKey(key), []byte("\n"))
	return append(line, " "+comment+"\n"...)
}

// privateFile returns the key in OpenSSH's own format, which everybody reads:
// libssh2 knows Ed25519 keys in no other.
func (s *SSH) privateFile(signer ssh.Signer) ([]byte, error) {
	key, ok := s.privateOf(signer)
	if !ok {
		return nil, fmt.Errorf("certs: the private key of %s is not at hand", ssh.FingerprintSHA256(signer.PublicKey()))
	}
	block, err := ssh.MarshalPrivateKey(key.Signer, comment)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	if err := steadyCheck(block, signer.PublicKey()); err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	return pem.EncodeToMemory(block), nil
}

// steadyCheck replaces the random number that stands twice at the start of the
// private section. It serves to tell a wrong passphrase, and there is none; taken
// from the public key it makes the file repeat.
func steadyCheck(block *pem.Block, public ssh.PublicKey) error {
	// "openssh-key-v1" and the fields after it, as in OpenSSH's PROTOCOL.key.
	const magic = "openssh-key-v1\x00"
	var fields struct {
		Cipher, KDF, KDFOptions string
		Keys                    uint32
		Public, Private         []byte
	}
	if !bytes.HasPrefix(block.Bytes, []byte(magic)) {
		return errors.New("not an OpenSSH private key")
	}
	if err := ssh.Unmarshal(block.Bytes[len(magic):], &fields); err != nil {
		return err
	}
	if len(fields.Private) < 8 {
		return errors.New("the private section is too short")
	}
	blob := public.Marshal()
	copy(fields.Private, blob[len(blob)-4:])
	copy(fields.Private[4:], blob[len(blob)-4:])
	block.Bytes = append([]byte(magic), ssh.Marshal(fields)...)
	return nil
}
