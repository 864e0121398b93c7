package conformance

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

var (
	idPattern   = regexp.MustCompile(`^[a-z0-9]+(/[a-z0-9_-]+){1,2}$`)
	noGrownWord = regexp.MustCompile(`[A-Z]`)
)

// Rows are named, explained and complete.
func TestRows(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range All() {
		if !idPattern.MatchString(c.ID) {
			t.Errorf("%s is no ID", c.ID)
		}
		if seen[c.ID] {
			t.Errorf("%s is there twice", c.ID)
		}
		seen[c.ID] = true
		if c.Title == "" || strings.HasSuffix(c.Title, ".") {
			t.Errorf("%s: the title is %q", c.ID, c.Title)
		}
		if !strings.HasPrefix(c.Section, "https://libvirt.org/") {
			t.Errorf("%s: the section is %q", c.ID, c.Section)
		}
		if !slices.Contains(linkTransports(), c.Transport) {
			t.Errorf("%s: the transport is %q", c.ID, c.Transport)
		}
		if (c.Want.Reach == nil) == (c.Want.Refuse == nil) || c.Want.String() == "" {
			t.Errorf("%s wants %+v", c.ID, c.Want)
		}
		if r := c.Want.Refuse; r != nil && r.Least > r.Saw {
			t.Errorf("%s wants at least %s and at most %s", c.ID, r.Least, r.Saw)
		}
		for _, n := range c.Needs {
			if !slices.Contains(Capabilities(), n) {
				t.Errorf("%s needs %s", c.ID, n)
			}
		}
		if slices.Contains(c.Needs, Namespace) && !slices.Contains(c.Needs, Environment) {
			t.Errorf("%s needs a namespace, and no environment", c.ID)
		}
		if c.URI == "" && !slices.Contains(c.Needs, NoURI) {
			t.Errorf("%s has no URI, and does not need to be without", c.ID)
		}
		if noGrownWord.MatchString(c.Parameter) {
			t.Errorf("%s is about %q", c.ID, c.Parameter)
		}
	}
}

// Every parameter of libvirt's has rows on every transport.
func TestEveryParameterOnEveryTransport(t *testing.T) {
	t.Parallel()
	for _, p := range uri.Parameters() {
		for _, transport := range linkTransports() {
			rows := Select(Filter{IDs: []string{string(transport) + "/" + p.Name + "/"}})
			if len(rows) == 0 {
				t.Errorf("there is no row about %s over %s", p.Name, transport)
			}
		}
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	ids := func(f Filter) (list []string) {
		for _, c := range Select(f) {
			list = append(list, c.ID)
		}
		return list
	}
	if got := ids(Filter{IDs: []string{"tcp/no_tty/", "tls/no_tty/", "tcp/port/given"}, Skip: []string{"tls/no_tty/idle", "tls/no_tty/w"}, Parameters: []string{"no_tty", "port"}}); !slices.Equal(got,
		[]string{"tcp/port/given", "tcp/no_tty/wrong", "tcp/no_tty/idle", "tls/no_tty/wrong"}) {
		t.Errorf("got %v", got)
	}
	if got := Select(Filter{}); len(got) != len(All()) {
		t.Errorf("an empty filter chooses %d of %d", len(got), len(All()))
	}
	if _, err := Lookup("no/such/row"); err == nil {
		t.Error("a row is there that is not")
	}
	f := Filter{Without: []Capability{LibSSH2}}
	for _, c := range Select(f) {
		if lacks := f.Lacking(c) != ""; lacks != (c.Transport == "libssh2") {
			t.Errorf("%s: lacking is %v", c.ID, lacks)
		}
	}
}
