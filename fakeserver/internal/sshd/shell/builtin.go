package shell

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// A builtin runs in the shell itself and returns its status.
type builtin func(sh *shell, args []string) int

// builtinNamed returns a built-in command, or nil. Those of a real shell that
// have no meaning here are built in too, and say so.
func builtinNamed(name string) builtin {
	switch name {
	case ":", "true":
		return func(*shell, []string) int { return 0 }
	case "false":
		return func(*shell, []string) int { return 1 }
	case "echo":
		return (*shell).echo
	case "printf":
		return (*shell).printf
	case "test", "[":
		return (*shell).test
	case "exit", "return":
		return (*shell).exitOrReturn
	case "break", "continue":
		return (*shell).breakOrContinue
	case "eval":
		return (*shell).eval
	case "command":
		return (*shell).command
	case "type":
		return (*shell).typeOf
	case "set":
		return (*shell).setParams
	case "shift":
		return (*shell).shift
	case "export":
		return (*shell).exportVars
	case "local":
		return (*shell).local
	case "unset":
		return (*shell).unsetVars
	case "cd":
		return (*shell).cd
	case "pwd":
		return (*shell).pwd
	case "read":
		return (*shell).read
	case ".", "source", "alias", "bg", "declare", "disown", "fc", "fg", "getopts", "hash", "jobs",
		"kill", "let", "mapfile", "readarray", "readonly", "shopt", "suspend", "times", "trap",
		"typeset", "ulimit", "umask", "unalias", "wait":
		return func(sh *shell, args []string) int {
			sh.unsupported(args[0])
			return sh.status
		}
	}
	return nil
}

// isSpecial reports whether a name is one of POSIX's special built-in commands,
// before which assignments last.
func isSpecial(name string) bool {
	switch name {
	case ":", "break", "continue", "eval", "exit", "export", "return", "set", "shift", "unset":
		return true
	}
	return false
}

// Utility returns the program of the same name as a built-in command, such as
// /usr/bin/test. It panics if there is no such command.
func Utility(name string) Program {
	run := builtinNamed(name)
	if run == nil {
		panic("shell: no built-in command " + name)
	}
	return func(ctx context.Context, p *Process) int {
		sh := newShell(ctx, p.job, Config{
			Dialect: Bash, Name: p.Args[0], Env: p.Env, Dir: p.Dir,
			Stdin: p.Stdin, Stdout: p.Stdout, Stderr: p.Stderr,
		})
		return run(sh, append([]string{name}, p.Args[1:]...))
	}
}

// print writes to standard output and returns the status of the command. A pipe
// without a reader ends the shell.
func (sh *shell) print(text string) int {
	if text == "" {
		return 0 // a pipe would wait for a reader of nothing
	}
	_, err := io.WriteString(sh.stdout(), text)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errBrokenPipe):
		sh.exit(sigPipe)
		return sigPipe
	}
	return 1
}

func (sh *shell) exitOrReturn(args []string) int {
	status := sh.status
	if len(args) > 1 {
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 0 {
			if sh.dialect == Bash {
				sh.errorf("%s: %s: numeric argument required", args[0], args[1])
			} else {
				sh.errorf("%s: Illegal number: %s", args[0], args[1])
			}
			n = 2
			sh.jump = jumpExit
		}
		status = n
	}
	if args[0] == "return" && len(sh.saved) == 0 && sh.dialect == Bash {
		sh.errorf("return: can only `return' from a function or sourced script")
		return 2
	}
	if sh.jump == jumpNone {
		sh.jump = jumpExit
		if args[0] == "return" && len(sh.saved) > 0 {
			sh.jump = jumpReturn
		}
	}
	return status & 0xff
}

func (sh *shell) breakOrContinue(args []string) int {
	n := 1
	if len(args) > 1 {
		var err error
		if n, err = strconv.Atoi(args[1]); err != nil || n < 1 {
			return sh.usage(args[0], "Illegal number: %s", args[1])
		}
	}
	if sh.loops == 0 {
		return 0
	}
	sh.jump, sh.jumpLoops = jumpBreak, min(n, sh.loops)
	if args[0] == "continue" {
		sh.jump = jumpContinue
	}
	return 0
}

func (sh *shell) eval(args []string) int {
	if sh.deepEnough() {
		return sh.status
	}
	script := strings.Join(args[1:], " ")
	within := sh.within
	sh.within = "eval: "
	sh.depth++
	sh.substituted = false
	if strings.TrimSpace(script) == "" {
		sh.status = 0
	}
	sh.runScript(script)
	sh.depth--
	sh.within = within
	return sh.status
}

// command runs a built-in command or program but no function; with -v it says
// what would be run.
func (sh *shell) command(args []string) int {
	args = args[1:]
	if len(args) > 0 && (args[0] == "-v" || args[0] == "-V") {
		verbose := args[0] == "-V"
		status := 0
		for _, name := range args[1:] {
			what := sh.describe(name, verbose)
			if what == "" {
				status = sh.either(127, 1)
				continue
			}
			sh.print(what + "\n")
		}
		return status
	}
	if len(args) > 0 && args[0] == "-p" {
		args = args[1:]
	}
	if len(args) == 0 {
		return 0
	}
	if run := builtinNamed(args[0]); run != nil {
		return run(sh, args)
	}
	return sh.program(args)
}

func (sh *shell) typeOf(args []string) int {
	status := 0
	for _, name := range args[1:] {
		what := sh.describe(name, true)
		switch {
		case what != "":
			sh.print(what + "\n")
			continue
		case sh.dialect == Bash:
			sh.errorf("type: %s: not found", name)
		default:
			sh.print(name + ": not found\n")
		}
		status = sh.either(127, 1)
	}
	return status
}

// describe says what a name would run; "" is nothing.
func (sh *shell) describe(name string, verbose bool) string {
	searchPath, _ := sh.param("PATH")
	short, long := name, ""
	_, isFunc := sh.funcs[name]
	switch {
	case syntax.IsKeyword(name):
		long = name + " is a shell keyword"
	case isFunc:
		long = name + " is a shell function"
		if sh.dialect == Bash {
			long = name + " is a function"
		}
	case builtinNamed(name) != nil:
		long = name + " is a shell builtin"
		if isSpecial(name) && sh.dialect == Dash {
			long = name + " is a special shell builtin"
		}
	default:
		paths := sh.job.machine.executables(name, searchPath, sh.dir)
		if len(paths) == 0 {
			return ""
		}
		short, long = paths[0], name+" is "+paths[0]
	}
	if verbose {
		return long
	}
	return short
}
