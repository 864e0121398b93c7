package fakeserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// files is what a Server keeps on disk: sockets, and what clients need to reach
// it. The latter is written once somebody asks for a URI that names it, since
// making files is the slowest thing that a Server does.
type files struct {
	mu      sync.Mutex
	dir     string   // "" until something is written
	removed bool     // the Server has ended
	lent    []string // directories made in another's, which go if they are empty
	pkiPath string
	ssh     certs.SSHFiles
	ext     string

	pkiVariants []string // directories of ClientPKIPath
}

// runtimeDir returns the directory for sockets and client files, which it
// makes: a short one, since the path of a socket is limited to some hundred
// bytes, which t.TempDir and the temporary directories of some systems exceed.
func (s *Server) runtimeDir() (string, error) {
	s.files.mu.Lock()
	defer s.files.mu.Unlock()
	return s.files.makeDir(s.cfg.dir)
}

// makeDir makes a directory of the Server's own in base, or where temporary
// files go. Close removes it, and nothing else.
func (f *files) makeDir(base string) (string, error) {
	if f.removed {
		return "", errors.New("the node is closed")
	}
	if f.dir != "" {
		return f.dir, nil
	}
	const longest = 48
	if base == "" {
		if base = os.TempDir(); len(base) > longest {
			base = "/tmp"
		}
	}
	base, err := filepath.Abs(base)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(base, "fakelibvirt-")
	if err != nil {
		return "", fmt.Errorf("making a directory for sockets: %w", err)
	}
	f.dir = dir
	return dir, nil
}

// made has remove delete an empty directory that the Server made.
func (f *files) made(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lent = append(f.lent, dir)
}

// remove deletes what the Server wrote.
func (f *files) remove() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.removed = true
	for _, dir := range slices.Backward(f.lent) {
		_ = os.Remove(dir) // not if somebody else has put something there
	}
	if f.dir == "" {
		return nil
	}
	return os.RemoveAll(f.dir)
}

// PKIPath returns the directory with the client's certificates (cacert.pem,
// clientcert.pem, clientkey.pem), for the URI parameter pkipath.
func (s *Server) PKIPath() (string, error) {
	if s.listener.tls.clients == nil {
		return "", errNotListening(call.TLS)
	}
	f := &s.files
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pkiPath != "" {
		return f.pkiPath, nil
	}
	path := s.cfg.pkiDir
	switch {
	case path == "":
		dir, err := f.makeDir(s.cfg.dir)
		if err != nil {
			return "", err
		}
		path = filepath.Join(dir, "pki")
	case len(s.cfg.certificates) > 0:
		path = filepath.Join(path, "clients") // those in the directory are to stay good
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := s.listener.tls.clients.WritePKIPath(path); err != nil {
		return "", err
	}
	f.pkiPath = path
	return path, nil
}

// SSHFiles returns the files that SSH clients need to log in and to know the
// host.
func (s *Server) SSHFiles() (certs.SSHFiles, error) {
	if s.listener.ssh == nil {
		return certs.SSHFiles{}, errNotListening(call.SSH)
	}
	f := &s.files
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ssh.Key != "" {
		return f.ssh, nil
	}
	path := s.cfg.sshDir
	if path == "" {
		dir, err := f.makeDir(s.cfg.dir)
		if err != nil {
			return certs.SSHFiles{}, err
		}
		path = filepath.Join(dir, "ssh")
	}
	files, err := s.listener.ssh.WriteClient(path, certs.SSHClient{
		Addresses: []string{s.listener.addrs[call.SSH]},
		Names:     s.cfg.names,
		User:      sshUser,
	})
	if err != nil {
		return certs.SSHFiles{}, err
	}
	f.ssh = files
	return files, nil
}

// extWrapper returns the program for the URI parameter command of the transport
// ext, which libvirt runs without arguments.
func (s *Server) extWrapper() (string, error) {
	socket := s.listener.addrs[call.Unix]
	if socket == "" {
		return "", errNotListening(call.Unix)
	}
	f := &s.files
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ext != "" {
		return f.ext, nil
	}
	dir, err := f.makeDir(s.cfg.dir)
	if err != nil {
		return "", err
	}
	command := s.cfg.extCommand
	if len(command) == 0 {
		command = []string{"nc", "-U"}
	}
	words := make([]string, 0, len(command)+1)
	for _, word := range append(slices.Clone(command), socket) {
		words = append(words, "'"+strings.ReplaceAll(word, "'", `'\''`)+"'")
	}
	path := filepath.Join(dir, "ext")
	script := "#!/bin/sh\nexec " + strings.Join(words, " ") + "\n"
	const executable fs.FileMode = 0o755
	if err := os.WriteFile(path, []byte(script), executable); err != nil {
		return "", fmt.Errorf("writing the command for the transport ext: %w", err)
	}
	f.ext = path
	return path, nil
}

func errNotListening(t call.Transport) error {
	return fmt.Errorf("the node does not listen on %s: start it with WithTransports(…, %q) or without that option", t, t)
}
