package conformance_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

// textsFile has the texts with which virsh 9.0.0 fails, a line for each row. They are no
// part of the rows: another release words them otherwise.
const textsFile = "testdata/virsh-9.0.0.txt"

// texts compares what virsh says where it is to fail.
type texts struct {
	mu   sync.Mutex
	want map[string]string // nil for another release
	got  map[string]string
}

func newTexts(t *testing.T, virsh string) *texts {
	t.Helper()
	x := &texts{got: map[string]string{}}
	if out, err := exec.Command(virsh, "--version").Output(); err != nil || string(bytes.TrimSpace(out)) != "9.0.0" {
		t.Logf("the texts of virsh %s are not known: %v", bytes.TrimSpace(out), err)
		return x
	}
	x.want = map[string]string{}
	data, err := os.ReadFile(textsFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		id, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		x.want[id] = text
	}
	return x
}

// changing are the parts of a text that differ from run to run.
var changing = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(`/tmp/[a-z]+-\d+`), "DIR"},
	{regexp.MustCompile(`127\.\d+\.\d+\.\d+`), "ADDRESS"},
	{regexp.MustCompile(`(ADDRESS|localhost|::1|host '[^']*'|service|port)([:\]' ]+)\d+`), "${1}${2}PORT"},
	{regexp.MustCompile(`\b([0-9A-Fa-f]{2}:){15,}[0-9A-Fa-f]{2}\b|\bAAAA[A-Za-z0-9+/]{40,}=*`), "HASH"},
}

// judge compares the text of a row, if virsh failed as it was to.
func (x *texts) judge(t *testing.T, r conformance.Result) {
	if x.want == nil || r.Verdict != conformance.Pass || r.Cell.Want.Refuse == nil {
		return
	}
	var lines []string
	for line := range strings.Lines(r.Output) {
		// The first says that it failed to connect; others are for the log.
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "error: "); ok && text != "failed to connect to the hypervisor" {
			lines = append(lines, text)
		}
	}
	got := strings.Join(lines, " / ")
	for _, c := range changing {
		got = c.pattern.ReplaceAllString(got, c.text)
	}
	want := x.want[r.Cell.ID]
	if want != "" && (tooLate(got) || tooLate(want)) {
		if tooLate(got) {
			got = want
		}
		want = got
	}
	x.mu.Lock()
	x.got[r.Cell.ID] = got
	x.mu.Unlock()
	if got != want && !*update {
		t.Errorf("virsh says %q; want %q", got, want)
	}
}

// tooLate reports whether a text tells only that a program has ended, which virsh says
// where it has no time to read why, or that what the program said was no message. The
// signal of a closed pipe may end virsh without a text.
func tooLate(text string) bool {
	return text == "" || slices.ContainsFunc([]string{
		"internal error: client socket is closed", "Cannot recv data: : Connection reset by peer", "Cannot write data: Broken pipe",
		"write failed: Remote channel is closed", "received from server too large",
	}, func(t string) bool { return strings.Contains(text, t) })
}

// write keeps the texts.
func (x *texts) write(t *testing.T) {
	if x.want == nil {
		return
	}
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(x.got)) {
		b.WriteString(id + "\t" + x.got[id] + "\n")
	}
	if err := os.WriteFile(textsFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
