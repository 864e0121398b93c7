package shell

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// setParams replaces the positional parameters. The options of set are not part
// of this shell.
func (sh *shell) setParams(args []string) int {
	args = args[1:]
	switch {
	case len(args) == 0:
		return 0
	case args[0] == "--":
		args = args[1:]
	case strings.HasPrefix(args[0], "-") || strings.HasPrefix(args[0], "+"):
		sh.unsupported("set " + args[0])
		return sh.status
	}
	sh.params = args
	return 0
}

func (sh *shell) shift(args []string) int {
	n := 1
	if len(args) > 1 {
		var err error
		if n, err = strconv.Atoi(args[1]); err != nil || n < 0 {
			return sh.usage("shift", "Illegal number: %s", args[1])
		}
	}
	if n > len(sh.params) {
		if sh.dialect == Dash {
			sh.fatal("shift: can't shift that many")
			return sh.status
		}
		return 1
	}
	sh.params = sh.params[n:]
	return 0
}

func (sh *shell) exportVars(args []string) int {
	for _, arg := range args[1:] {
		name, value, assigned := strings.Cut(arg, "=")
		if !syntax.ValidName(name) {
			return sh.badName("export", arg, name)
		}
		var err error
		if assigned {
			err = sh.set(name, value)
		}
		if err == nil {
			err = sh.export(name)
		}
		if err != nil {
			sh.expansionFailed(err)
			return sh.status
		}
	}
	return 0
}

func (sh *shell) badName(command, arg, name string) int {
	if sh.dialect == Bash {
		sh.errorf("%s: `%s': not a valid identifier", command, arg)
		return 1
	}
	sh.fatal("%s: %s: bad variable name", command, name)
	return sh.status
}

// local makes variables of the function being run.
func (sh *shell) local(args []string) int {
	if len(sh.saved) == 0 {
		return sh.usage("local", "not in a function")
	}
	frame := sh.saved[len(sh.saved)-1]
	for _, arg := range args[1:] {
		name, value, assigned := strings.Cut(arg, "=")
		if !syntax.ValidName(name) {
			return sh.badName("local", arg, name)
		}
		if _, ok := frame[name]; !ok {
			frame[name] = sh.save(name)
		}
		if assigned {
			if err := sh.set(name, value); err != nil {
				sh.expansionFailed(err)
				return sh.status
			}
		}
	}
	return 0
}

func (sh *shell) unsetVars(args []string) int {
	args = args[1:]
	functions := false
	if len(args) > 0 && (args[0] == "-v" || args[0] == "-f") {
		functions = args[0] == "-f"
		args = args[1:]
	}
	for _, name := range args {
		if functions {
			delete(sh.funcs, name)
		} else {
			sh.unset(name)
		}
	}
	return 0
}

func (sh *shell) cd(args []string) int {
	target, _ := sh.param("HOME")
	if len(args) > 1 {
		target = args[1]
	}
	if target == "-" {
		target, _ = sh.param("OLDPWD")
		defer func() { sh.print(sh.dir + "\n") }()
	}
	dir := abs(sh.dir, target)
	if sh.job.machine.stat(dir) != kindDir {
		if sh.dialect == Bash {
			sh.errorf("cd: %s: No such file or directory", target)
			return 1
		}
		return sh.usage("cd", "can't cd to %s", target)
	}
	err := errors.Join(sh.set("OLDPWD", sh.dir), sh.set("PWD", dir))
	if err != nil {
		sh.expansionFailed(errNoSpace)
		return sh.status
	}
	sh.dir = dir
	return 0
}

func (sh *shell) pwd([]string) int { return sh.print(sh.dir + "\n") }

// read reads one line, a byte at a time: what follows it belongs to the next
// command.
func (sh *shell) read(args []string) int {
	args = args[1:]
	raw := len(args) > 0 && args[0] == "-r"
	if raw {
		args = args[1:]
	}
	if len(args) == 0 {
		args = []string{"REPLY"}
	}
	line, err := readLine(sh.stdin(), raw)
	if errors.Is(err, errNoSpace) {
		sh.expansionFailed(err)
		return sh.status
	}
	for i, name := range args {
		if !syntax.ValidName(name) {
			return sh.badName("read", name, name)
		}
		value := strings.Trim(line, " \t")
		if i < len(args)-1 {
			value, line, _ = strings.Cut(value, " ")
		}
		if err := sh.set(name, value); err != nil {
			sh.expansionFailed(err)
			return sh.status
		}
	}
	return boolStatus(err == nil)
}

func readLine(r io.Reader, raw bool) (string, error) {
	var line bytes.Buffer
	var b [1]byte
	escaped := false
	for {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return line.String(), err
		}
		switch {
		case escaped:
			escaped = false
			if b[0] == '\n' {
				continue // a line that goes on
			}
		case b[0] == '\n':
			return line.String(), nil
		case b[0] == '\\' && !raw:
			escaped = true
			continue
		}
		if line.Len() >= maxExpansion {
			return "", errNoSpace
		}
		line.WriteByte(b[0])
	}
}
