// Command docgen writes docs/procedures.md, the table of what fakelibvirtd
// supports, from the table that it serves by.
package main

import (
	"fmt"
	"os"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
)

func main() {
	const path = "../docs/procedures.md" // from fakeserver, where go generate runs
	if err := os.WriteFile(path, []byte(remote.Document()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
