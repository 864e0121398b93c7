package scenarios

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// badFile is a scenario with something wrong, and all that is said of it. The texts
// are part of what users see: they are compared to the letter.
type badFile struct {
	name, text string
	want       string
	// schema is true if an editor with the JSON Schema sees the problem too.
	schema bool
}

// badFiles are all of them, by subject.
func badFiles() []badFile {
	return slices.Concat(badYAML, badValues, badObjects, badFaults, badNodes, badSettings)
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for _, c := range badFiles() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse("f.yaml", []byte(c.text), "testdata")
			if err == nil {
				t.Fatalf("no error, want %s", c.want)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("the error is otherwise (+) than wanted (-):\n%s", diff)
			}
			for _, line := range strings.Split(err.Error(), "\n") {
				if !errorLine.MatchString(line) {
					t.Errorf("%q is not of the form FILE:LINE:COLUMN: TEXT", line)
				}
			}
		})
	}
}

var errorLine = regexp.MustCompile(`^f\.yaml:[1-9]\d*:[1-9]\d*: \S.*$`)
