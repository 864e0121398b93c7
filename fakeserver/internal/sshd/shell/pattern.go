package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// A glob is a pattern of case: literal bytes, and the operators that were not
// quoted.
type glob []globElem

type globElem struct {
	op  byte // 0 for a literal; '?', '*' or '['
	lit byte
	set string // between the brackets
}

// pattern expands a word to a pattern, in which what was quoted is literal.
func (sh *shell) pattern(word *syntax.Word) (glob, error) {
	if word == nil {
		return nil, nil
	}
	var b strings.Builder
	x := &expander{sh: sh, emit: func(text string, p piece) {
		for i := range len(text) {
			if p == pieceQuoted || text[i] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(text[i])
		}
	}}
	if err := x.parts(word.Parts, unquoted); err != nil {
		return nil, err
	}
	if b.Len() > maxPattern {
		return nil, errNoSpace
	}
	return compileGlob(b.String()), nil
}

func compileGlob(s string) glob {
	var g glob
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\':
			if i+1 < len(s) {
				i++
			}
			g = append(g, globElem{lit: s[i]})
		case '*', '?':
			if c == '*' && len(g) > 0 && g[len(g)-1].op == '*' {
				continue
			}
			g = append(g, globElem{op: c})
		case '[':
			end := bracketEnd(s[i+1:])
			if end < 0 {
				g = append(g, globElem{lit: c})
				continue
			}
			g = append(g, globElem{op: c, set: strings.ReplaceAll(s[i+1:i+1+end], `\`, "")})
			i += end + 1
		default:
			g = append(g, globElem{lit: c})
		}
	}
	return g
}

// bracketEnd returns where the bracket expression whose inside s begins ends. A
// "]" that comes first is a member.
func bracketEnd(s string) int {
	skip := 0
	if strings.HasPrefix(s, "!") || strings.HasPrefix(s, "^") {
		skip = 1
	}
	if len(s) <= skip {
		return -1
	}
	end := strings.IndexByte(s[skip+1:], ']')
	if end < 0 {
		return -1
	}
	return skip + 1 + end
}

func (e globElem) matches(c byte) bool {
	switch e.op {
	case '?':
		return true
	case '[':
		return inSet(e.set, c)
	}
	return e.lit == c
}

func inSet(set string, c byte) bool {
	negated := set[0] == '!' || set[0] == '^'
	if negated {
		set = set[1:]
	}
	for i := 0; i < len(set); i++ {
		lo, hi := set[i], set[i]
		if i+2 < len(set) && set[i+1] == '-' {
			hi = set[i+2]
			i += 2
		}
		if lo <= c && c <= hi {
			return !negated
		}
	}
	return negated
}

// match reports whether the whole of s matches. It takes at most len(g)*len(s)
// steps: only the last "*" is ever tried again.
func (g glob) match(s string) bool {
	gi, si := 0, 0
	star, mark := -1, 0
	for si < len(s) {
		switch {
		case gi < len(g) && g[gi].op == '*':
			star, mark = gi, si
			gi++
		case gi < len(g) && g[gi].matches(s[si]):
			gi++
			si++
		case star >= 0:
			mark++
			gi, si = star+1, mark
		default:
			return false
		}
	}
	for gi < len(g) && g[gi].op == '*' {
		gi++
	}
	return gi == len(g)
}
