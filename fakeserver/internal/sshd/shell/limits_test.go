package shell

import (
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestEnds runs scripts that a real shell would not survive or never finish.
func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		stderr       string
	}{
		{"doubling variable", `A=x; while :; do A=$A$A; done`, "sh: 1: Out of space\n"},
		{"appended variable", `A=xxxxxxxxxxxxxxxx; B=; while :; do B=$B$A; done`, "sh: 1: Out of space\n"},
		{"many variables", `A=a; while :; do eval "$A=1; export $A"; A=${A}a; done`, "Out of space\n"},
		{"doubling parameters", `set -- x; while :; do set -- "$@" "$@"; done`, "sh: 1: Out of space\n"},
		{"long word", `A=` + strings.Repeat("x", 1000) + `; echo ` + strings.Repeat("$A", 100), "sh: 1: Out of space\n"},
		{"endless substitution", `A=$(while :; do echo yyyyyyyyyyyyyyyy; done)`, "sh: 1: Out of space\n"},
		{"endless line", `while :; do printf xxxxxxxxxxxxxxxx; done | read A`, "sh: 1: Out of space\n"},
		{"functions made in a loop", `A=a; while :; do eval "$A() { :; }"; A=a$A; done`, "Out of space\n"},
		{"recursive function", `f() { f; }; f`, "sh: 1: Maximum function recursion depth (64) reached\n"},
		{"recursive eval", `A='eval "$A"'; eval "$A"`, "Maximum function recursion depth (64) reached\n"},
		{"recursive shell", `A='sh -c "$A"'; export A; sh -c "$A"`, "sh: 0: Maximum function recursion depth (64) reached\n"},
		{"recursive substitution", `f() { echo $(f); }; f`, "Maximum function recursion depth (64) reached\n"},
		{"wide pipeline", "true" + strings.Repeat("|true", 200), "Cannot fork\n"},
		{"many jobs", `while :; do cat <&0 & done`, "sh: 1: Cannot fork\n"},
		{"long script", strings.Repeat(":;", maxScript), "sh: 1: Argument list too long\n"},
		{"deep nesting", strings.Repeat("(", maxScript-1), "Syntax error"},
		{"deep tests", "test " + strings.Repeat("! ", maxScript/2-10) + "x", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := runScript(t, Dash, tt.script, "")
			if !strings.Contains(got.stderr, tt.stderr) {
				t.Errorf("%v\nwant %q", got, tt.stderr)
			}
		})
	}
}

// TestCancel runs scripts that end with their context and with nothing else.
func TestCancel(t *testing.T) {
	for _, tt := range []struct{ name, script string }{
		{"while", `echo ready; while :; do :; done`},
		{"until", `echo ready; until false; do true; done`},
		{"loop in a subshell", `echo ready; (while :; do :; done); while :; do :; done`},
		{"loop in a pipeline", `echo ready; while :; do echo y; done | while :; do read A; done`},
		{"loop in the background", `echo ready; while :; do :; done & (while :; do :; done) &`},
		{"loop in a substitution", `echo ready; A=$(while :; do :; done)`},
		{"loop in a nested shell", `echo ready; sh -c 'while :; do sh -c "true | false"; done'`},
		{"fork bomb", `echo ready; f() { f | f & }; while :; do f 2>/dev/null; done`},
		{"endless output", `echo ready; while :; do echo y; done`},
		{"program that waits", `echo ready; wait-for-end; while :; do :; done`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			m := testMachine()
			m.Install(func(ctx context.Context, _ *Process) int { <-ctx.Done(); return 0 }, "/usr/bin/wait-for-end")
			ready := make(chan struct{}, 1)
			done := make(chan struct{})
			go func() {
				defer close(done)
				Run(ctx, tt.script, Config{
					Machine: m, Name: "sh", Env: []string{"PATH=/usr/bin"},
					Stdin: strings.NewReader(""), Stdout: notify{ready}, Stderr: io.Discard,
				})
			}()
			<-ready
			cancel()
			select {
			case <-done:
			case <-time.After(2 * time.Minute):
				stacks := make([]byte, 1<<20)
				t.Fatalf("still running:\n%s", stacks[:runtime.Stack(stacks, true)])
			}
		})
	}
}

// notify says when something is written, and drops it.
type notify struct{ c chan struct{} }

func (n notify) Write(p []byte) (int, error) {
	select {
	case n.c <- struct{}{}:
	default:
	}
	return len(p), nil
}
