package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// hostKeyFile names the file of a host key as in /etc/ssh. OpenSSH has no names for
// the larger curves, and one server may well have them beside P-256.
func hostKeyFile(kind KeyType) string {
	switch kind {
	case P256:
		return "ssh_host_ecdsa_key"
	case P384:
		return "ssh_host_ecdsa384_key"
	case P521:
		return "ssh_host_ecdsa521_key"
	case Ed25519:
		return "ssh_host_ed25519_key"
	}
	return "ssh_host_rsa_key"
}

// userKeyFile names the file of a user's key as ssh-keygen does.
func userKeyFile(kind KeyType) string {
	switch kind {
	case P256, P384, P521:
		return "id_ecdsa"
	case Ed25519:
		return "id_ed25519"
	}
	return "id_rsa"
}

// userKeyFiles are the names under which a user's key is looked for.
func userKeyFiles() []string { return []string{"id_ed25519", "id_ecdsa", "id_rsa"} }

// WriteKeys writes the host keys and the user's key into dir, which it makes if it
// is missing: ssh_host_ed25519_key, id_ed25519 and their .pub files, or what the
// kinds of keys are called, and certificates beside them (-cert.pub). [LoadSSH] reads
// the keys back, not the certificates.
func (s *SSH) WriteKeys(dir string) error {
	files, _, err := s.userFiles()
	if err != nil {
		return err
	}
	for _, signer := range s.HostKeys {
		more, err := s.keyFiles(signer, hostKeyFile)
		if err != nil {
			return err
		}
		files = append(files, more...)
	}
	for i, cert := range s.HostCertificates {
		key, _ := s.privateOf(s.HostKeys[i])
		files = append(files, file{hostKeyFile(key.kind) + "-cert.pub", publicFile(cert.PublicKey()), modePublic})
	}
	return writeFiles(dir, files)
}

// userFiles returns the files of the user's key, and the name of the private one.
func (s *SSH) userFiles() (files []file, name string, err error) {
	if s.User == nil {
		return nil, "", errors.New("certs: there is no user key")
	}
	files, err = s.keyFiles(s.User, userKeyFile)
	if err != nil {
		return nil, "", err
	}
	name = files[0].name
	if s.UserCertificate != nil {
		files = append(files, file{name + "-cert.pub", publicFile(s.UserCertificate), modePublic})
	}
	return files, name, nil
}

func (s *SSH) keyFiles(signer ssh.Signer, naming func(KeyType) string) ([]file, error) {
	private, err := s.privateFile(signer)
	if err != nil {
		return nil, err
	}
	key, _ := s.privateOf(signer)
	name := naming(key.kind)
	return []file{
		{name, private, modeSecret},
		{name + ".pub", publicFile(signer.PublicKey()), modePublic},
	}, nil
}

// LoadSSH reads the keys in dir: every ssh_host_*_key, and the first of id_ed25519,
// id_ecdsa and id_rsa. They may have been written by [SSH.WriteKeys] or made with
// ssh-keygen, without a passphrase. An error names the file that it is about;
// errors.Is(err, fs.ErrNotExist) tells that one is missing.
func LoadSSH(dir string) (*SSH, error) {
	s, err := readSSH(dir)
	if err != nil {
		return nil, err
	}
	if len(s.HostKeys) == 0 {
		return nil, fmt.Errorf("certs: %s: %w", filepath.Join(dir, hostKeyFile(Ed25519)), fs.ErrNotExist)
	}
	if s.User == nil {
		return nil, fmt.Errorf("certs: %s: %w", filepath.Join(dir, userKeyFile(Ed25519)), fs.ErrNotExist)
	}
	return s, nil
}

// LoadOrNewSSH is for a directory that a person names once and uses again, as with
// `fakelibvirtd --ssh-dir DIR`: it loads the keys that are there and makes and
// writes those that are missing. The options matter for those alone.
func LoadOrNewSSH(dir string, opts ...Option) (*SSH, error) {
	o := collect(opts)
	s, err := readSSH(dir)
	if err != nil {
		return nil, err
	}
	var files []file
	if len(s.HostKeys) == 0 {
		for _, kind := range o.hostKeyTypes() {
			if err := s.makeHostKey(kind, o); err != nil {
				return nil, err
			}
			more, err := s.keyFiles(s.HostKeys[len(s.HostKeys)-1], hostKeyFile)
			if err != nil {
				return nil, err
			}
			files = append(files, more...)
		}
	}
	if s.User == nil {
		if err := s.makeUserKey(o); err != nil {
			return nil, err
		}
		more, _, err := s.userFiles()
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return s, writeFiles(dir, files)
}

// readSSH reads what keys there are.
func readSSH(dir string) (*SSH, error) {
	s := &SSH{private: map[string]privateKey{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, missing(err)
	}
	for _, entry := range entries {
		if ok, _ := filepath.Match("ssh_host_*_key", entry.Name()); !ok {
			continue
		}
		signer, err := s.read(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		s.HostKeys = append(s.HostKeys, signer)
	}
	for _, name := range userKeyFiles() {
		path := filepath.Join(dir, name)
		if !exists(path) {
			continue
		}
		s.User, err = s.read(path)
		return s, err
	}
	return s, nil
}

func (s *SSH) read(path string) (ssh.Signer, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, missing(err)
	}
	raw, err := ssh.ParseRawPrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("certs: %s: %w", path, err)
	}
	key, kind, err := classify(raw)
	if err != nil {
		return nil, fmt.Errorf("certs: %s: %w", path, err)
	}
	return s.adopt(key, kind)
}

// classify tells what kind of key was read. The size of an RSA key decides nothing
// once it is made.
func classify(raw any) (crypto.Signer, KeyType, error) {
	switch key := raw.(type) {
	case *ed25519.PrivateKey:
		return *key, Ed25519, nil
	case ed25519.PrivateKey:
		return key, Ed25519, nil
	case *rsa.PrivateKey:
		return key, RSA2048, nil
	case *ecdsa.PrivateKey:
		switch key.Curve.Params().BitSize {
		case 256:
			return key, P256, nil
		case 384:
			return key, P384, nil
		case 521:
			return key, P521, nil
		}
	}
	return nil, 0, fmt.Errorf("a key of type %T is not one for SSH here", raw)
}
