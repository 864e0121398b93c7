package shell

import (
	"errors"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

type variable struct {
	value    string
	exported bool
}

// A savedVar is a variable as it was, perhaps not at all.
type savedVar struct {
	variable
	set bool
}

// errNoSpace ends a script that wants to hold more than the limits allow.
var errNoSpace = errors.New("Out of space")

func (sh *shell) importEnv(env []string) {
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if syntax.ValidName(name) && sh.set(name, value) == nil {
			sh.export(name) // it is set, so there is room
		}
	}
	if _, ok := sh.vars["PWD"]; !ok {
		sh.set("PWD", sh.dir)
	}
}

// set gives a variable a value and leaves its attributes as they are.
func (sh *shell) set(name, value string) error {
	old, ok := sh.vars[name]
	held := sh.held + len(value) - len(old.value)
	if !ok {
		held += len(name)
	}
	if held > maxVariables {
		return errNoSpace
	}
	sh.held = held
	old.value = value
	sh.vars[name] = old
	return nil
}

func (sh *shell) unset(name string) {
	sh.restore(name, savedVar{})
}

// export marks a variable, which it makes if need be.
func (sh *shell) export(name string) error {
	if _, ok := sh.vars[name]; !ok {
		if err := sh.set(name, ""); err != nil {
			return err
		}
	}
	v := sh.vars[name]
	v.exported = true
	sh.vars[name] = v
	return nil
}

// save remembers a variable so that restore brings it back.
func (sh *shell) save(name string) savedVar {
	v, ok := sh.vars[name]
	return savedVar{v, ok}
}

func (sh *shell) restore(name string, saved savedVar) {
	if v, ok := sh.vars[name]; ok {
		sh.held -= len(name) + len(v.value)
		delete(sh.vars, name)
	}
	if saved.set {
		sh.held += len(name) + len(saved.value)
		sh.vars[name] = saved.variable
	}
}

func (sh *shell) environ() []string {
	var env []string
	for name, v := range sh.vars {
		if v.exported {
			env = append(env, name+"="+v.value)
		}
	}
	return env
}

// param returns the value of a variable or of a special or positional
// parameter, and whether it is set.
func (sh *shell) param(name string) (string, bool) {
	switch name {
	case "?":
		return strconv.Itoa(sh.status), true
	case "#":
		return strconv.Itoa(len(sh.params)), true
	case "@", "*":
		return strings.Join(sh.params, " "), len(sh.params) > 0
	case "0":
		return sh.name, true
	case "$":
		return "4242", true // the machine has no other processes to confuse it with
	case "!", "-":
		return "", name == "-"
	case "LINENO":
		return strconv.Itoa(sh.line), true
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n < 1 || n > len(sh.params) {
			return "", false
		}
		return sh.params[n-1], true
	}
	v, ok := sh.vars[name]
	return v.value, ok
}
