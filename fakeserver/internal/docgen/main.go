// Command docgen writes docs/procedures.md and docs/drivers.md, the tables of what
// fakelibvirtd supports, from the tables that it serves by.
package main

import (
	"fmt"
	"os"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
)

func main() {
	// The paths are from fakeserver, where go generate runs.
	for path, text := range map[string]string{
		"../docs/procedures.md": remote.Document(),
		"../docs/drivers.md":    driver.Document(),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
