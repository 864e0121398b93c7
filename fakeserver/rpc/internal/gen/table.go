package main

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	//go:embed procedures.txt
	proceduresTable string
	//go:embed limits.txt
	limitsTable string
)

// tables are our own facts, in the order of the files.
type tables struct {
	facts  []fact
	limits []limit
}

// fact is one line of procedures.txt.
type fact struct {
	program  string
	number   int64
	constant string // with its prefix
	function string
	errors   string
	since    uint64
	access   string
	acl      []string
	filter   string
	stream   string
	noAuth   bool
	unless   *unless
}

// unless is the condition in an indented line.
type unless struct {
	field string
	mask  bool // compare bits, not the value
	value uint64
	text  string
}

// limit is one paragraph of limits.txt.
type limit struct {
	name   string
	value  int64
	fields []string // "DomainGetCPUStatsRet.Params"
}

var prefixes = map[string]string{"remote": "REMOTE_PROC_", "qemu": "QEMU_PROC_"}

func parseTables(procedures, limits string) (*tables, error) {
	t := &tables{}
	return t, errors.Join(
		eachLine("procedures.txt", procedures, t.procedureLine()),
		eachLine("limits.txt", limits, t.limitLine),
	)
}

// eachLine calls f for every line that is neither empty nor a comment, and
// joins what is wrong with them.
func eachLine(file, text string, f func(line string) error) error {
	var errs []error
	for i, line := range strings.Split(text, "\n") {
		if trimmed := strings.TrimSpace(line); trimmed == "" || trimmed[0] == '#' {
			continue
		}
		if err := f(line); err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", file, i+1, err))
		}
	}
	return errors.Join(errs...)
}

var unlessLine = regexp.MustCompile(`^\s+unless (\w+) ([&=]) (\d+): (.+)$`)

func (t *tables) procedureLine() func(string) error {
	program := ""
	return func(line string) error {
		if m := unlessLine.FindStringSubmatch(line); m != nil {
			return t.unlessLine(m)
		}
		f := strings.Fields(line)
		if f[0] == "program" && len(f) == 2 && prefixes[f[1]] != "" {
			program = f[1]
			return nil
		}
		if len(f) < 6 || program == "" {
			return fmt.Errorf("too few columns, or no program line before: %q", line)
		}
		p := fact{program: program, constant: prefixes[program] + f[1], function: f[2], errors: f[3], access: f[5]}
		if p.function == "-" {
			p.function = ""
		}
		var err error
		if p.number, err = strconv.ParseInt(f[0], 10, 32); err != nil {
			return err
		}
		if p.since, err = parseVersion(f[4]); err != nil {
			return err
		}
		if _, ok := errorDomains[p.errors]; !ok {
			return fmt.Errorf("unknown error domain %q", p.errors)
		}
		switch p.access {
		case "ro", "rw", "event":
		default:
			return fmt.Errorf("access is %q", p.access)
		}
		for _, word := range f[6:] {
			if err := p.word(word); err != nil {
				return err
			}
		}
		t.facts = append(t.facts, p)
		return nil
	}
}

// word takes in one of the words after the columns.
func (p *fact) word(w string) error {
	if filter, ok := strings.CutPrefix(w, "filter="); ok {
		p.filter = filter
		return nil
	}
	if stream, ok := strings.CutPrefix(w, "stream="); ok {
		if streams[stream] == "" {
			return fmt.Errorf("unknown direction %q", stream)
		}
		p.stream = stream
		return nil
	}
	if w == "before-auth" {
		p.noAuth = true
		return nil
	}
	if !strings.Contains(w, ":") {
		return fmt.Errorf("%q is no permission", w)
	}
	p.acl = append(p.acl, w)
	return nil
}

func (t *tables) unlessLine(m []string) error {
	if len(t.facts) == 0 {
		return errors.New("no procedure before it")
	}
	p := &t.facts[len(t.facts)-1]
	if p.access != "ro" {
		return errors.New("the procedure above is not ro")
	}
	value, err := strconv.ParseUint(m[3], 10, 32)
	p.unless = &unless{field: m[1], mask: m[2] == "&", value: value, text: m[4]}
	return err
}

func (t *tables) limitLine(line string) error {
	f := strings.Fields(line)
	if f[0] == "limit" && len(f) == 3 {
		value, err := strconv.ParseInt(f[2], 10, 64)
		t.limits = append(t.limits, limit{name: f[1], value: value})
		return err
	}
	if len(f) != 1 || line[0] != ' ' || len(t.limits) == 0 {
		return fmt.Errorf("neither a limit nor a field: %q", line)
	}
	l := &t.limits[len(t.limits)-1]
	l.fields = append(l.fields, f[0])
	return nil
}

// parseVersion turns "9.0.0" into 9000000.
func parseVersion(s string) (uint64, error) {
	var major, minor, release uint64
	if _, err := fmt.Sscanf(s+" ", "%d.%d.%d ", &major, &minor, &release); err != nil {
		return 0, fmt.Errorf("version %q: %w", s, err)
	}
	return major*1000000 + minor*1000 + release, nil
}

// errorDomains are the words of the fourth column, with the constants of
// package rpc that they stand for.
var errorDomains = map[string]string{
	"none":       "FromNone",
	"domain":     "FromDomain",
	"network":    "FromNetwork",
	"storage":    "FromStorage",
	"nodedev":    "FromNodeDevice",
	"interface":  "FromInterface",
	"secret":     "FromSecret",
	"nwfilter":   "FromNWFilter",
	"snapshot":   "FromDomainSnapshot",
	"checkpoint": "FromDomainCheckpoint",
}

// streams are the words after stream=, with the constants of package rpc.
var streams = map[string]string{
	"from-client": "StreamFromClient",
	"to-client":   "StreamToClient",
	"both":        "StreamBoth",
}
