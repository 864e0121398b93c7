// Command docgen writes docs/certificates.md, the catalogue of certificates, from the
// entries of package certs.
package main

import (
	"fmt"
	"os"
)

func main() {
	// From certs, where go generate runs.
	if err := os.WriteFile("../docs/certificates.md", []byte(document()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
