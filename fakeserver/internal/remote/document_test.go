package remote

import (
	"os"
	"testing"
)

// TestDocumentIsCurrent holds docs/procedures.md to the table.
func TestDocumentIsCurrent(t *testing.T) {
	got, err := os.ReadFile("../../../docs/procedures.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Document() {
		t.Error("docs/procedures.md is not what go generate ./fakeserver writes")
	}
}
