package auth

// allows reports whether a user who has proved who they are may come in.
func (s *Server) allows(user string) bool {
	if s.allowed == nil {
		return true
	}
	for _, pattern := range s.allowed {
		if match(pattern, user) {
			return true
		}
	}
	return false
}

// match is GLib's g_pattern_match_simple, which libvirtd uses: * stands for any
// characters, ? for one, and all else for itself, brackets among it.
func match(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	// After the last star seen: where the pattern goes on, and how much of the text
	// the star has taken.
	star, taken := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, taken = i+1, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			taken++
			i, j = star, taken
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
