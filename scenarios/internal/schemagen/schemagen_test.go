package main

import (
	"bytes"
	"os"
	"testing"
)

// What is in the repository is what the types and their comments say now.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	t.Chdir("../..") // where go generate runs
	schema, document, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]byte{schemaPath: schema, docPath: document} {
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not current: run go generate ./scenarios", path)
		}
	}
}
