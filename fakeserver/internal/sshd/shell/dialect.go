package shell

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// A Dialect is the shell to imitate where dash and bash differ: how messages are
// worded, whether echo interprets backslashes, and the few extensions of bash
// that are understood (&>, &>>, |&, <<< and $'…').
type Dialect int

const (
	// Dash is Debian's /bin/sh.
	Dash Dialect = iota
	// Bash is Debian's usual login shell.
	Bash
)

func (d Dialect) variant() syntax.LangVariant {
	if d == Bash {
		return syntax.LangBash
	}
	return syntax.LangPOSIX
}

// errorf prints a message of the shell itself.
func (sh *shell) errorf(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	if sh.dialect == Bash {
		fmt.Fprintf(sh.stderr(), "%s: line %d: %s\n", sh.name, sh.line, msg)
		return
	}
	fmt.Fprintf(sh.stderr(), "%s: %d: %s%s\n", sh.name, sh.line, sh.within, msg)
}

// usage prints a message of a built-in command and returns its status.
func (sh *shell) usage(name, format string, args ...any) int {
	sh.errorf(name+": "+format, args...)
	return 2
}

// notFound answers a command that is no program, in the shell's own words.
func (sh *shell) notFound(name string) int {
	isDir := strings.Contains(name, "/") && sh.job.machine.stat(abs(sh.dir, name)) == kindDir
	switch {
	case sh.dialect == Dash && (isDir || name == ""):
		sh.errorf("%s: Permission denied", name)
	case sh.dialect == Dash:
		sh.errorf("%s: not found", name)
	case isDir:
		sh.errorf("%s: Is a directory", name)
	case strings.Contains(name, "/"):
		sh.errorf("%s: No such file or directory", name)
	default:
		sh.errorf("%s: command not found", name)
	}
	if isDir {
		return 126
	}
	return 127
}

// syntaxError answers a script that cannot be parsed. The parser words its
// errors for people who edit scripts; the three that a client can cause are
// turned into the shell's words, the others are shown as they are.
func (sh *shell) syntaxError(script string, err error) {
	line, text := 1, err.Error()
	if perr, ok := errors.AsType[syntax.ParseError](err); ok {
		line, text = int(perr.Pos.Line()), perr.Text
	}
	if lerr, ok := errors.AsType[syntax.LangError](err); ok {
		line, text = int(lerr.Pos.Line()), lerr.Feature
	}
	token := firstQuoted(text)
	if sh.dialect == Bash {
		sh.bashSyntaxError(script, line, token, text)
		return
	}
	sh.line = line
	switch {
	case strings.Contains(text, "without closing quote"):
		text = "Unterminated quoted string"
	case strings.Contains(text, "can only be"):
		text = strconv.Quote(token) + " unexpected"
	}
	sh.errorf("Syntax error: %s", text)
}

func (sh *shell) bashSyntaxError(script string, line int, token, text string) {
	where := "-c: "
	if sh.within != "" {
		where = sh.within
	}
	complain := func(format string, args ...any) {
		fmt.Fprintf(sh.stderr(), "%s: %sline %d: %s\n", sh.name, where, line, fmt.Sprintf(format, args...))
	}
	switch {
	case strings.Contains(text, "without closing quote"):
		complain("unexpected EOF while looking for matching `%s'", token)
	case strings.Contains(text, "can only be"):
		lines := strings.Split(script, "\n")
		complain("syntax error near unexpected token `%s'", token)
		complain("`%s'", lines[min(line, len(lines))-1])
	default:
		complain("syntax error: %s", text)
	}
}

// firstQuoted returns what the parser quotes first in its message, with
// backquotes if it can.
func firstQuoted(text string) string {
	i := strings.IndexAny(text, "`\"")
	if i < 0 {
		return ""
	}
	token, _, _ := strings.Cut(text[i+1:], text[i:i+1])
	return token
}
