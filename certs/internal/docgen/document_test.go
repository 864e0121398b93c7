package main

import (
	"os"
	"testing"
)

func TestDocumentIsUpToDate(t *testing.T) {
	got, err := os.ReadFile("../../../docs/certificates.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != document() {
		t.Error("docs/certificates.md is not what the catalogue says: go generate ./certs")
	}
}
