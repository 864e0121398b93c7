package scenarios

import (
	"fmt"
	"strconv"
	"strings"
)

// pattern is a text with the number of an object in some places.
type pattern struct {
	// literals are the texts before, between and after the numbers.
	literals []string
	// widths are the numbers' least digits.
	widths []int
}

// parsePattern reads {n} and {n:04}; {{ is a brace. A closing brace alone is
// itself.
func parsePattern(text string) (pattern, error) {
	var p pattern
	var literal strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		literal.WriteString(before)
		if !found {
			p.literals = append(p.literals, literal.String())
			return p, nil
		}
		if after, ok := strings.CutPrefix(rest, "{"); ok {
			literal.WriteByte('{')
			text = after
			continue
		}
		inside, after, closed := strings.Cut(rest, "}")
		width, ok := patternWidth(inside)
		if !closed || !ok {
			const most = 20
			return p, fmt.Errorf("%q is no pattern: want {n}, or {n:04} for four digits; a brace is {{", "{"+rest[:min(len(rest), len(inside)+1, most)])
		}
		p.literals = append(p.literals, literal.String())
		p.widths = append(p.widths, width)
		literal.Reset()
		text = after
	}
}

// patternWidth reads what stands between the braces.
func patternWidth(inside string) (int, bool) {
	if inside == "n" {
		return 0, true
	}
	digits, ok := strings.CutPrefix(inside, "n:0")
	width, err := strconv.Atoi(digits)
	return width, ok && err == nil && width > 0 && width <= 32
}

// at returns the text of the object of that number.
func (p pattern) at(n int) string {
	var b strings.Builder
	for i, literal := range p.literals {
		b.WriteString(literal)
		if i < len(p.widths) {
			fmt.Fprintf(&b, "%0*d", p.widths[i], n)
		}
	}
	return b.String()
}
