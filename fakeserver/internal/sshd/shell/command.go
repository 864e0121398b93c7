package shell

import (
	"fmt"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

// simple runs a simple command: assignments, redirections and words.
func (sh *shell) simple(cmd *syntax.CallExpr, redirs []*syntax.Redirect) {
	sh.substituted = false
	args, err := sh.fields(cmd.Args)
	if err != nil {
		sh.expansionFailed(err)
		return
	}
	if len(args) == 0 {
		// The status is that of the last command substitution, if there was one.
		sh.redirected(redirs, func() {
			if sh.assign(cmd.Assigns) && !sh.substituted {
				sh.status = 0
			}
		})
		return
	}
	if args[0] == "exec" {
		sh.exec(cmd, args, redirs)
		return
	}
	sh.redirected(redirs, func() { sh.assigned(cmd.Assigns, args) })
}

// assign makes assignments in this shell, "x+=y" included.
func (sh *shell) assign(assigns []*syntax.Assign) (ok bool) {
	for _, as := range assigns {
		if as.Array != nil || as.Index != nil || as.Name == nil {
			sh.unsupported("array")
			return false
		}
		value, err := sh.literal(as.Value, unquoted)
		if as.Append {
			old, _ := sh.param(as.Name.Value)
			value = old + value
		}
		if err == nil {
			err = sh.set(as.Name.Value, value)
		}
		if err != nil {
			sh.expansionFailed(err)
			return false
		}
	}
	return true
}

// assigned runs a command with assignments before it. They last for the command,
// and longer before a special built-in.
func (sh *shell) assigned(assigns []*syntax.Assign, args []string) {
	if len(assigns) == 0 || isSpecial(args[0]) {
		if sh.assign(assigns) {
			sh.run(args)
		}
		return
	}
	saved := make(map[string]savedVar)
	for _, as := range assigns {
		if as.Name != nil {
			saved[as.Name.Value] = sh.save(as.Name.Value)
		}
	}
	if sh.assign(assigns) {
		for name := range saved {
			sh.export(name)
		}
		sh.run(args)
	}
	for name, v := range saved {
		sh.restore(name, v)
	}
}

// run runs a function, a built-in command or a program.
func (sh *shell) run(args []string) {
	if body, ok := sh.funcs[args[0]]; ok {
		sh.call(body, args)
		return
	}
	if builtin := builtinNamed(args[0]); builtin != nil {
		sh.status = builtin(sh, args)
		return
	}
	sh.status = sh.program(args)
}

// call calls a function.
func (sh *shell) call(body *syntax.Stmt, args []string) {
	if sh.deepEnough() {
		return
	}
	params, loops := sh.params, sh.loops
	sh.params, sh.loops = args[1:], 0
	sh.saved = append(sh.saved, make(map[string]savedVar))
	sh.depth++
	sh.stmt(body)
	sh.depth--
	for name, v := range sh.saved[len(sh.saved)-1] {
		sh.restore(name, v)
	}
	sh.saved = sh.saved[:len(sh.saved)-1]
	sh.params, sh.loops = params, loops
	if sh.jump == jumpReturn {
		sh.jump = jumpNone
	}
}

// program runs a program of the machine and returns its status.
func (sh *shell) program(args []string) int {
	if sh.ctx.Err() != nil {
		return 128 + 15
	}
	searchPath, _ := sh.param("PATH")
	paths := sh.job.machine.executables(args[0], searchPath, sh.dir)
	if len(paths) == 0 {
		return sh.notFound(args[0])
	}
	stdout := &pipeWatch{w: sh.stdout()}
	status := sh.job.machine.programs[abs(sh.dir, paths[0])](sh.ctx, &Process{
		Args: args, Env: sh.environ(), Dir: sh.dir,
		Stdin: sh.stdin(), Stdout: stdout, Stderr: sh.stderr(),
		job: sh.job, depth: sh.depth + 1,
	})
	if stdout.broken.Load() {
		status = sigPipe
	}
	return status & 0xff
}

// exec replaces the shell by a program or, without one, makes its redirections
// last.
func (sh *shell) exec(cmd *syntax.CallExpr, args []string, redirs []*syntax.Redirect) {
	sh.status = 0
	if len(args) == 1 {
		for _, rd := range redirs {
			if err := sh.redirect(rd); err != nil {
				sh.errorf("%v", err)
				sh.status = sh.either(2, 1)
				if sh.dialect == Dash {
					sh.exit(2)
				}
				return
			}
		}
		sh.assign(cmd.Assigns)
		return
	}
	sh.redirected(redirs, func() {
		if !sh.assign(cmd.Assigns) {
			return
		}
		for _, as := range cmd.Assigns {
			sh.export(as.Name.Value)
		}
		searchPath, _ := sh.param("PATH")
		if len(sh.job.machine.executables(args[1], searchPath, sh.dir)) == 0 {
			sh.errorf("exec: %s: not found", args[1])
			sh.exit(127)
			return
		}
		sh.exit(sh.program(args[1:]))
	})
}

// declaration runs export and local as bash parses them, with assignments for
// arguments, as if they were simple commands.
func (sh *shell) declaration(cmd *syntax.DeclClause, redirs []*syntax.Redirect) {
	args := []string{cmd.Variant.Value}
	for _, as := range cmd.Args {
		if as.Array != nil || as.Index != nil {
			sh.unsupported("array")
			return
		}
		value, err := sh.literal(as.Value, unquoted)
		if err != nil {
			sh.expansionFailed(err)
			return
		}
		switch {
		case as.Name == nil:
			args = append(args, value)
		case as.Naked:
			args = append(args, as.Name.Value)
		default:
			args = append(args, as.Name.Value+"="+value)
		}
	}
	sh.redirected(redirs, func() { sh.run(args) })
}

// commandSubst runs a command substitution and returns its output.
func (sh *shell) commandSubst(cs *syntax.CmdSubst) (string, error) {
	if sh.depth >= maxDepth {
		return "", fmt.Errorf("Maximum function recursion depth (%d) reached", maxDepth)
	}
	var out limitedBuffer
	sub := sh.subshell()
	sub.fds[1] = file{Writer: &out}
	sub.holders = new(sync.WaitGroup)
	sub.stmts(cs.Stmts)
	sub.holders.Wait()
	sh.status, sh.substituted = sub.status, true
	if out.full() {
		return "", errNoSpace
	}
	return strings.TrimRight(out.String(), "\n"), nil
}
