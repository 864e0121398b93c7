package shell

import (
	"fmt"
	"strconv"
	"strings"
)

// echo prints its arguments. Dash's interprets backslashes and knows only -n;
// bash's does so with -e.
func (sh *shell) echo(args []string) int {
	args = args[1:]
	newline, escapes := "\n", sh.dialect == Dash
	for len(args) > 0 && isEchoOption(args[0], sh.dialect) {
		for _, c := range args[0][1:] {
			switch c {
			case 'n':
				newline = ""
			case 'e':
				escapes = true
			case 'E':
				escapes = false
			}
		}
		args = args[1:]
		if sh.dialect == Dash {
			break
		}
	}
	text := strings.Join(args, " ")
	if escapes {
		var stop bool
		if text, stop = unescape(text); stop {
			newline = ""
		}
	}
	return sh.print(text + newline)
}

func isEchoOption(arg string, d Dialect) bool {
	if d == Dash {
		return arg == "-n"
	}
	return len(arg) > 1 && arg[0] == '-' && strings.Trim(arg[1:], "neE") == ""
}

// unescape interprets the backslashes of echo, printf and $'…'. It reports
// whether it met \c, after which nothing is printed.
func unescape(s string) (text string, stop bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i == len(s)-1 {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'c':
			return b.String(), true
		case '0', '1', '2', '3', '4', '5', '6', '7':
			end := i
			for end < len(s) && end < i+4 && '0' <= s[end] && s[end] <= '7' && (end < i+3 || s[i] == '0') {
				end++
			}
			n, _ := strconv.ParseUint(s[i:end], 8, 16)
			b.WriteByte(byte(n))
			i = end - 1
		default:
			if j := strings.IndexByte(`abfnrtv\'"`, c); j >= 0 {
				b.WriteByte("\a\b\f\n\r\t\v\\'\""[j])
			} else {
				b.WriteString(s[i-1 : i+1])
			}
		}
	}
	return b.String(), false
}

// printf prints its arguments by a format, again and again until they are used
// up. It knows %s, %b, %c, %d, %i, %u, %o, %x, %X and %%, with at most four
// characters of flags, width and precision.
func (sh *shell) printf(args []string) int {
	if len(args) < 2 {
		return sh.usage("printf", "usage: printf format [arg ...]")
	}
	format, args := args[1], args[2:]
	for {
		used, status := sh.printOnce(format, args)
		if status != 0 || used == 0 || used >= len(args) || sh.stopped() {
			return status
		}
		args = args[used:]
	}
}

// printOnce prints the format once and returns how many arguments it took.
func (sh *shell) printOnce(format string, args []string) (used, status int) {
	next := func() string {
		used++
		if used > len(args) {
			return ""
		}
		return args[used-1]
	}
	for format != "" {
		text, rest, directive := strings.Cut(format, "%")
		format = rest
		text, stop := unescape(text)
		if status := sh.print(text); status != 0 || stop {
			return len(args), status
		}
		if !directive {
			break
		}
		flags := len(format) - len(strings.TrimLeft(format, "-+ 0123456789."))
		if flags == len(format) || flags > 4 { // a width of a thousand is wide enough
			return used, sh.usage("printf", "%%%s: invalid directive", format)
		}
		spec, verb := "%"+format[:flags], format[flags]
		format = format[flags+1:]
		switch verb {
		case '%':
			status = sh.print("%")
		case 's':
			status = sh.print(fmt.Sprintf(spec+"s", next()))
		case 'c':
			status = sh.print(fmt.Sprintf(spec+".1s", next()))
		case 'b':
			text, stop := unescape(next())
			status = sh.print(text)
			if stop {
				return len(args), status
			}
		case 'd', 'i', 'u', 'o', 'x', 'X':
			arg := next()
			n, err := strconv.ParseInt(strings.TrimSpace(arg), 0, 64)
			if verb == 'i' || verb == 'u' {
				verb = 'd'
			}
			status = sh.print(fmt.Sprintf(spec+string(verb), n))
			if err != nil && arg != "" {
				sh.errorf("printf: %s: expected numeric value", arg)
				status = 1
			}
		default:
			return used, sh.usage("printf", "%s%c: invalid directive", spec, verb)
		}
		if status > 1 {
			return used, status
		}
	}
	return used, status
}
