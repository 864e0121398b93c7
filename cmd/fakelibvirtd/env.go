package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeEnv writes the URIs as lines that a shell can source. The file appears
// whole, by rename: scripts wait for it.
func writeEnv(path string, uris []clientURI) error {
	var b strings.Builder
	for _, u := range uris {
		fmt.Fprintf(&b, "export FAKELIBVIRTD_%s_URI=%s\n", strings.ToUpper(string(u.transport)), shellQuote(u.uri))
	}
	fmt.Fprintf(&b, "export FAKELIBVIRTD_PID=%d\n", os.Getpid())
	if path == "-" {
		_, err := os.Stdout.WriteString(b.String())
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("--env: %w", err)
	}
	defer os.Remove(f.Name()) // after the rename there is nothing to remove
	_, err = f.WriteString(b.String())
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("--env: %w", err)
	}
	return nil
}
