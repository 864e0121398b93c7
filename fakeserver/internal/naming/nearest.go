package naming

import (
	"iter"
	"strings"
)

// DidYouMean returns ", did you mean X?" with the nearest name, or "" if all are
// far away.
func DidYouMean(name string, names iter.Seq[string]) string {
	near := Nearest(name, names)
	if near == "" {
		return ""
	}
	return ", did you mean " + near + "?"
}

// Nearest returns the name of which a text may be a slip of the pen, or "".
func Nearest(name string, names iter.Seq[string]) string {
	// A name that is mostly another one is a slip of the pen.
	best, bestDistance := "", len(name)/3+2
	folded := strings.ToLower(name)
	for n := range names {
		if d := distance(folded, strings.ToLower(n), bestDistance); d < bestDistance {
			best, bestDistance = n, d
		}
	}
	return best
}

// distance is how many letters must be inserted, removed or replaced to make one
// text of the other; limit if it is no less.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return min(row[len(b)], limit)
}
