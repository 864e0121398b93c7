package uri_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"qemu+shs://h/":                   "did you mean qemu+ssh?",
		"qmeu:///system":                  "did you mean qemu?",
		"QEMU:///system":                  "drivers are written in lower case",
		"qemu+tcp://h:70000/system":       "No port is larger",
		"qemu+tcp://h/system?Sokcet=/x":   `did you mean "socket"?`,
		"qemu+tcp://h/system?socket=/x":   "socket has no effect on tcp: it is for unix, ssh, libssh, libssh2.",
		"qemu+ssh://u:p@h/system":         "knows no passwords",
		"qemu+ssh://@h/system":            "an empty user",
		"qemu://system":                   "write qemu:///system with three slashes",
		"test:///default":                 "Nothing is sent",
		"esx://h/":                        "not libvirt's",
		"qemu+tcp:///system":              "connects to localhost",
		"qemu+tcp://h":                    "There is no path",
		"qemu+tcp://h/system?auth=x":      "unknown authentication type",
		"qemu+ext://h/x?command=c":        "ext ignores host",
		"qemu://h/system":                 "terraform-provider-libvirt 0.9: a URI with a host and no transport is ssh",
		"qemu+tls://h/system?no_verify=0": "any value counts as set",
		"qemu+tls://h/system?no_verify=1": "Does not verify",
		"qemu+libssh://h/system?mode=x":   "write mode=auto, legacy or direct",
		"qemu+ssh://h/?no_tty=yes":        "write no_tty=1 or no_tty=0",
		"":                                "Asks the daemon to choose",
	} {
		x := uri.Explain(text, uri.Environment{})
		if got := x.String(); !strings.Contains(got, want) {
			t.Errorf("%s:\n%s\nwant: %s", text, got, want)
		}
		if _, err := json.Marshal(x); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestTables keeps the tables complete: each row says all that a reader needs.
func TestTables(t *testing.T) {
	t.Parallel()
	var transports []uri.Transport
	for _, tr := range uri.Transports() {
		transports = append(transports, tr.Name)
		if tr.Meaning == "" || tr.Section == "" {
			t.Errorf("transport %+v", tr)
		}
	}
	seen := map[string]bool{}
	for _, p := range uri.Parameters() {
		if seen[p.Name] || p.Meaning == "" || p.Default == "" || p.Empty == "" || !strings.HasPrefix(p.Example, p.Name+"=") || len(p.Deviations) == 0 {
			t.Errorf("parameter %+v", p)
		}
		seen[p.Name] = true
		for _, tr := range p.Transports {
			if !slices.Contains(transports, tr) {
				t.Errorf("parameter %s has the transport %s", p.Name, tr)
			}
		}
	}
	seen = map[string]bool{}
	for _, d := range uri.Drivers() {
		if seen[d.Name] || d.Meaning == "" || len(d.Paths) == 0 {
			t.Errorf("driver %+v", d)
		}
		seen[d.Name] = true
	}
}

// What a terminal would obey is escaped, wherever it stands in a URI.
func TestExplainIsSafeForATerminal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"qemu+tcp://h/\x1b[31m\n":                      `qemu+tcp://h/\x1b[31m\n`,
		"qemu:///system?socket=%0a%1b%5b2J":            `Connects to the socket \n\x1b[2J.`,
		"qemu+ssh://us%0aer@h/?netcat=%07%e2%80%ae%7f": `\a\u202e\x7f`,
		"qemu+tcp://h/%1b%5b2J?%1b=%9b&no_verify=%1b":  `\x1b`,
		"esx://h/%1b?%1b":                              `\x1b`,
	} {
		got := uri.Explain(text, uri.Environment{}).String()
		if !strings.Contains(got, want) {
			t.Errorf("%q:\n%q\nwant: %s", text, got, want)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }); i >= 0 {
			t.Errorf("%q gives %q", text, got[i:min(len(got), i+20)])
		}
		if first, _, _ := strings.Cut(got, "\n"); strings.HasSuffix(text, "\n") && !strings.HasSuffix(first, `\n`) {
			t.Errorf("%q: the first line is %q", text, first)
		}
	}
}
