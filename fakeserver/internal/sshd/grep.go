package sshd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd/shell"
)

// maxLine is the longest line that grep takes, in bytes.
const maxLine = 64 << 10

// grep is GNU grep on its standard input, with -q, -s, -i, -v, -x, -c, -n, -e, -F,
// -E and -G. It ends at the first match if nobody will see the others.
func grep(ctx context.Context, p *shell.Process) int {
	opts, operands, bad := getopt(splitLong(p.Args[1:]), "qsivxcnFEGe:")
	if bad != "" {
		p.Errorf("%s", bad)
	}
	has := make(map[byte]bool)
	syntax := byte('G')
	var patterns []string
	for _, opt := range opts {
		has[opt.letter] = true
		switch opt.letter {
		case 'F', 'E', 'G':
			syntax = opt.letter
		case 'e':
			patterns = append(patterns, opt.value)
		}
	}
	if !has['e'] && len(operands) > 0 {
		patterns, operands = operands[:1], operands[1:]
	}
	if bad != "" || len(patterns) == 0 {
		io.WriteString(p.Stderr, "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n")
		return 2
	}
	re, err := grepPattern(patterns, syntax, has['i'], has['x'])
	if err != nil {
		p.Errorf("%v", err)
		return 2
	}
	for _, name := range operands {
		if name != "-" {
			if !has['s'] {
				p.Errorf("%s: No such file or directory", name)
			}
			return 2
		}
	}
	return grepLines(ctx, p, re, has)
}

// splitLong turns the one long option that scripts use into its short form.
func splitLong(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		if arg == "--quiet" || arg == "--silent" {
			arg = "-q"
		}
		out[i] = arg
	}
	return out
}

func grepLines(ctx context.Context, p *shell.Process, re *regexp.Regexp, has map[byte]bool) int {
	in := bufio.NewReaderSize(p.Stdin, maxLine)
	matched := 0
	for number := 1; ctx.Err() == nil; number++ {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			p.Errorf("memory exhausted")
			return 2
		}
		if err != nil && len(line) == 0 {
			break
		}
		line = []byte(strings.TrimSuffix(string(line), "\n"))
		if re.Match(line) == has['v'] {
			continue
		}
		matched++
		switch {
		case has['q']:
			return 0
		case has['c']:
			continue
		case has['n']:
			fmt.Fprintf(p.Stdout, "%d:", number)
		}
		if _, err := fmt.Fprintf(p.Stdout, "%s\n", line); err != nil {
			return 2
		}
	}
	if has['c'] {
		fmt.Fprintln(p.Stdout, matched)
	}
	if matched == 0 {
		return 1
	}
	return 0
}

// grepPattern compiles the alternatives. Those of -e and those on several lines
// of one pattern are the same.
func grepPattern(patterns []string, syntax byte, fold, wholeLine bool) (*regexp.Regexp, error) {
	alternatives := strings.Split(strings.Join(patterns, "\n"), "\n")
	for i, alt := range alternatives {
		switch syntax {
		case 'F':
			alt = regexp.QuoteMeta(alt)
		case 'G':
			alt = basicToExtended(alt)
		}
		alternatives[i] = alt
	}
	expr := "(?:" + strings.Join(alternatives, "|") + ")"
	if wholeLine {
		expr = "^" + expr + "$"
	}
	if fold {
		expr = "(?i)" + expr
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, errors.New("Invalid regular expression")
	}
	return re, nil
}

// basicToExtended turns a POSIX basic regular expression into the extended form,
// where it is the operators that have no backslash.
func basicToExtended(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			if !strings.ContainsRune("(){}|+?", rune(s[i])) {
				b.WriteByte('\\')
			}
			b.WriteByte(s[i])
		case strings.IndexByte("(){}|+?", c) >= 0, c == '*' && (i == 0 || s[i-1] == '^' && i == 1):
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
