package harness

// diffLines compares two texts by lines: those only in a begin with "- ", those
// only in b with "+ ", and a few that both have around them with two spaces. It is
// empty if the texts are equal.
func diffLines(a, b []string) []string {
	// common[i][j] is how many lines a[i:] and b[j:] have in common, in order.
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var all []string
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			all = append(all, "  "+a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			all = append(all, "- "+a[i])
			i++
		default:
			all = append(all, "+ "+b[j])
			j++
		}
	}
	return around(all)
}

// around keeps the lines of a diff that are near a difference.
func around(all []string) []string {
	const context = 2
	near := make([]bool, len(all))
	for i, line := range all {
		if line[0] != ' ' {
			for j := max(0, i-context); j <= min(len(all)-1, i+context); j++ {
				near[j] = true
			}
		}
	}
	var kept []string
	for i, line := range all {
		switch {
		case near[i]:
			kept = append(kept, line)
		case i > 0 && near[i-1]:
			kept = append(kept, "  …")
		}
	}
	return kept
}
