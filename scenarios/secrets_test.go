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
  tcp: sasl
  users:
    - {name: fred, password: canary}
    - name: eve
      password: "canary"
      verifiers: ["canary"]
ssh:
  auth:
    users:
      alice:
        password: canary
        keys: [node, canary]
        prompts: [{text: "Code: ", answer: canary}]
`
	begin := strings.Index(text, "auth:")
	for at := begin; at < len(text); at++ {
		check(t, text[:at]+text[at+1:])
		for _, c := range []string{"!", "&", "*", "{", "}", "[", "]", ":", ": ", ", ", "-", "- ", "|", "'", `"`, "@", "#", " ", "\n", "\t", "%", "?", "? ", "<<: "} {
			check(t, text[:at]+c+text[at:])
		}
	}
}

func check(t *testing.T, text string) {
	if _, err := Parse("f.yaml", []byte(text)); err != nil && strings.Contains(err.Error(), "canary") {
		t.Errorf("%v\nshows a secret of\n%s", err, text)
	}
}
