package conformance

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
)

// longestBase is how long the path of the directory may be in which the rows have
// theirs, in bytes: paths of sockets are short.
const longestBase = 48

// plainPath is a path without characters that need escapes in a URI, in a shell, or in
// a configuration of ssh's.
var plainPath = regexp.MustCompile(`^/[A-Za-z0-9/._-]*$`)

// temporary returns the directory in which the rows have theirs: the system's for
// temporary files if its path is plain and short, and else /tmp or /var/tmp.
func temporary() (string, error) { return temporaryOf(os.TempDir(), "/tmp", "/var/tmp") }

func temporaryOf(bases ...string) (string, error) {
	if first := bases[0]; first != "" {
		// What was asked for, and cannot be, is a mistake to be told.
		if info, err := os.Stat(first); err != nil {
			return "", fmt.Errorf("no directory for temporary files: %w", err)
		} else if !info.IsDir() {
			return "", fmt.Errorf("no directory for temporary files: %s is none", first)
		}
	}
	var errs []error
	for _, base := range slices.Compact(bases) {
		if runtime.GOOS != "windows" && (len(base) > longestBase || !plainPath.MatchString(base)) {
			errs = append(errs, fmt.Errorf("%q is too long, or has characters that need escapes", base))
			continue
		}
		// The only proof that files can be made there.
		dir, err := os.MkdirTemp(base, "conformance-")
		if err == nil {
			err = os.Remove(dir)
		}
		if err == nil {
			return base, nil
		}
		errs = append(errs, err)
		if base == bases[0] {
			break
		}
	}
	return "", fmt.Errorf("no directory for temporary files: %w", errors.Join(errs...))
}
