package shell

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

// Config says where a script runs.
type Config struct {
	Dialect Dialect

	// Name is $0, which precedes the shell's own messages: "sh", "bash".
	// Args are $1 and those that follow.
	Name string
	Args []string

	// Machine has the programs; it must not be nil.
	Machine *Machine

	// Env are the exported variables at the start, each "NAME=value".
	Env []string

	// Dir is the working directory at the start, "/" if empty.
	Dir string

	// The standard descriptors; nil is a closed one. Stdout and Stderr are
	// written by several goroutines if the script has pipelines.
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
}

// Run runs a script and returns its exit status. It returns when the script and
// all that it started have ended, or soon after ctx has. Reading and writing the
// standard descriptors is not interrupted by ctx: whoever ends ctx also closes
// them.
func Run(ctx context.Context, script string, cfg Config) int {
	j := newJob(cfg.Machine)
	defer j.wg.Wait()
	sh := newShell(ctx, j, cfg)
	sh.runScript(script)
	return sh.status
}

// Words returns what a shell makes of a command that is one simple command
// without redirections, assignments and expansions, as the words of
//
//	sh -c 'exec 'nc' -U /x'
//
// are "sh", "-c" and "exec nc -U /x". It returns nil for any other.
func Words(script string) []string {
	file, err := parse(script, Dash)
	if err != nil || len(file.Stmts) != 1 {
		return nil
	}
	stmt := file.Stmts[0]
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || stmt.Negated || stmt.Background || len(stmt.Redirs) > 0 || len(call.Assigns) > 0 {
		return nil
	}
	constant := true
	syntax.Walk(call, func(n syntax.Node) bool {
		switch n.(type) {
		case *syntax.ParamExp, *syntax.CmdSubst, *syntax.ArithmExp:
			constant = false
		}
		return constant
	})
	if !constant {
		return nil
	}
	sh := newShell(context.Background(), newJob(NewMachine("/")), Config{})
	words, err := sh.fields(call.Args)
	if err != nil {
		return nil
	}
	return words
}

// A shell is one execution environment, in the sense of POSIX; a subshell has a
// copy of its own.
type shell struct {
	ctx     context.Context
	job     *job
	dialect Dialect
	name    string
	params  []string
	dir     string
	fds     [10]file
	depth   int
	// holders are the commands in the background that may still write to the
	// pipe that this shell's output goes to.
	holders *sync.WaitGroup

	vars  map[string]variable
	held  int // bytes in vars
	funcs map[string]*syntax.Stmt
	// saved has one frame for each function being run: the variables that
	// "local" replaced.
	saved []map[string]savedVar

	status int // $?
	// substituted notes that a command substitution has set status.
	substituted bool

	line   int    // of the command being run
	within string // "eval: ", for messages

	// jump is set while control leaves commands for the loop, function or
	// shell that takes it up; jumpLoops is how many loops to leave.
	jump      jump
	jumpLoops int
	loops     int
}

type jump int

const (
	jumpNone jump = iota
	jumpBreak
	jumpContinue
	jumpReturn
	jumpExit
)

func newShell(ctx context.Context, j *job, cfg Config) *shell {
	sh := &shell{
		ctx: ctx, job: j,
		dialect: cfg.Dialect, name: cfg.Name, params: cfg.Args,
		dir:   cfg.Dir,
		vars:  make(map[string]variable),
		funcs: make(map[string]*syntax.Stmt),
		line:  1,

		holders: new(sync.WaitGroup),
	}
	if sh.dir == "" {
		sh.dir = "/"
	}
	sh.fds[0].Reader, sh.fds[1].Writer, sh.fds[2].Writer = cfg.Stdin, cfg.Stdout, cfg.Stderr
	sh.importEnv(cfg.Env)
	return sh
}

// subshell returns a copy that runs beside or instead of its parent.
func (sh *shell) subshell() *shell {
	sub := *sh
	sub.vars = maps.Clone(sh.vars)
	sub.funcs = maps.Clone(sh.funcs)
	sub.params = slices.Clone(sh.params)
	sub.saved = nil
	sub.loops = 0
	sub.depth++
	return &sub
}

// deepEnough reports that nothing more may be nested, having said so.
func (sh *shell) deepEnough() bool {
	if sh.depth < maxDepth {
		return false
	}
	sh.fatal("Maximum function recursion depth (%d) reached", maxDepth)
	return true
}

// fatal prints a message after which a shell that runs a script gives up.
func (sh *shell) fatal(format string, args ...any) {
	sh.errorf(format, args...)
	sh.exit(2)
}

func (sh *shell) exit(status int) {
	sh.status = status & 0xff
	sh.jump = jumpExit
}

// stopped reports whether commands are being left. The end of the context is
// an exit.
func (sh *shell) stopped() bool {
	if sh.jump == jumpNone && sh.ctx.Err() != nil {
		sh.exit(128 + 15) // as if by SIGTERM
	}
	return sh.jump != jumpNone
}

func parse(script string, d Dialect) (*syntax.File, error) {
	return syntax.NewParser(syntax.Variant(d.variant())).Parse(strings.NewReader(script), "")
}

// runScript parses and runs a script in this shell.
func (sh *shell) runScript(script string) {
	if len(script) > maxScript {
		sh.errorf("Argument list too long")
		sh.status = 126
		return
	}
	file, err := parse(script, sh.dialect)
	if err != nil {
		sh.syntaxError(script, err)
		sh.status = 2
		if sh.dialect == Dash { // even if the script is that of an eval
			sh.exit(2)
		}
		return
	}
	sh.stmts(file.Stmts)
}

// Interpreter is the program "sh": it understands -c and nothing else, because
// a script from standard input would have to share it with the programs that it
// starts.
func Interpreter(d Dialect) Program {
	return func(ctx context.Context, p *Process) int {
		sh := newShell(ctx, p.job, Config{
			Dialect: d, Name: p.Args[0], Env: p.Env, Dir: p.Dir,
			Stdin: p.Stdin, Stdout: p.Stdout, Stderr: p.Stderr,
		})
		sh.depth = p.depth
		sh.line = 0 // what dash says before it has read a line
		switch {
		case sh.deepEnough():
			return sh.status
		case len(p.Args) == 1:
			return sh.usage("-c", "this node's shell reads no commands from standard input")
		case p.Args[1] != "-c":
			return sh.cannotOpen(p.Args[1])
		case len(p.Args) == 2:
			sh.errorf("-c requires an argument")
			return 2
		}
		sh.line = 1
		if len(p.Args) > 3 {
			sh.name, sh.params = p.Args[3], p.Args[4:]
		}
		sh.runScript(p.Args[2])
		return sh.status
	}
}

// cannotOpen answers "sh FILE" and "sh -OPTION".
func (sh *shell) cannotOpen(arg string) int {
	switch {
	case strings.HasPrefix(arg, "-") && sh.dialect == Dash:
		sh.errorf("Illegal option %s", arg)
		return 2
	case strings.HasPrefix(arg, "-"):
		sh.errorf("%s: invalid option", arg)
		return 2
	case sh.dialect == Dash:
		sh.errorf("cannot open %s: No such file", arg)
		return 2
	}
	sh.errorf("%s: No such file or directory", arg)
	return 127
}
