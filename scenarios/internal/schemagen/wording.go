package main

import (
	"fmt"
	"regexp"
	"strings"
)

// speakOfKeys makes the comments of a struct of another package, which speak of Go's
// fields, those of the keys: "MaxTries is how many failures" is "How many failures",
// and MaxTries in the middle of a text `max_tries`.
func speakOfKeys(t *goType) {
	for i := range t.fields {
		f := &t.fields[i]
		text := withoutSubject(f.doc, f.name)
		for _, other := range t.fields {
			// At the beginning of a sentence, a name may be an ordinary word.
			inside := regexp.MustCompile(`([a-z,] )` + other.name + `\b`)
			if strings.ToUpper(other.name) != other.name {
				text = inside.ReplaceAllString(text, "$1`"+other.key+"`")
			}
			if strings.ContainsAny(other.name[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strings.ToUpper(other.name) != other.name {
				text = regexp.MustCompile(`\b`+other.name+`\b`).ReplaceAllString(text, "`"+other.key+"`")
			}
		}
		text = strings.ReplaceAll(text, ", which is not nil,", "")
		for option, key := range keysOf {
			text = strings.ReplaceAll(text, option, fmt.Sprintf("`%s`", key))
		}
		f.doc = text
	}
}

// keysOf are the keys that stand for options of package fakeserver.
var keysOf = map[string]string{"WithModularDaemons": "modular", "WithSessionDaemon": "session_daemon"}

// withoutSubject takes a field's name from the beginning of its comment.
func withoutSubject(doc, name string) string {
	rest, ok := strings.CutPrefix(doc, name+" ")
	if !ok {
		return doc
	}
	for _, verb := range []string{"is ", "are "} {
		if after, ok := strings.CutPrefix(rest, verb); ok {
			return sentence(after)
		}
	}
	if verb, _, _ := strings.Cut(rest, " "); strings.HasSuffix(verb, "s") {
		return sentence(rest)
	}
	return doc
}

// sentence begins with a capital, unless that is a word such as auth_tcp.
func sentence(s string) string {
	if first, _, _ := strings.Cut(s, " "); strings.ContainsAny(first, "_/-") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
