package call

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maskCommand takes what may be a secret out of a command for QEMU's monitor or
// for the guest agent, and tells how many bytes of it. Such a command is JSON
// ({"execute":"guest-set-user-password","arguments":{…}}), or a line for the
// human monitor ("set_password vnc …").
func maskCommand(cmd string) (string, int) {
	// A backslash may hide any word of JSON: "p\u0061ssword".
	if !isSecretWord(cmd) && !strings.Contains(cmd, `\`) {
		return cmd, 0
	}
	var v any
	d := json.NewDecoder(strings.NewReader(cmd))
	d.UseNumber()
	if d.Decode(&v) != nil || d.More() {
		// Of a line, its first word. QEMU also takes JSON in single quotes,
		// of which nothing is kept.
		words := strings.Fields(cmd)
		if len(words) == 0 {
			return cmd, 0
		}
		kept := words[0]
		if strings.ContainsAny(kept, `{['"=`) {
			kept = ""
		}
		return kept, len(cmd) - len(kept)
	}
	n := maskJSON(v, false)
	if n == 0 {
		return cmd, 0
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return "", len(cmd)
	}
	return strings.TrimSuffix(b.String(), "\n"), n
}

// maskJSON empties the texts that may be secret: those of members that are named
// for one, with all that is below them; "data" of an object that is a secret
// (object-add); and what a line for the human monitor says of one.
func maskJSON(v any, secret bool) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		kind, _ := v["qom-type"].(string)
		for name, member := range v {
			hidden := secret || isSecretWord(name) || name == "data" && isSecretWord(kind)
			text, isText := member.(string)
			switch {
			case !isText:
				n += maskJSON(member, hidden)
			case hidden:
				v[name] = ""
				n += len(text)
			case name == "command-line": // human-monitor-command
				clean, cut := maskCommand(text)
				v[name] = clean
				n += cut
			}
		}
	case []any:
		for i, member := range v {
			if text, isText := member.(string); !isText {
				n += maskJSON(member, secret)
			} else if secret {
				v[i] = ""
				n += len(text)
			}
		}
	}
	return n
}

func isSecretWord(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "passw") || strings.Contains(s, "secret")
}
