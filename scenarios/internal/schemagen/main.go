// Command schemagen writes the JSON Schema of scenarios and docs/scenarios.md from
// the Go types of the YAML form and their comments. go generate runs it in
// package scenarios.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Where things are, from package scenarios.
const (
	fakeserverDir = "../fakeserver"
	faultDir      = "../fakeserver/fault"
	schemaPath    = "schema.json"
	docPath       = "../docs/scenarios.md"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

func run() error {
	schema, document, err := generate()
	if err != nil {
		return err
	}
	const mode = 0o644
	if err := os.WriteFile(schemaPath, schema, mode); err != nil {
		return err
	}
	return os.WriteFile(docPath, document, mode)
}

// generate makes the two files.
func generate() (schema, document []byte, err error) {
	types, err := readTypes()
	if err != nil {
		return nil, nil, err
	}
	root, err := makeSchema(types)
	if err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		return nil, nil, err
	}
	document, err = makeDocument(types)
	return b.Bytes(), document, err
}
