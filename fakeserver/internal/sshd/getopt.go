package sshd

import "strings"

// An option is one that getopt has found.
type option struct {
	letter byte
	value  string
}

// getopt parses arguments as glibc's getopt does with an option string such as
// "q:U": a letter that a colon follows wants a value, in the same word or the
// next. Options may come after operands, up to "--". A bad option is reported
// in getopt's words.
func getopt(args []string, known string) (opts []option, operands []string, bad string) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return opts, append(operands, args[i+1:]...), ""
		}
		if len(arg) < 2 || arg[0] != '-' {
			operands = append(operands, arg)
			continue
		}
		for arg = arg[1:]; arg != ""; arg = arg[1:] {
			letter := arg[0]
			at := strings.IndexByte(known, letter)
			if at < 0 || letter == ':' {
				return opts, operands, "invalid option -- '" + string(letter) + "'"
			}
			opt := option{letter: letter}
			if strings.HasPrefix(known[at+1:], ":") {
				switch {
				case len(arg) > 1:
					opt.value = arg[1:]
				case i+1 < len(args):
					i++
					opt.value = args[i]
				default:
					return opts, operands, "option requires an argument -- '" + string(letter) + "'"
				}
				arg = arg[:1]
			}
			opts = append(opts, opt)
		}
	}
	return opts, operands, ""
}
