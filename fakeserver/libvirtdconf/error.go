package libvirtdconf

import "fmt"

// Error says what is wrong with a file, in the words of libvirtd 9.0.0 where that
// refuses the file too.
type Error struct {
	File string
	// Line counts from 1; 0 is the file as a whole.
	Line int
	Text string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Text)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// fail returns an error about a setting, whose file is filled in later.
func (s *setting) fail(format string, args ...any) error {
	return &Error{Line: s.line, Text: fmt.Sprintf(format, args...)}
}
