package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeEnv writes the URIs as lines that a shell can source: FAKELIBVIRTD_TCP_URI,
// and with several nodes FAKELIBVIRTD_NODE1_TCP_URI. The file appears whole, by
// rename: scripts wait for it.
func writeEnv(path string, nodes []served) error {
	var b strings.Builder
	for i := range nodes {
		for _, u := range nodes[i].uris {
			fmt.Fprintf(&b, "export %s%s_URI=%s\n", nodes[i].prefix, strings.ToUpper(string(u.transport)), shellQuote(u.uri))
		}
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
