package shell

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// test evaluates an expression as test(1) and [ do, by the number of its
// arguments as POSIX has it; status 2 is an expression that is none.
func (sh *shell) test(args []string) int {
	name, args := args[0], args[1:]
	if name == "[" {
		if len(args) == 0 || args[len(args)-1] != "]" {
			missing := "missing ]"
			if sh.dialect == Bash {
				missing = "missing `]'"
			}
			return sh.usage(name, "%s", missing)
		}
		args = args[:len(args)-1]
	}
	t := tester{sh: sh}
	ok, err := t.eval(args)
	if err != nil {
		return sh.usage(name, "%v", err)
	}
	return boolStatus(ok)
}

type tester struct {
	sh   *shell
	rest []string // of a long expression
}

func (t *tester) eval(args []string) (bool, error) {
	switch len(args) {
	case 0:
		return false, nil
	case 1:
		return args[0] != "", nil
	case 2:
		if args[0] == "!" {
			return args[1] == "", nil
		}
		if isUnary(args[0]) {
			return t.unary(args[0], args[1]), nil
		}
		if t.sh.dialect == Bash {
			return false, fmt.Errorf("%s: unary operator expected", args[0])
		}
		return false, fmt.Errorf("%s: unexpected operator", args[0])
	case 3:
		switch {
		case t.isBinary(args[1]):
			return t.binary(args[0], args[1], args[2])
		case args[1] == "-a":
			return args[0] != "" && args[2] != "", nil
		case args[1] == "-o":
			return args[0] != "" || args[2] != "", nil
		case args[0] == "!":
			ok, err := t.eval(args[1:])
			return !ok, err
		case args[0] == "(" && args[2] == ")":
			return args[1] != "", nil
		case t.sh.dialect == Bash:
			return false, fmt.Errorf("%s: binary operator expected", args[1])
		}
		return false, fmt.Errorf("%s: unexpected operator", args[0])
	}
	t.rest = args
	ok, err := t.or()
	if err == nil && len(t.rest) > 0 {
		err = t.tooMany()
	}
	return ok, err
}

func (t *tester) tooMany() error {
	if t.sh.dialect == Bash {
		return errors.New("too many arguments")
	}
	return fmt.Errorf("%s: unexpected operator", t.rest[0])
}

// peek returns the argument i places ahead, or "".
func (t *tester) peek(i int) string {
	if i < len(t.rest) {
		return t.rest[i]
	}
	return ""
}

func (t *tester) or() (bool, error) {
	ok, err := t.and()
	for err == nil && t.peek(0) == "-o" {
		t.rest = t.rest[1:]
		var right bool
		right, err = t.and()
		ok = ok || right
	}
	return ok, err
}

func (t *tester) and() (bool, error) {
	ok, err := t.primary()
	for err == nil && t.peek(0) == "-a" {
		t.rest = t.rest[1:]
		var right bool
		right, err = t.primary()
		ok = ok && right
	}
	return ok, err
}

func (t *tester) primary() (bool, error) {
	if len(t.rest) == 0 {
		return false, errors.New("argument expected")
	}
	first := t.rest[0]
	switch {
	case len(t.rest) >= 3 && t.isBinary(t.rest[1]):
		a, op, b := t.rest[0], t.rest[1], t.rest[2]
		t.rest = t.rest[3:]
		return t.binary(a, op, b)
	case first == "!":
		t.rest = t.rest[1:]
		ok, err := t.primary()
		return !ok, err
	case first == "(":
		t.rest = t.rest[1:]
		ok, err := t.or()
		if err == nil && t.peek(0) != ")" {
			return false, errors.New("closing paren expected")
		}
		if err == nil {
			t.rest = t.rest[1:]
		}
		return ok, err
	case len(t.rest) >= 2 && isUnary(first):
		operand := t.rest[1]
		t.rest = t.rest[2:]
		return t.unary(first, operand), nil
	}
	t.rest = t.rest[1:]
	return first != "", nil
}

func isUnary(op string) bool {
	return len(op) == 2 && op[0] == '-' && strings.IndexByte("bcdefghknprstuwxzLOGS", op[1]) >= 0
}

func (t *tester) unary(op, operand string) bool {
	switch op {
	case "-n":
		return operand != ""
	case "-z":
		return operand == ""
	case "-t":
		return false // no descriptor is a terminal
	}
	k := t.sh.job.machine.stat(abs(t.sh.dir, operand))
	switch op {
	case "-e", "-r":
		return k != kindAbsent
	case "-f", "-s":
		return k == kindProgram
	case "-x":
		return k == kindProgram || k == kindDir
	case "-d":
		return k == kindDir
	case "-c", "-w":
		return k == kindNull
	}
	return false // there are no links, sockets, pipes, other devices or special bits
}

func (t *tester) isBinary(op string) bool {
	switch op {
	case "=", "!=", "-eq", "-ne", "-gt", "-ge", "-lt", "-le", "<", ">":
		return true
	case "==":
		return t.sh.dialect == Bash
	}
	return false
}

func (t *tester) binary(a, op, b string) (bool, error) {
	switch op {
	case "=", "==":
		return a == b, nil
	case "!=":
		return a != b, nil
	case "<":
		return a < b, nil
	case ">":
		return a > b, nil
	}
	x, err := t.number(a)
	if err != nil {
		return false, err
	}
	y, err := t.number(b)
	if err != nil {
		return false, err
	}
	switch op {
	case "-eq":
		return x == y, nil
	case "-ne":
		return x != y, nil
	case "-gt":
		return x > y, nil
	case "-ge":
		return x >= y, nil
	case "-lt":
		return x < y, nil
	}
	return x <= y, nil
}

func (t *tester) number(s string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err == nil {
		return n, nil
	}
	if t.sh.dialect == Bash {
		return 0, fmt.Errorf("%s: integer expression expected", s)
	}
	return 0, fmt.Errorf("Illegal number: %s", s)
}
