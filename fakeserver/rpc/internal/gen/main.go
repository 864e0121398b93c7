// Gen writes the generated files of package rpc: the typed procedures, their
// codec and the limits. Run it with go generate ./fakeserver/rpc.
//
// It reads the source of the go-libvirt version in go.mod, wherever the go
// command keeps it, and joins it with the two tables beside this file. It stops
// with a list of everything that does not fit together.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes the generated files into dir, the directory of package rpc.
func run(dir string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the content of the generated files by name.
func generate() (map[string][]byte, error) {
	dir, err := moduleDir("github.com/digitalocean/go-libvirt")
	if err != nil {
		return nil, err
	}
	src, err := parseSource(dir)
	if err != nil {
		return nil, err
	}
	tab, err := parseTables(proceduresTable, limitsTable)
	if err != nil {
		return nil, err
	}
	m, err := join(src, tab)
	if err != nil {
		return nil, err
	}
	return m.files()
}

// moduleDir returns where the go command keeps the source of a module that the
// main module requires.
func moduleDir(path string) (string, error) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("find the source of %s: %w", path, err)
	}
	dir := strings.TrimSpace(string(out))
	if dir == "" {
		return "", fmt.Errorf("the source of %s is not there: run go mod download", path)
	}
	return dir, nil
}
