package scenarios

import (
	"strings"
	"testing"
)

// What is wrong with a file is said without its secrets, wherever a character is
// missing or too many.
func TestProblemsShowNoSecrets(t *testing.T) {
	t.Parallel()
	const text = `name: lab
auth:
  users:
    - {name: fred, password: canary}
    - name: eve
      verifiers: ["canary"]
ssh:
  auth:
    users:
      alice:
        keys: [canary]
        prompts: [{text: a, answer: canary}]
`
	for at := strings.Index(text, "auth:"); at < len(text); at++ {
		check(t, text[:at]+text[at+1:])
		for _, c := range []string{"!", "&", "*", "{", "]", ": ", "- ", "|", `"`, "#", "\n", "%", "<<: "} {
			check(t, text[:at]+c+text[at:])
		}
	}
}

func check(t *testing.T, text string) {
	if _, err := Parse("f.yaml", []byte(text)); err != nil && strings.Contains(err.Error(), "canary") {
		t.Errorf("%v\nshows a secret of\n%s", err, text)
	}
}
