package shell

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"
)

// A Program is an executable file of a [Machine]. It returns the exit status,
// 0 to 255. When ctx ends it returns soon; its result no longer matters then.
type Program func(ctx context.Context, p *Process) int

// A Process is one run of a [Program].
type Process struct {
	// Args are the words of the command; Args[0] is the name as it was written,
	// which is what programs put before their messages.
	Args []string

	// Env are the exported variables, each "NAME=value", in no order.
	Env []string

	// Dir is the working directory.
	Dir string

	// Stdin may be read, and Stdout and Stderr written, by several goroutines.
	// None of them is nil: a descriptor that the script closed fails to read or
	// write with "Bad file descriptor".
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	job   *job
	depth int
}

// Errorf writes a message to standard error, preceded by the name of the
// program as it was called, and followed by a newline.
func (p *Process) Errorf(format string, args ...any) {
	fmt.Fprintf(p.Stderr, p.Args[0]+": "+format+"\n", args...)
}

// Getenv returns the value of an exported variable, or "".
func (p *Process) Getenv(name string) string {
	for _, kv := range p.Env {
		if k, v, _ := strings.Cut(kv, "="); k == name {
			return v
		}
	}
	return ""
}

// Executables returns the paths of the programs that name stands for: itself if
// it contains a slash, else one for each directory of PATH that has it.
func (p *Process) Executables(name string) []string {
	return p.job.machine.executables(name, p.Getenv("PATH"), p.Dir)
}

// IsDir reports whether the machine has a directory of this name.
func (p *Process) IsDir(name string) bool {
	return p.job.machine.stat(abs(p.Dir, name)) == kindDir
}

// devNull is the one file that can be opened.
const devNull = "/dev/null"

// A Machine is what a shell can see of the computer it runs on: its programs,
// and the directories that hold them. It must not be changed once a script
// runs on it; any number of scripts may.
type Machine struct {
	programs map[string]Program
	dirs     map[string]bool
}

// NewMachine returns a machine with the usual directories, an account's home
// directory, and no programs.
func NewMachine(home string) *Machine {
	m := &Machine{programs: make(map[string]Program), dirs: make(map[string]bool)}
	for _, dir := range []string{"/", "/bin", "/dev", "/tmp", "/usr/bin", home} {
		m.mkdir(dir)
	}
	return m
}

// Install puts a program at each of the paths, which must be absolute, and makes
// the directories above them.
func (m *Machine) Install(program Program, paths ...string) {
	for _, name := range paths {
		name = path.Clean(name)
		m.programs[name] = program
		m.mkdir(path.Dir(name))
	}
}

func (m *Machine) mkdir(dir string) {
	for dir = path.Clean(dir); !m.dirs[dir]; dir = path.Dir(dir) {
		m.dirs[dir] = true
	}
}

// kind is what a path leads to.
type kind int

const (
	kindAbsent kind = iota
	kindDir
	kindProgram
	kindNull
)

// stat says what a clean absolute path leads to.
func (m *Machine) stat(name string) kind {
	switch {
	case name == devNull:
		return kindNull
	case m.dirs[name]:
		return kindDir
	case m.programs[name] != nil:
		return kindProgram
	}
	return kindAbsent
}

// executables implements [Process.Executables]. The paths are returned as
// which(1) prints them, so a directory of PATH stays as it was written.
func (m *Machine) executables(name, searchPath, dir string) []string {
	if strings.Contains(name, "/") {
		if m.stat(abs(dir, name)) == kindProgram {
			return []string{name}
		}
		return nil
	}
	var found []string
	for elem := range strings.SplitSeq(searchPath, ":") {
		if elem == "" {
			elem = "."
		}
		if m.stat(abs(dir, elem+"/"+name)) == kindProgram {
			found = append(found, elem+"/"+name)
		}
	}
	return found
}

// abs returns the clean absolute form of a path; "" stays "", which is nowhere.
func abs(dir, name string) string {
	if name == "" {
		return ""
	}
	if !path.IsAbs(name) {
		name = dir + "/" + name
	}
	return path.Clean(name)
}
