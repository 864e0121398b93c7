package naming

import (
	"fmt"
	"path"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// Pattern means objects: by name, by UUID in any of the forms that libvirt reads,
// or by a pattern of either (path.Match).
type Pattern struct {
	text    string
	pattern bool // text has wildcards
	uuid    *libvirt.UUID
}

// IsPattern reports whether a text has wildcards.
func IsPattern(s string) bool { return strings.ContainsAny(s, `*?[\`) }

// Escape returns the pattern that means this name alone.
func Escape(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// CheckPattern refuses a pattern that cannot be read.
func CheckPattern(s string) error {
	if _, err := path.Match(s, ""); err != nil {
		return fmt.Errorf("%q is a bad pattern: want *, ? and [a-z] as path.Match has them", s)
	}
	return nil
}

// ParsePattern makes a pattern ready, which CheckPattern has passed.
func ParsePattern(s string) Pattern {
	o := Pattern{text: s, pattern: IsPattern(s)}
	if u, ok := ParseUUID(s); ok {
		o.uuid = &u
	}
	return o
}

// Among reports whether the pattern means one of the objects that a call names. A
// nil Finder finds none.
func (o *Pattern) Among(find Finder, args any) bool {
	if find == nil {
		return false
	}
	var buf [4]Object
	for _, s := range find(args, buf[:0]) {
		if o.Matches(s) {
			return true
		}
	}
	return false
}

// Matches reports whether the pattern means an object.
func (o *Pattern) Matches(s Object) bool {
	if o.uuid != nil && s.HasUUID && *o.uuid == s.UUID {
		return true
	}
	for _, name := range [...]string{s.Name, s.Also} {
		if name != "" && o.text == name || o.pattern && name != "" && Match(o.text, name) {
			return true
		}
	}
	return o.pattern && s.HasUUID && Match(strings.ToLower(o.text), FormatUUID(s.UUID))
}

// Match is path.Match of a pattern that CheckPattern has passed. What is a path
// itself, as the keys of volumes are, matches as a whole only where the pattern
// spells the slashes out.
func Match(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}
