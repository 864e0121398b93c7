package hypervisor

import "strings"

// sanitizePath is what the driver looks for when a client gives a path, and how
// its errors tell it, " (PATH)", if it is not the client's.
func (t *StorageTraits) sanitizePath(path string) (clean, told string) {
	if !t.SanitizesPaths {
		return path, ""
	}
	clean = sanitizePath(path)
	if clean != path {
		told = " (" + clean + ")"
	}
	return clean, told
}

// sanitizePath drops the slashes that a path has too many, as
// virFileSanitizePath does. URIs keep theirs, and so do the two slashes with
// which a path may begin in POSIX.
func sanitizePath(path string) string {
	if before, _, ok := strings.Cut(path, "://"); ok && !strings.Contains(before, "/") {
		return path
	}
	var b strings.Builder
	rest := path
	if strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///") {
		b.WriteString("//")
		rest = path[2:]
	}
	for rest != "" {
		if rest[0] != '/' {
			b.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		rest = strings.TrimLeft(rest, "/")
		if rest != "" || b.Len() == 0 {
			b.WriteByte('/')
		}
	}
	return b.String()
}
