package main

import (
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

func TestDocumentIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := document("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/faults.md is not current: run go generate ./fakeserver/fault")
	}
}

// TestSnippets reads the examples out of the page as a scenario would.
func TestSnippets(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, part := range strings.Split(string(page), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(part, "```")
		var rules []fault.Rule
		if err := yaml.UnmarshalWithOptions([]byte(text), &rules, yaml.Strict()); err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		for _, r := range rules {
			seen[r.Kind()] = true
			if err := r.Check(); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		}
	}
	for _, a := range fault.Actions() {
		if !seen[a.Kind] {
			t.Errorf("%s has no example", a.Kind)
		}
	}
}

// TestActionsAreFields holds that the list of actions has the keys of Action, in
// their order.
func TestActionsAreFields(t *testing.T) {
	t.Parallel()
	structs, err := parseStructs("../..")
	if err != nil {
		t.Fatal(err)
	}
	fields := structs["Action"].fields
	list := fault.Actions()
	if len(fields) != len(list) {
		t.Fatalf("%d fields, %d actions", len(fields), len(list))
	}
	for i, f := range fields {
		if f.key != list[i].Kind {
			t.Errorf("field %d is %s, action %s", i, f.key, list[i].Kind)
		}
	}
}
