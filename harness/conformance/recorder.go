package conformance

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// recorderScript keeps its arguments and becomes another program.
const recorderScript = `#!/bin/sh
for word do printf '%s ' "$word"; done >> LOG
echo >> LOG
exec PROGRAM "$@"
`

// Recorder makes a program of the client's that keeps the arguments it is given, and
// runs program with them; it returns its path. name may have a directory, which lies
// in Dir. What it keeps is looked at by Reach.Args and NoArgs.
func (e *Env) Recorder(name, program string) (string, error) {
	text := strings.NewReplacer("LOG", quote(e.recorded()), "PROGRAM", quote(program)).Replace(recorderScript)
	const executable = 0o755
	return e.File(name, text, executable)
}

func (e *Env) recorded() string { return filepath.Join(e.Dir, "arguments") }

// arguments returns what recorders have kept, a line for each run.
func (e *Env) arguments() (string, error) {
	b, err := os.ReadFile(e.recorded())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return string(b), err
}
