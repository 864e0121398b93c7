package libvirtdconf

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

var update = flag.Bool("update", false, "record the answers of this machine's libvirtd")

// answer is a file, and what libvirtd says of it: nothing, a text, or a text with the
// line before it.
type answer struct{ file, text string }

// answers reads testdata/answers.txt, which libvirtd 9.0.0 has written:
//
//	go test ./fakeserver/libvirtdconf -run TestAnswersOfTheRealDaemon -update
func answers(t testing.TB) []answer {
	data, err := os.ReadFile(filepath.Join("testdata", "answers.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []answer
	for line := range strings.Lines(string(data)) {
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		file, _ := strconv.Unquote(quoted)
		all = append(all, answer{file, strings.TrimSpace(line[len(quoted):])})
	}
	return all
}

// said is what we say of a file, in the form of an answer.
func said(file string) string {
	_, err := Parse("x.conf", []byte(file))
	var at *Error
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &at):
		return "no *Error: " + err.Error()
	case syntax.MatchString(at.Text):
		return fmt.Sprintf("%d: %s", at.Line, at.Text)
	}
	return strings.TrimSpace(at.Text)
}

// syntax matches what libvirtd says with the line. Of what is wrong with values it
// does not say where.
var syntax = regexp.MustCompile(`^(expecting a|unterminated|list is not closed)`)

func TestAnswers(t *testing.T) {
	for _, a := range answers(t) {
		if got := said(a.file); got != a.text {
			t.Errorf("of %q we say\n%q\nand libvirtd\n%q", a.file, got, a.text)
		}
	}
}

func TestAnswersOfTheRealDaemon(t *testing.T) {
	libvirtd := testdaemon.Need(t)
	recorded := answers(t)
	real := make([]answer, len(recorded))
	var wg sync.WaitGroup
	turns := make(chan struct{}, 4)
	for i, a := range recorded {
		wg.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			real[i] = answer{a.file, ask(t, libvirtd, a.file)}
		})
	}
	wg.Wait()
	if *update {
		var b strings.Builder
		for _, a := range real {
			fmt.Fprintln(&b, strings.TrimSpace(strconv.Quote(a.file)+" "+a.text))
		}
		if err := os.WriteFile(filepath.Join("testdata", "answers.txt"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(real, recorded, cmp.AllowUnexported(answer{})); diff != "" {
		t.Errorf("libvirtd (-) and what is recorded of it (+) differ:\n%s", diff)
	}
}

// words finds libvirtd's answer among the rest of what it prints.
var words = regexp.MustCompile(`(?:Can't load config file: |internal error: Cannot find security|invalid host UUID: |invalid UUID source: |invalid argument: )(.*)`)

// ask has libvirtd read a file and then fail to make its PID file.
func ask(t testing.TB, libvirtd, file string) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.conf"), []byte(file), 0o600); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, libvirtd, "-f", "x.conf", "-p", "/nonexistent/pid")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Errorf("libvirtd of %q: %v", file, err)
	}
	found := words.FindStringSubmatch(string(out))
	switch {
	case found == nil && strings.Contains(string(out), "Failed to open pid file '/nonexistent/pid'"):
		return ""
	case found == nil:
		t.Errorf("libvirtd says of %q:\n%s", file, out)
		return "?"
	case !strings.HasPrefix(found[0], "Can't load"):
		return strings.TrimSpace(found[0])
	}
	text := strings.TrimSuffix(found[1], ": x.conf")
	text = strings.TrimPrefix(text, "configuration file syntax error: x.conf:")
	text = strings.TrimPrefix(text, "internal error: ")
	return strings.TrimSpace(strings.Replace(text, "x.conf: ", "", 1))
}
