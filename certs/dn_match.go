package certs

import "unicode/utf8"

// AllowsDN tells whether tls_allowed_dn_list lets a client of this name, as [DN]
// gives it, in: whether one of the patterns matches all of it. An empty list lets
// nobody in; it is the caller who knows that there is no list.
//
// In a pattern * stands for any text, commas among it, and ? for one character;
// everything else for itself. There are no classes and no escapes: libvirt 9.0.0
// has g_pattern_match_simple of GLib do it.
func AllowsDN(patterns []string, dn string) bool {
	for _, p := range patterns {
		if matchDN(p, dn) {
			return true
		}
	}
	return false
}

// matchDN goes back to the last asterisk alone, which is enough: what an earlier one
// could take on, that one can.
func matchDN(pattern, dn string) bool {
	star, resume := -1, 0
	p, d := 0, 0
	for d < len(dn) {
		_, width := utf8.DecodeRuneInString(dn[d:])
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, d
			p++
		case p < len(pattern) && pattern[p] == '?':
			p++
			d += width
		case p < len(pattern) && pattern[p] == dn[d]:
			p++
			d++
		case star >= 0:
			_, width = utf8.DecodeRuneInString(dn[resume:])
			resume += width
			p, d = star+1, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
