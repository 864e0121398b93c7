package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lockedBuffer is written by the parts of a pipeline at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// testMachine has three programs of its own beside sh; oracle_test.go makes the
// same for a real shell.
func testMachine() *Machine {
	m := NewMachine("/root")
	m.Install(Interpreter(Dash), "/usr/bin/sh", "/bin/sh")
	m.Install(func(_ context.Context, p *Process) int { // prints its arguments
		for _, arg := range p.Args[1:] {
			fmt.Fprintf(p.Stdout, "<%s>", arg)
		}
		fmt.Fprintln(p.Stdout)
		return 0
	}, "/usr/bin/args")
	m.Install(func(_ context.Context, p *Process) int { // fails with a message
		p.Errorf("no luck")
		return 3
	}, "/usr/bin/luckless")
	m.Install(func(_ context.Context, p *Process) int { // copies
		if _, err := io.Copy(p.Stdout, p.Stdin); err != nil {
			return 1
		}
		return 0
	}, "/usr/bin/cat")
	return m
}

type result struct {
	stdout, stderr string
	status         int
}

func (r result) String() string {
	return fmt.Sprintf("status %d\nstdout %q\nstderr %q", r.status, r.stdout, r.stderr)
}

func runScript(t testing.TB, d Dialect, script, stdin string) result {
	t.Helper()
	name := "sh"
	if d == Bash {
		name = "bash"
	}
	var stdout, stderr lockedBuffer
	status := Run(t.Context(), script, Config{
		Dialect: d, Name: name, Machine: testMachine(),
		Env:   []string{"PATH=/usr/bin", "HOME=/root"},
		Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr,
	})
	return result{stdout.String(), stderr.String(), status}
}

// scripts are run by the shell, and by the real dash and bash in oracle_test.go.
// Where bash differs from dash, bash is set.
var scripts = []struct {
	name   string
	script string
	stdin  string
	dash   result
	bash   *result
}{
	// words
	{name: "quotes", script: `args 'a b' "c d" e\ f 'x'"y"z '' ""`, dash: result{stdout: "<a b><c d><e f><xyz><><>\n"}},
	{name: "an inner quote ends the outer one", script: `args 'if 'nc' -q'`, dash: result{stdout: "<if nc -q>\n"}},
	{name: "escaped twice", script: `sh -c 'args '''\''/opt/my nc'\'''' -q'`, dash: result{stdout: "</opt/my nc><-q>\n"}},
	{name: "escaped twice and empty", script: `sh -c 'args '''\'''\'''''`, dash: result{stdout: "<>\n"}},
	{name: "backslashes in double quotes", script: `args "a\$b\"c\\d\e\` + "`" + `"`, dash: result{stdout: "<a$b\"c\\d\\e`>\n"}},
	{name: "a line that goes on", script: "args a\\\nb \"c\\\nd\"", dash: result{stdout: "<ab><cd>\n"}},
	{name: "no braces", script: `args '{a,b}'`, dash: result{stdout: "<{a,b}>\n"}},
	{name: "comment", script: "args a # b", dash: result{stdout: "<a>\n"}},
	{name: "empty script", script: ""},
	{name: "tilde", script: `args ~ ~/x a~ "~"`, dash: result{stdout: "</root></root/x><a~><~>\n"}},

	// parameters
	{name: "unquoted empty variable disappears", script: `ARG=;args $ARG -U`, dash: result{stdout: "<-U>\n"}},
	{name: "quoted empty variable stays", script: `ARG=;args "$ARG" -U`, dash: result{stdout: "<><-U>\n"}},
	{name: "splitting", script: `A=' a  b ';args x$A"y"$A`, dash: result{stdout: "<x><a><b><y><a><b>\n"}},
	{name: "splitting at IFS", script: `IFS=:;A=a::b:;args $A`, dash: result{stdout: "<a><><b>\n"}},
	{name: "backslash in an assignment", script: `A=a\ b; args "$A"`, dash: result{stdout: "<a b>\n"}},
	{name: "defaults", script: `E=;args ${U-a b} "${U-a b}" ${E-c} "${E:-d}" ${U+e} ${E+f} ${E:+g}`, dash: result{stdout: "<a><b><a b><d><f>\n"}},
	{name: "default with quotes", script: `args ${U:-"a b" c}`, dash: result{stdout: "<a b><c>\n"}},
	{name: "assigned default", script: `args ${U:=x} $U ${#U}`, dash: result{stdout: "<x><x><1>\n"}},
	{name: "error", script: `args ${U?no U}; args b`, dash: result{"", "sh: 1: U: no U\n", 2}, bash: &result{"", "bash: line 1: U: no U\n", 127}},
	{name: "positional parameters", script: `set -- 'a b' c; args $# "$@" $@ "$*" $1`, dash: result{stdout: "<2><a b><c><a><b><c><a b c><a><b>\n"}},
	{name: "no positional parameters", script: `set --; args "$@" x$@y`, dash: result{stdout: "<xy>\n"}},
	{name: "positional parameters within a word", script: `set -- a b; args "x$@y"`, dash: result{stdout: "<xa><by>\n"}},
	{name: "shift", script: `set -- a b; shift; args "$@"`, dash: result{stdout: "<b>\n"}},
	{name: "status", script: `luckless 2>/dev/null; args $?; args $?`, dash: result{stdout: "<3>\n<0>\n"}},
	{name: "status kept by an assignment of it", script: `luckless 2>/dev/null; A=$?; args $A`, dash: result{stdout: "<3>\n"}},
	{name: "command substitution", script: `args "$(args a; args b)" $(args 'c d') ` + "`args e`", dash: result{stdout: "<<a>\n<b>><<c><d>><<e>>\n"}},
	{name: "status of a substitution", script: `A=$(luckless 2>/dev/null); args $?`, dash: result{stdout: "<3>\n"}},
	{name: "assignment for one command", script: `A=x sh -c 'args $A'; args "$A"`, dash: result{stdout: "<x>\n<>\n"}},
	{name: "assignment before a function", script: `f() { args $A; }; A=x f`, dash: result{stdout: "<x>\n"}},
	{name: "export", script: `A=x; B=y; export A; sh -c 'args "$A" "$B"'`, dash: result{stdout: "<x><>\n"}},
	{name: "export with a value", script: `export A='x y'; sh -c 'args "$A"'`, dash: result{stdout: "<x y>\n"}},
	{name: "unset", script: `A=x; unset A; args ${A-none}`, dash: result{stdout: "<none>\n"}},

	// grammar
	{name: "if", script: `if true; then args yes; else args no; fi`, dash: result{stdout: "<yes>\n"}},
	{name: "else", script: `if false; then args yes; else args no; fi`, dash: result{stdout: "<no>\n"}},
	{name: "elif", script: `if false; then args a; elif true; then args b; else args c; fi`, dash: result{stdout: "<b>\n"}},
	{name: "if without else", script: `if luckless 2>/dev/null; then args a; fi; args $?`, dash: result{stdout: "<0>\n"}},
	{name: "no blanks", script: `if true;then ARG=-q0;else ARG=;fi;args $ARG`, dash: result{stdout: "<-q0>\n"}},
	{name: "and or", script: `true && args a || args b; false && args c || args d`, dash: result{stdout: "<a>\n<d>\n"}},
	{name: "not", script: `! true; args $?; if ! false; then args b; fi`, dash: result{stdout: "<1>\n<b>\n"}},
	{name: "subshell", script: `A=x; (A=y; exit 4); args $A $?`, dash: result{stdout: "<x><4>\n"}},
	{name: "group", script: `{ A=y; args a; } ; args $A`, dash: result{stdout: "<a>\n<y>\n"}},
	{name: "pipeline", script: `args a b | cat | cat`, dash: result{stdout: "<a><b>\n"}},
	{name: "status of a pipeline", script: `luckless 2>&1 | cat; args $?; cat </dev/null | luckless 2>/dev/null; args $?`, dash: result{stdout: "luckless: no luck\n<0>\n<3>\n"}},
	{name: "pipeline in a subshell", script: `args a | A=b; args "$A"`, dash: result{stdout: "<>\n"}},
	{name: "endless writer, reader that ends", script: `while :; do echo y; done | true; args end`, dash: result{stdout: "<end>\n"}},
	{name: "while", script: `A=; while [ "$A" != xxx ]; do A=x$A; args $A; done`, dash: result{stdout: "<x>\n<xx>\n<xxx>\n"}},
	{name: "until", script: `A=; until test "$A" = xx; do A=x$A; done; args $A`, dash: result{stdout: "<xx>\n"}},
	{name: "for", script: `for A in a 'b c' $(echo d e); do args "$A"; done`, dash: result{stdout: "<a>\n<b c>\n<d>\n<e>\n"}},
	{name: "for with the parameters", script: `set -- a b; for A; do args $A; done`, dash: result{stdout: "<a>\n<b>\n"}},
	{name: "break and continue", script: `for A in 1 2 3 4; do if [ $A = 2 ]; then continue; fi; if [ $A = 4 ]; then break; fi; args $A; done; args $?`, dash: result{stdout: "<1>\n<3>\n<0>\n"}},
	{name: "break out of two", script: `for A in 1 2; do for B in 1 2; do args $A $B; break 2; done; done`, dash: result{stdout: "<1><1>\n"}},
	{name: "case", script: `for A in nc ncat socat '*'; do case $A in nc) args 1;; nc*|x) args 2;; '*') args 3;; [a-s]?c*) args 4;; esac; done`, dash: result{stdout: "<1>\n<2>\n<4>\n<3>\n"}},
	{name: "function", script: `f() { args "$@"; return 5; args no; }; f a 'b c'; args $? $#`, dash: result{stdout: "<a><b c>\n<5><0>\n"}},
	{name: "local", script: `A=x; f() { local A; A=y; args $A; }; f; args $A`, dash: result{stdout: "<y>\n<x>\n"}},
	{name: "background", script: `args a & sh -c 'exit 0'`, dash: result{stdout: "<a>\n"}},
	{name: "background in a pipeline", script: `{ args a & } | cat; args "$(args b &)"`, dash: result{stdout: "<a>\n<<b>>\n"}},
	{name: "exit", script: `exit 7; args no`, dash: result{status: 7}},
	{name: "exit with the last status", script: `luckless 2>/dev/null; exit`, dash: result{status: 3}},
	{name: "exit leaves loops and functions", script: `f() { while true; do exit 9; done; }; f; args no`, dash: result{status: 9}},
	{name: "status is eight bits", script: `exit 300`, dash: result{status: 44}},
	{name: "two lines", script: "args a\nargs b\n", dash: result{stdout: "<a>\n<b>\n"}},

	// redirections
	{name: "null", script: `args a >/dev/null; args b 1>/dev/null; args c >> /dev/null; cat </dev/null; cat <>/dev/null; args d`, dash: result{stdout: "<d>\n"}},
	{name: "both to null", script: `luckless 1>/dev/null 2>&1; args $?`, dash: result{stdout: "<3>\n"}},
	{name: "order of redirections", script: `luckless 2>&1 >/dev/null | cat`, dash: result{stdout: "luckless: no luck\n"}},
	{name: "to standard error", script: `echo x >&2; echo y 1>&2`, dash: result{stderr: "x\ny\n"}},
	{name: "another descriptor", script: `exec 3>&1; args a >&3; { args b >&3; } >/dev/null`, dash: result{stdout: "<a>\n<b>\n"}},
	{name: "bad descriptor", script: `echo x >&5; args $?`, dash: result{"<2>\n", "sh: 1: 5: Bad file descriptor\n", 0}, bash: &result{"<1>\n", "bash: line 1: 5: Bad file descriptor\n", 0}},
	{name: "no such directory", script: `echo x >/nonexistent/y; args $?`, dash: result{"<2>\n", "sh: 1: cannot create /nonexistent/y: Directory nonexistent\n", 0}, bash: &result{"<1>\n", "bash: line 1: /nonexistent/y: No such file or directory\n", 0}},
	{name: "no such file", script: `cat </nonexistent; args $?`, dash: result{"<2>\n", "sh: 1: cannot open /nonexistent: No such file\n", 0}, bash: &result{"<1>\n", "bash: line 1: /nonexistent: No such file or directory\n", 0}},
	{name: "here-document", script: "A=x; cat <<E; cat <<'F'\na $A \\$A\nE\nb $A\nF", dash: result{stdout: "a x $A\nb $A\n"}},
	{name: "here-document with tabs", script: "cat <<-E\n\t\ta\n\tb\n\tE", dash: result{stdout: "a\nb\n"}},
	{name: "redirected group", script: `{ args a; args b; } | cat`, dash: result{stdout: "<a>\n<b>\n"}},
	{name: "exec keeps redirections", script: `exec >/dev/null; args a`},
	{name: "failed exec redirection", script: `exec >/nonexistent/x; args a`, dash: result{"", "sh: 1: cannot create /nonexistent/x: Directory nonexistent\n", 2}, bash: &result{"<a>\n", "bash: line 1: /nonexistent/x: No such file or directory\n", 0}},
	{name: "standard input is shared", script: `read A; read B; cat; args "$A" "$B"`, stdin: "one\ntwo\nthree\n", dash: result{stdout: "three\n<one><two>\n"}},

	// commands
	{name: "not found", script: `nonesuch -x; args $?`, dash: result{"<127>\n", "sh: 1: nonesuch: not found\n", 0}, bash: &result{"<127>\n", "bash: line 1: nonesuch: command not found\n", 0}},
	{name: "path not found", script: `/x/nonesuch`, dash: result{"", "sh: 1: /x/nonesuch: not found\n", 127}, bash: &result{"", "bash: line 1: /x/nonesuch: No such file or directory\n", 127}},
	{name: "directory", script: `/tmp`, dash: result{"", "sh: 1: /tmp: Permission denied\n", 126}, bash: &result{"", "bash: line 1: /tmp: Is a directory\n", 126}},
	{name: "line of an error", script: "true\nnonesuch", dash: result{"", "sh: 2: nonesuch: not found\n", 127}, bash: &result{"", "bash: line 2: nonesuch: command not found\n", 127}},
	{name: "error in a nested shell", script: `sh -c 'nonesuch'`, dash: result{"", "sh: 1: nonesuch: not found\n", 127}},
	{name: "arguments of a nested shell", script: `sh -c 'args $0 "$@"; nonesuch' me 'a b' c`, dash: result{"<me><a b><c>\n", "me: 1: nonesuch: not found\n", 127}},
	{name: "empty name", script: `'' x`, dash: result{"", "sh: 1: : Permission denied\n", 127}, bash: &result{"", "bash: line 1: : command not found\n", 127}},
	{name: "exec", script: `exec args a; args b`, dash: result{stdout: "<a>\n"}},
	{name: "exec not found", script: `exec nonesuch; args b`, dash: result{"", "sh: 1: exec: nonesuch: not found\n", 127}, bash: &result{"", "bash: line 1: exec: nonesuch: not found\n", 127}},
	{name: "eval", script: `CMD="args -q 0 -U /x"; eval "$CMD"`, dash: result{stdout: "<-q><0><-U></x>\n"}},
	{name: "eval runs here", script: `eval 'A=x; exit 3' ; args no`, dash: result{status: 3}},
	{name: "eval with an error", script: `eval nonesuch; args $?`, dash: result{"<127>\n", "sh: 1: eval: nonesuch: not found\n", 0}, bash: &result{"<127>\n", "bash: line 1: nonesuch: command not found\n", 0}},
	{name: "echo", script: `echo a 'b  c'; echo -n x; echo`, dash: result{stdout: "a b  c\nx\n"}},
	{name: "echo with backslashes", script: `echo 'a\tb'; echo -e 'a\tb'`, dash: result{stdout: "a\tb\n-e a\tb\n"}, bash: &result{stdout: "a\\tb\na\tb\n"}},
	{name: "printf", script: `printf '%s-%d\n' a 3 b 4; printf '%5s|%-3s|%x|%%\n' a b 255; printf '\101\n'`, dash: result{stdout: "a-3\nb-4\n    a|b  |ff|%\nA\n"}},
	{name: "test strings", script: `test a = a; args $?; [ a != a ]; args $?; [ -n "" ]; args $?; [ -z "" ]; args $?; [ x ]; args $?; [ ]; args $?`, dash: result{stdout: "<0>\n<1>\n<1>\n<0>\n<0>\n<1>\n"}},
	{name: "test numbers", script: `[ 2 -eq 2 ]; args $?; [ 2 -gt 10 ]; args $?; test 2 -le 2; args $?; test 1 -ne 2; args $?`, dash: result{stdout: "<0>\n<1>\n<0>\n<0>\n"}},
	{name: "test longer expressions", script: `[ ! a = b ]; args $?; [ a = a -a b = c ]; args $?; [ a = b -o b = b ]; args $?; [ \( a = b \) -o ! x = y ]; args $?`, dash: result{stdout: "<0>\n<1>\n<0>\n<0>\n"}},
	{name: "test files", script: `[ -c /dev/null ]; args $?; [ -d /tmp ]; args $?; [ -e /nonexistent ]; args $?; [ -f /tmp ]; args $?; [ -x /tmp ]; args $?`, dash: result{stdout: "<0>\n<0>\n<1>\n<1>\n<0>\n"}},
	{name: "test with a bad number", script: `[ 1 -eq x ]; args $?`, dash: result{"<2>\n", "sh: 1: [: Illegal number: x\n", 0}, bash: &result{"<2>\n", "bash: line 1: [: x: integer expression expected\n", 0}},
	{name: "test without bracket", script: `[ 1 = 1; args $?`, dash: result{"<2>\n", "sh: 1: [: missing ]\n", 0}, bash: &result{"<2>\n", "bash: line 1: [: missing `]'\n", 0}},
	{name: "test with a bad operator", script: `test 1 2 3; args $?; test 1 2; args $?`, dash: result{"<2>\n<2>\n", "sh: 1: test: 1: unexpected operator\nsh: 1: test: 1: unexpected operator\n", 0}, bash: &result{"<2>\n<2>\n", "bash: line 1: test: 2: binary operator expected\nbash: line 1: test: 1: unary operator expected\n", 0}},
	{name: "command -v", script: `command -v test; command -v nonesuch; args $?`, dash: result{stdout: "test\n<127>\n"}, bash: &result{stdout: "test\n<1>\n"}},
	{name: "command skips functions", script: `echo() { args no; }; command echo yes`, dash: result{stdout: "yes\n"}},
	{name: "type", script: `type test; type nonesuch; args $?`, dash: result{stdout: "test is a shell builtin\nnonesuch: not found\n<127>\n"}, bash: &result{"test is a shell builtin\n<1>\n", "bash: line 1: type: nonesuch: not found\n", 0}},
	{name: "cd", script: `cd /tmp; pwd; cd /; pwd; cd -; sh -c pwd`, dash: result{stdout: "/tmp\n/\n/tmp\n/tmp\n"}},
	{name: "cd to nowhere", script: `cd /nonexistent; args $?`, dash: result{"<2>\n", "sh: 1: cd: can't cd to /nonexistent\n", 0}, bash: &result{"<1>\n", "bash: line 1: cd: /nonexistent: No such file or directory\n", 0}},
	{name: "read", script: `read A B; args "$A" "$B" $?; read A; args "$A" $?`, stdin: " a b\\c d \n", dash: result{stdout: "<a><bc d><0>\n<><1>\n"}},
	{name: "read raw", script: `read -r A; args "$A"`, stdin: "a\\b\n", dash: result{stdout: "<a\\b>\n"}},

	// what cannot be parsed
	{name: "unterminated double quote", script: `echo "x`, dash: result{"", "sh: 1: Syntax error: Unterminated quoted string\n", 2}, bash: &result{"", "bash: -c: line 1: unexpected EOF while looking for matching `\"'\n", 2}},
	{name: "unterminated single quote", script: `echo 'x`, dash: result{"", "sh: 1: Syntax error: Unterminated quoted string\n", 2}, bash: &result{"", "bash: -c: line 1: unexpected EOF while looking for matching `''\n", 2}},
	{name: "lone fi", script: `fi`, dash: result{"", "sh: 1: Syntax error: \"fi\" unexpected\n", 2}, bash: &result{"", "bash: -c: line 1: syntax error near unexpected token `fi'\nbash: -c: line 1: `fi'\n", 2}},
	{name: "lone parenthesis", script: `echo x; )`, dash: result{"", "sh: 1: Syntax error: \")\" unexpected\n", 2}, bash: &result{"", "bash: -c: line 1: syntax error near unexpected token `)'\nbash: -c: line 1: `echo x; )'\n", 2}},
	{name: "eval of a syntax error", script: `eval fi; args $?`, dash: result{"", "sh: 1: eval: Syntax error: \"fi\" unexpected\n", 2}, bash: &result{"<2>\n", "bash: eval: line 1: syntax error near unexpected token `fi'\nbash: eval: line 1: `fi'\n", 0}},
}

// bashScripts are in the extensions of bash that are understood, and in some that
// are not: for those want is what this shell says, and a real bash is not asked.
var bashScripts = []struct {
	name, script string
	want         result
	ours         bool
}{
	{name: "both to null", script: `luckless &>/dev/null; args $?`, want: result{stdout: "<3>\n"}},
	{name: "both appended to null", script: `luckless &>>/dev/null; args $?`, want: result{stdout: "<3>\n"}},
	{name: "both to a pipe", script: `luckless |& cat`, want: result{stdout: "luckless: no luck\n"}},
	{name: "here-string", script: `cat <<<"a b"`, want: result{stdout: "a b\n"}},
	{name: "ANSI-C quotes", script: `args $'a\tb\'c'`, want: result{stdout: "<a\tb'c>\n"}},
	{name: "export parsed as a declaration", script: `X=y; export A="a $X" B; B=b; sh -c 'args "$A" $B'`, want: result{stdout: "<a y><b>\n"}},
	{name: "local parsed as a declaration", script: `f() { local A=x; args $A; }; f; args "$A"`, want: result{stdout: "<x>\n<>\n"}},
	{name: "append", script: `A=x; A+=y; args $A`, want: result{stdout: "<xy>\n"}},
	{name: "equals", script: `[ a == a ]; args $?`, want: result{stdout: "<0>\n"}},
	{name: "return outside a function", script: `return 3; args $?`, want: result{"<2>\n", "bash: line 1: return: can only `return' from a function or sourced script\n", 0}},

	{name: "conditional", script: `[[ a = a ]]; args $?`, want: result{"<2>\n", "bash: line 1: [[: not part of this node's shell\n", 0}, ours: true},
	{name: "array", script: `A=(a b); args $?`, want: result{"<2>\n", "bash: line 1: array: not part of this node's shell\n", 0}, ours: true},
	{name: "declare", script: `declare A=x; args $?`, want: result{"<2>\n", "bash: line 1: declare: not part of this node's shell\n", 0}, ours: true},
	{name: "arithmetic command", script: `((1)); args $?`, want: result{"<2>\n", "bash: line 1: this command: not part of this node's shell\n", 0}, ours: true},
	{name: "arithmetic", script: `args $((1))`, want: result{"", "bash: line 1: arithmetic is not part of this node's shell\n", 1}, ours: true},
	{name: "counting loop", script: `for ((;;)); do :; done; args $?`, want: result{"<2>\n", "bash: line 1: this loop: not part of this node's shell\n", 0}, ours: true},
	{name: "substring", script: `A=abc; args ${A:1}`, want: result{"", "bash: line 1: Bad substitution\n", 1}, ours: true},
	{name: "coprocess", script: `coproc cat; args $?`, want: result{"<2>\n", "bash: line 1: this command: not part of this node's shell\n", 0}, ours: true},
	{name: "options", script: `set -e; args $?`, want: result{"<2>\n", "bash: line 1: set -e: not part of this node's shell\n", 0}, ours: true},
}

func TestBashScripts(t *testing.T) {
	for _, tt := range bashScripts {
		t.Run(tt.name, func(t *testing.T) {
			if got := runScript(t, Bash, tt.script, ""); got != tt.want {
				t.Errorf("%s:\n%v\nwant %v", tt.script, got, tt.want)
			}
		})
	}
}

func TestWords(t *testing.T) {
	for script, want := range map[string][]string{
		`sh -c 'exec 'nc' -U /x'`: {"sh", "-c", "exec nc -U /x"},
		`nc -U "/x y" a\ b`:       {"nc", "-U", "/x y", "a b"},
		`nc -U $S`:                nil,
		`a | b`:                   nil,
		`a; b`:                    nil,
		`A=x a`:                   nil,
		`a >/dev/null`:            nil,
		`a &`:                     nil,
		`! a`:                     nil,
		`echo "`:                  nil,
		``:                        nil,
	} {
		if got := Words(script); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", script, got, want)
		}
	}
}

func TestScripts(t *testing.T) {
	for _, tt := range scripts {
		t.Run(tt.name, func(t *testing.T) {
			if got := runScript(t, Dash, tt.script, tt.stdin); got != tt.dash {
				t.Errorf("as dash, %s:\n%v\nwant %v", tt.script, got, tt.dash)
			}
			want := tt.dash
			if tt.bash != nil {
				want = *tt.bash
			}
			if got := runScript(t, Bash, tt.script, tt.stdin); got != want {
				t.Errorf("as bash, %s:\n%v\nwant %v", tt.script, got, want)
			}
		})
	}
}
