package scenarios

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What would make a reader work without end is refused.
func TestBounds(t *testing.T) {
	t.Parallel()
	bomb := "name: bomb\nx-0: &a0 {fail: {message: ha}}\n"
	for i := 1; i <= 9; i++ {
		one := fmt.Sprintf("*a%d, ", i-1)
		bomb += fmt.Sprintf("x-%d: &a%d [%s]\n", i, i, strings.Repeat(one, 10))
	}
	for _, c := range []struct{ name, text, want string }{
		{"aliases of aliases", bomb + "faults: [{on: DomainCreate, answer: {with: *a9}}]\n", "the scenario has more than 1048576 values"},
		{"aliases of aliases that nobody reads", bomb, ""},
		{"brackets", "name: " + strings.Repeat("[", 1e6), "nested more than 64 levels"},
		{"braces", "name: " + strings.Repeat("{a: ", 1e5), "nested more than 64 levels"},
		{"dashes", "x-a: \n" + strings.Repeat("- ", 1e5) + "a\n", "nested more than 64 levels"},
		{"indentation", deep(1000), "nested more than 64 levels"},
		{"a mark of the byte order", "\ufeffname: a\r\n", ""},
		{"users", "name: a\nauth: {users: [" + strings.Repeat("{name: a}, ", 10_000) + "]}\n", "f.yaml:2:7: auth: SASL user: want a password or a verifier"},
		{"merges", "name: a\nx-a: &a {" + manyKeys(20_000) + "}\nx-b: [" + strings.Repeat("{<<: *a}, ", 100) + "]\n", "merged keys make more than 1048576 values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("f.yaml", []byte(c.text))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %.300v, want %q", err, c.want)
			}
		})
	}
}

func deep(levels int) string {
	var b strings.Builder
	b.WriteString("name: deep\nx-a:\n")
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i+1) + "a:\n")
	}
	return b.String()
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1, ", i)
	}
	return b.String()
}

// Where aliases and merges stand, the values are those of their anchors.
func TestAliases(t *testing.T) {
	t.Parallel()
	s, err := Parse("f.yaml", []byte(`
name: aliases
x-small: &small {memory: 64, vcpus: 2, autostart: true}
objects:
  qemu:
    domains:
      - {<<: *small, name: a}
      - {<<: [*small], name: b, memory: 128}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := s.nodes[0].keys.Objects.QEMU.Domains
	if got[0].Memory != 64<<10 || *got[0].VCPUs != 2 || !got[0].Autostart || got[1].Memory != 128<<10 || *got[1].VCPUs != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "vm": "vm", "vm-{n}": "vm-7", "{n:03}": "007", "{{n}": "{n}", "a{{b{n}}c": "a{b7}c", "{n}{n:02}": "707", "}": "}",
	} {
		p, err := parsePattern(text)
		if got := p.at(7); err != nil || got != want {
			t.Errorf("%q: got %q (%v), want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"{", "{}", "{m}", "{n:4}", "{n:0}", "{n:099}", "{n", "{ n }", "{n:0x4}"} {
		if _, err := parsePattern(text); err == nil {
			t.Errorf("%q is a pattern", text)
		}
	}
}

func TestDiskLetters(t *testing.T) {
	t.Parallel()
	got := []string{diskLetters(0), diskLetters(25), diskLetters(26), diskLetters(51), diskLetters(52), diskLetters(701), diskLetters(702)}
	if diff := cmp.Diff([]string{"a", "z", "aa", "az", "ba", "zz", "aaa"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestEdits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"form", "from", 1}, {"hostnme", "hostname", 1}, {"fial", "fail", 1}, {"kitten", "sitting", 3}} {
		if got := edits(c.a, c.b); got != c.want {
			t.Errorf("edits(%q, %q) is %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// Whatever text a document has, the YAML of a dump says the same.
func TestDumpedTextsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~\n\tä€\x00-\x08:#'"\\|>{}\[\]&*!%@-]{1,60}`).Draw(t, "text")
		text = strings.Map(func(r rune) rune {
			if r == 0 {
				return 'x'
			}
			return r
		}, text)
		want := strings.TrimRight(text, "\n")
		if want == "" {
			return
		}
		w := &yamlWriter{}
		i := &item{w: w, dash: "- "}
		i.text("xml", text)
		i.word("reason", want)
		root, p := readYAML([]byte("name: a\nx:\n" + w.String()))
		if p != nil {
			t.Fatalf("%v\n%s", p, w)
		}
		entry := root.key("x").value.items[0]
		if got := strings.TrimRight(entry.key("xml").value.text, "\n"); got != want {
			t.Errorf("xml: got %q, want %q from\n%s", got, want, w)
		}
		if v := entry.key("reason").value; v.text != want || v.kind != textKind {
			t.Errorf("reason: got %q, want %q from\n%s", v.text, want, w)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, c := range badFiles() {
		f.Add([]byte(c.text))
	}
	for _, name := range []string{"lab", "flaky", "locked"} {
		text, err := shipped.ReadFile("shipped/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("f.yaml", data)
		if (s == nil) == (err == nil) {
			t.Errorf("got %v and %v", s, err)
		}
		if err != nil && strings.Count(err.Error(), "\n") >= len(data)+2 {
			t.Errorf("more problems than characters: %v", err)
		}
	})
}
