package shell

import (
	"errors"
	"io"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

func (sh *shell) stmts(stmts []*syntax.Stmt) {
	for _, stmt := range stmts {
		if sh.stopped() {
			return
		}
		sh.stmt(stmt)
	}
}

func (sh *shell) stmt(stmt *syntax.Stmt) {
	if sh.stopped() {
		return
	}
	if stmt.Coprocess || stmt.Disown {
		sh.unsupported("coproc")
		return
	}
	if stmt.Background {
		sh.background(stmt)
		return
	}
	sh.line = int(stmt.Pos().Line())
	switch cmd := stmt.Cmd.(type) {
	case *syntax.CallExpr:
		sh.simple(cmd, stmt.Redirs)
	case *syntax.DeclClause:
		sh.declaration(cmd, stmt.Redirs)
	case nil:
		sh.status = 0
		sh.redirected(stmt.Redirs, func() {})
	default:
		sh.redirected(stmt.Redirs, func() { sh.compound(stmt.Cmd) })
	}
	if stmt.Negated && sh.jump == jumpNone {
		sh.status = boolStatus(sh.status != 0)
	}
}

func boolStatus(ok bool) int {
	if ok {
		return 0
	}
	return 1
}

// background runs a command beside the script, which still waits for it at the
// end: sshd ends a session only when nobody holds its output any more.
func (sh *shell) background(stmt *syntax.Stmt) {
	fg := *stmt
	fg.Background = false
	sub := sh.subshell()
	sub.fds[0] = file{Reader: null{}}
	sh.status = 0
	if sh.deepEnough() {
		return
	}
	sh.holders.Add(1)
	started := sh.job.start(func() {
		defer sub.holders.Done()
		sub.stmt(&fg)
	})
	if !started {
		sh.holders.Done()
		sh.fatal("Cannot fork")
	}
}

func (sh *shell) compound(cmd syntax.Command) {
	switch cmd := cmd.(type) {
	case *syntax.Block:
		sh.stmts(cmd.Stmts)
	case *syntax.Subshell:
		if sh.deepEnough() {
			return
		}
		sub := sh.subshell()
		sub.stmts(cmd.Stmts)
		sh.status = sub.status
	case *syntax.BinaryCmd:
		sh.binary(cmd)
	case *syntax.IfClause:
		sh.ifClause(cmd)
	case *syntax.WhileClause:
		sh.while(cmd)
	case *syntax.ForClause:
		sh.forClause(cmd)
	case *syntax.CaseClause:
		sh.caseClause(cmd)
	case *syntax.FuncDecl:
		sh.define(cmd)
	case *syntax.TestClause:
		sh.unsupported("[[")
	default: // arithmetic, let, time, select and the like
		sh.unsupported("this command")
	}
}

func (sh *shell) define(cmd *syntax.FuncDecl) {
	if cmd.Name == nil { // zsh's functions of several names or none, which the parser lets by
		sh.unsupported("function")
		return
	}
	if _, ok := sh.funcs[cmd.Name.Value]; !ok && len(sh.funcs) >= maxFunctions {
		sh.expansionFailed(errNoSpace)
		return
	}
	sh.funcs[cmd.Name.Value] = cmd.Body
	sh.status = 0
}

// unsupported answers what a real shell would do and this one cannot.
func (sh *shell) unsupported(what string) {
	sh.errorf("%s: not part of this node's shell", what)
	sh.status = 2
}

func (sh *shell) binary(cmd *syntax.BinaryCmd) {
	switch cmd.Op {
	case syntax.AndStmt, syntax.OrStmt:
		sh.stmt(cmd.X)
		if !sh.stopped() && (sh.status == 0) == (cmd.Op == syntax.AndStmt) {
			sh.stmt(cmd.Y)
		}
	default:
		sh.pipeline(cmd)
	}
}

// pipeline runs the left side in a goroutine and the right side here, each in a
// subshell. The left side may be a pipeline itself.
func (sh *shell) pipeline(cmd *syntax.BinaryCmd) {
	if sh.deepEnough() {
		return
	}
	pr, pw := io.Pipe()
	left, right := sh.subshell(), sh.subshell()
	left.fds[1] = file{Writer: pw}
	left.holders = new(sync.WaitGroup)
	if cmd.Op == syntax.PipeAll {
		left.fds[2] = left.fds[1]
	}
	right.fds[0] = file{Reader: pr}
	done := make(chan struct{})
	started := sh.job.start(func() {
		defer close(done)
		left.stmt(cmd.X)
		left.holders.Wait()
		pw.Close()
	})
	if !started {
		sh.fatal("Cannot fork")
		return
	}
	right.stmt(cmd.Y)
	pr.CloseWithError(errBrokenPipe)
	<-done
	sh.status = right.status
}

// errBrokenPipe is what a write gets when nobody will read it. Programs need not
// look for it: the shell that meets it ends as if by SIGPIPE.
var errBrokenPipe = errors.New("Broken pipe")

// sigPipe is the status of a process that SIGPIPE ended.
const sigPipe = 128 + 13

func (sh *shell) ifClause(cmd *syntax.IfClause) {
	for ; cmd != nil; cmd = cmd.Else {
		if len(cmd.Cond) == 0 { // else
			sh.stmts(cmd.Then)
			return
		}
		sh.stmts(cmd.Cond)
		if sh.stopped() {
			return
		}
		if sh.status == 0 {
			sh.stmts(cmd.Then)
			return
		}
	}
	sh.status = 0
}

// leaveLoop is asked after the body of a loop: true ends the loop.
func (sh *shell) leaveLoop() bool {
	if !sh.stopped() {
		return false
	}
	if sh.jump != jumpBreak && sh.jump != jumpContinue {
		return true
	}
	if sh.jumpLoops--; sh.jumpLoops > 0 {
		return true
	}
	leave := sh.jump == jumpBreak
	sh.jump = jumpNone
	return leave
}

func (sh *shell) while(cmd *syntax.WhileClause) {
	sh.loops++
	defer func() { sh.loops-- }()
	status := 0
	for {
		sh.stmts(cmd.Cond)
		if sh.jump == jumpNone && (sh.status == 0) == cmd.Until {
			break
		}
		if sh.jump == jumpNone {
			sh.stmts(cmd.Do)
			status = sh.status
		}
		if sh.leaveLoop() {
			break
		}
	}
	if sh.jump == jumpNone {
		sh.status = status
	}
}

func (sh *shell) forClause(cmd *syntax.ForClause) {
	iter, ok := cmd.Loop.(*syntax.WordIter)
	if !ok || cmd.Select {
		sh.unsupported("this loop")
		return
	}
	items := sh.params
	if iter.InPos.IsValid() {
		var err error
		if items, err = sh.fields(iter.Items); err != nil {
			sh.expansionFailed(err)
			return
		}
	}
	sh.loops++
	defer func() { sh.loops-- }()
	sh.status = 0
	for _, item := range items {
		if err := sh.set(iter.Name.Value, item); err != nil {
			sh.expansionFailed(err)
			return
		}
		sh.stmts(cmd.Do)
		if sh.leaveLoop() {
			return
		}
	}
}

func (sh *shell) caseClause(cmd *syntax.CaseClause) {
	word, err := sh.literal(cmd.Word, unquoted)
	if err != nil {
		sh.expansionFailed(err)
		return
	}
	sh.status = 0
	for _, item := range cmd.Items {
		for _, p := range item.Patterns {
			pat, err := sh.pattern(p)
			if err != nil {
				sh.expansionFailed(err)
				return
			}
			if pat.match(word) {
				sh.stmts(item.Stmts)
				return
			}
		}
	}
}

// expansionFailed ends a script whose words cannot be expanded, as every shell
// does that is not interactive.
func (sh *shell) expansionFailed(err error) {
	sh.errorf("%v", err)
	if _, unset := errors.AsType[unsetError](err); unset {
		sh.exit(sh.either(2, 127))
		return
	}
	sh.exit(sh.either(2, 1))
}
