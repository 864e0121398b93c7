package main

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

const matrix = "../.."

func TestDocumentIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := document(matrix)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(matrix + "/../../docs/uris.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/uris.md is not what go generate ./harness/conformance makes of the matrix (-):\n%s", diff)
	}
}

func TestEveryRowIsRecorded(t *testing.T) {
	t.Parallel()
	for _, c := range clients {
		records, err := record(matrix, c)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range conformance.All() {
			if records[row.ID].Verdict == "" {
				t.Errorf("%s: nothing is recorded of %s: go test ./harness/conformance -update", row.ID, c)
			}
			delete(records, row.ID)
		}
		for id := range records {
			t.Errorf("%s is recorded of %s, and no row", id, c)
		}
	}
}
