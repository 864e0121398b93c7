package main

import (
	"regexp"
	"strings"
)

// speakOfKeys makes the comments of a struct of another package, which speak of Go's
// fields, those of the keys: "MaxTries is how many failures" is "How many failures",
// and MaxTries in the middle of a text `max_tries`.
func speakOfKeys(t *goType) {
	t.doc = keysIn(t.doc, t.fields)
	for i := range t.fields {
		f := &t.fields[i]
		f.doc = keysIn(withoutSubject(f.doc, f.name), t.fields)
	}
}

// keysOf are the keys that stand for options of package fakeserver.
var keysOf = map[string]string{"WithModularDaemons": "modular", "WithSessionDaemon": "session_daemon", "WithNames": "names"}

// goLink is a link of a Go comment.
var goLink = regexp.MustCompile(`\[([A-Z][\w.]*)\]`)

// keysIn puts the keys of fields in the place of their names.
func keysIn(text string, fields []field) string {
	text = strings.ReplaceAll(text, ", which is not nil,", "")
	text = goLink.ReplaceAllString(text, "$1")
	for _, f := range fields {
		const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		pattern := `\b` + f.name + `\b`
		switch {
		case strings.ToUpper(f.name) == f.name:
			continue // TLS is TLS
		case !strings.ContainsAny(f.name[1:], capitals):
			// At the beginning of a sentence it may be an ordinary word.
			pattern = `([a-z,] )` + pattern
		}
		text = regexp.MustCompile(pattern).ReplaceAllString(text, "${1}`"+f.key+"`")
	}
	for option, key := range keysOf {
		text = strings.ReplaceAll(text, option, "`"+key+"`")
	}
	return text
}

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
