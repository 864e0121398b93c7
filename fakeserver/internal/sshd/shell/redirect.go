package shell

import (
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// A file is what a descriptor leads to; one that is closed, or not open in that
// direction, has no Reader or Writer.
type file struct {
	io.Reader
	io.Writer
}

var errBadDescriptor = errors.New("Bad file descriptor")

// closed fails to be read or written.
type closed struct{}

func (closed) Read([]byte) (int, error)  { return 0, errBadDescriptor }
func (closed) Write([]byte) (int, error) { return 0, errBadDescriptor }

// null is /dev/null.
type null struct{}

func (null) Read([]byte) (int, error)    { return 0, io.EOF }
func (null) Write(p []byte) (int, error) { return len(p), nil }

func (sh *shell) stdin() io.Reader {
	if r := sh.fds[0].Reader; r != nil {
		return r
	}
	return closed{}
}

func (sh *shell) stdout() io.Writer { return sh.writer(1) }
func (sh *shell) stderr() io.Writer { return sh.writer(2) }

func (sh *shell) writer(fd int) io.Writer {
	if w := sh.fds[fd].Writer; w != nil {
		return w
	}
	return closed{}
}

// redirected runs f with the redirections in force. Where one fails, f does not
// run and the status is that of the failure.
func (sh *shell) redirected(redirs []*syntax.Redirect, f func()) {
	old := sh.fds
	for _, rd := range redirs {
		if err := sh.redirect(rd); err != nil {
			sh.fds = old
			sh.errorf("%v", err)
			sh.status = sh.either(2, 1)
			return
		}
	}
	f()
	sh.fds = old
}

// either chooses by dialect.
func (sh *shell) either(dash, bash int) int {
	if sh.dialect == Bash {
		return bash
	}
	return dash
}

func (sh *shell) redirect(rd *syntax.Redirect) error {
	fd := 1
	switch rd.Op {
	case syntax.RdrIn, syntax.RdrInOut, syntax.DplIn, syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc:
		fd = 0
	}
	if rd.N != nil {
		n, err := strconv.Atoi(rd.N.Value)
		if err != nil || n < 0 || n >= len(sh.fds) {
			return errors.New(rd.N.Value + ": " + errBadDescriptor.Error())
		}
		fd = n
	}
	switch rd.Op {
	case syntax.Hdoc, syntax.DashHdoc:
		return sh.document(fd, rd)
	}
	target, err := sh.literal(rd.Word, unquoted)
	if err != nil {
		return err
	}
	switch rd.Op {
	case syntax.WordHdoc:
		sh.fds[fd] = file{Reader: strings.NewReader(target + "\n")}
		return nil
	case syntax.DplIn, syntax.DplOut:
		return sh.duplicate(fd, target)
	case syntax.RdrIn:
		return sh.openRead(fd, target)
	case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrInOut:
		return sh.openWrite(fd, target)
	case syntax.RdrAll, syntax.AppAll:
		return errors.Join(sh.openWrite(1, target), sh.duplicate(2, "1"))
	}
	return errors.New("redirection is not part of this node's shell")
}

// duplicate makes descriptor fd lead where target does; "-" closes it.
func (sh *shell) duplicate(fd int, target string) error {
	if target == "-" {
		sh.fds[fd] = file{}
		return nil
	}
	n, err := strconv.Atoi(target)
	if err != nil || n < 0 || n >= len(sh.fds) || sh.fds[n] == (file{}) {
		return errors.New(target + ": " + errBadDescriptor.Error())
	}
	sh.fds[fd] = sh.fds[n]
	return nil
}

func (sh *shell) openRead(fd int, name string) error {
	full := abs(sh.dir, name)
	switch sh.job.machine.stat(full) {
	case kindNull:
		sh.fds[fd] = file{Reader: null{}}
		return nil
	case kindAbsent:
		if sh.dialect == Dash {
			return errors.New("cannot open " + name + ": No such file")
		}
		return errors.New(name + ": No such file or directory")
	}
	if sh.dialect == Dash {
		return errors.New("cannot open " + name + ": Permission denied")
	}
	return errors.New(name + ": Permission denied")
}

// openWrite opens /dev/null. Everything else is on a file system that is mounted
// read-only, which is as near as a real machine comes to having no files.
func (sh *shell) openWrite(fd int, name string) error {
	full := abs(sh.dir, name)
	if sh.job.machine.stat(full) == kindNull {
		sh.fds[fd] = file{Writer: null{}}
		return nil
	}
	reason, prefix := "Read-only file system", ""
	if full == "" || sh.job.machine.stat(path.Dir(full)) != kindDir {
		reason = "No such file or directory"
		if sh.dialect == Dash {
			reason = "Directory nonexistent"
		}
	}
	if sh.dialect == Dash {
		prefix = "cannot create "
	}
	return errors.New(prefix + name + ": " + reason)
}

// document opens a here-document.
func (sh *shell) document(fd int, rd *syntax.Redirect) error {
	text := ""
	if rd.Hdoc != nil {
		q := inDocument
		for _, part := range rd.Word.Parts { // a quoted delimiter makes the text literal
			if lit, ok := part.(*syntax.Lit); !ok || strings.Contains(lit.Value, `\`) {
				q = unquoted
			}
		}
		if lit := rd.Hdoc.Lit(); q == unquoted {
			text = lit
		} else {
			var err error
			if text, err = sh.literal(rd.Hdoc, q); err != nil {
				return err
			}
		}
	}
	if rd.Op == syntax.DashHdoc {
		lines := strings.SplitAfter(text, "\n")
		for i := range lines {
			lines[i] = strings.TrimLeft(lines[i], "\t")
		}
		text = strings.Join(lines, "")
	}
	sh.fds[fd] = file{Reader: strings.NewReader(text)}
	return nil
}
