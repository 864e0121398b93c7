// Command docgen writes docs/faults.md, the keys of faults in YAML and JSON, from
// the doc comments of package fault.
package main

import (
	"fmt"
	"os"
)

func main() {
	// From fakeserver/fault, where go generate runs.
	text, err := document(".")
	if err == nil {
		err = os.WriteFile("../../docs/faults.md", []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
