package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a scenario. Its text is one line:
//
//	lab.yaml:3:1: unknown key "hostnme": did you mean "hostname"?
type Problem struct {
	// File is the name under which the scenario was read.
	File string
	// Line and Column count from 1; they are 0 if the file could not be read.
	Line, Column int
	// Text says what is wrong, and what would be right.
	Text string
}

// Error implements error.
func (p *Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Problems is all that is wrong with a scenario, in the order of its lines. It
// is the error of Load and Parse.
type Problems []*Problem

// Error implements error: a line for each.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As each of them.
func (p Problems) Unwrap() []error {
	all := make([]error, len(p))
	for i, one := range p {
		all[i] = one
	}
	return all
}

func problem(at pos, format string, args ...any) *Problem {
	// Messages of others may have several lines; a problem has one.
	text := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
	return &Problem{Line: at.line, Column: at.column, Text: text}
}

// report names the file in problems, puts them in order and returns them as an
// error, nil if there are none.
func report(file string, problems []*Problem) error {
	if len(problems) == 0 {
		return nil
	}
	for _, p := range problems {
		p.File = file
	}
	slices.SortStableFunc(problems, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return Problems(slices.CompactFunc(problems, func(a, b *Problem) bool { return *a == *b }))
}

// instead says what to write in place of a name that is not among those known.
func instead(name string, known []string) string {
	if len(known) == 0 {
		return "none is known here"
	}
	best, distance := "", len(name)/2+1
	for _, k := range known {
		if d := edits(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "want one of " + strings.Join(known, ", ")
}

// edits is how many characters must be put in, taken out, replaced or swapped
// with their neighbour to make b of a (optimal string alignment).
func edits(a, b string) int {
	s, t := []rune(a), []rune(b)
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(s)][len(t)]
}
