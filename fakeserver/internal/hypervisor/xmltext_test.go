package hypervisor

import (
	"strings"
	"testing"
)

// TestTextOfManyReferences would take minutes if each reference copied the text
// before it.
func TestTextOfManyReferences(t *testing.T) {
	const n = 400000
	root, err := parseXML(FromDomain, "(domain_definition)", "<a>x"+strings.Repeat("a&lt;", n)+"<b>y&gt;z</b>t&amp;u</a>")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(root.Text()), 1+2*n; got != want {
		t.Errorf("the text has %d bytes, want %d", got, want)
	}
	if b := root.SelectElement("b"); b.Text() != "y>z" || b.Tail() != "t&u" {
		t.Errorf("got %q and %q", b.Text(), b.Tail())
	}
}
