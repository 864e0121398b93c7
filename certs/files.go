package certs

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Permissions of what is written: keys are for their owner alone (OpenSSH refuses
// anything else), the rest is public.
const (
	modeSecret     os.FileMode = 0o600
	modePublic     os.FileMode = 0o644
	modeExecutable os.FileMode = 0o755
)

// file is one file to be written.
type file struct {
	name string // relative to the directory, with slashes
	data []byte
	mode os.FileMode
}

// writeFiles writes files below dir, which it makes if it is missing. Each appears
// whole, by rename: one that stood there before never lends its permissions to a
// key, and who watches for it reads all of it.
func writeFiles(dir string, files []file) error {
	made := map[string]bool{}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.name))
		parent := filepath.Dir(path)
		if !made[parent] {
			if err := os.MkdirAll(parent, 0o755); err != nil {
				return fmt.Errorf("certs: %w", err)
			}
			made[parent] = true
		}
		if err := writeFile(path, f.data, f.mode); err != nil {
			return fmt.Errorf("certs: writing %s: %w", path, err)
		}
	}
	return nil
}

func writeFile(path string, data []byte, mode os.FileMode) (err error) {
	if mode == modeExecutable {
		// A child that another goroutine forks while the file is open for writing
		// inherits the descriptor until it execs, and for that long nobody can
		// execute the file: ETXTBSY.
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".certs-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if _, err = tmp.Write(data); err != nil {
		return err
	}
	if mode != modeSecret { // CreateTemp's own
		if err = tmp.Chmod(mode); err != nil {
			return err
		}
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// exists tells whether path is there at all, readable or not.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
