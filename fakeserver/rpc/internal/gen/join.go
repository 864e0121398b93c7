package main

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// model is everything that the generated files say.
type model struct {
	src     *source
	procs   []procedure
	limits  []limit
	limitOf map[string]string // name of the limit by "Struct.Field"
	codecs  map[string]*codec // by Go name of the struct
}

// procedure is a number of go-libvirt with what our table says of it.
type procedure struct {
	number
	fact
	args, ret, msg string // Go names of structs, "" if there is none
}

// join ties numbers to structs and to our tables. The error lists everything
// that does not fit, so that one run tells all that is to be done.
func join(src *source, tab *tables) (*model, error) {
	m := &model{src: src, limits: tab.limits, limitOf: map[string]string{}, codecs: map[string]*codec{}}
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	for _, l := range tab.limits {
		for _, f := range l.fields {
			if m.limitOf[f] != "" {
				fail("limits.txt: %s has two limits", f)
			}
			m.limitOf[f] = l.name
		}
	}
	facts := map[string]fact{}
	for _, f := range tab.facts {
		if _, ok := facts[f.constant]; ok {
			fail("procedures.txt: %s is there twice", f.constant)
		}
		facts[f.constant] = f
	}
	for _, n := range src.numbers {
		f, ok := facts[n.cName]
		if !ok {
			fail("procedures.txt: %s = %d is missing", n.cName, n.value)
			continue
		}
		delete(facts, n.cName)
		if f.number != n.value {
			fail("procedures.txt: %s is %d, and %d in go-libvirt", n.cName, f.number, n.value)
		}
		p := procedure{number: n, fact: f}
		// REMOTE_PROC_X belongs to remote_x_args, remote_x_ret and remote_x_msg.
		base := strings.ToLower(strings.Replace(n.cName, "_PROC_", "_", 1))
		p.args, p.ret, p.msg = src.structs[base+"_args"], src.structs[base+"_ret"], src.structs[base+"_msg"]
		if isEvent := p.msg != "" && p.args == "" && p.ret == ""; isEvent != (f.access == "event") {
			fail("procedures.txt: %s has access %s, which does not agree with its structs (%q, %q, %q)", n.cName, f.access, p.args, p.ret, p.msg)
		}
		if src.streams[fmt.Sprintf("%s %d", f.program, f.number)] && f.stream == "" {
			fail("procedures.txt: %s has a stream in go-libvirt", n.cName)
		}
		m.procs = append(m.procs, p)
	}
	for c := range facts {
		fail("procedures.txt: %s is not in go-libvirt", c)
	}
	sort.Slice(m.procs, func(i, j int) bool {
		a, b := m.procs[i], m.procs[j]
		if a.fact.program != b.fact.program {
			return a.fact.program == "remote"
		}
		return a.fact.number < b.fact.number
	})
	for _, p := range m.procs {
		for _, name := range []string{p.args, p.ret, p.msg} {
			if name != "" {
				if _, err := m.codec(name); err != nil {
					fail("%s: %w", p.constant, err)
				}
			}
		}
		if u := p.unless; u != nil && (p.args == "" || !slices.ContainsFunc(m.codecs[p.args].fields, func(f field) bool { return f.name == u.field })) {
			fail("procedures.txt: %s has no argument %s", p.constant, u.field)
		}
	}
	errs = append(errs, m.checkLimits()...)
	return m, errors.Join(errs...)
}

// checkLimits reports limits of fields that no codec has asked for, and limits
// whose value go-libvirt knows better.
func (m *model) checkLimits() []error {
	var errs []error
	used := map[string]bool{}
	for _, c := range m.codecs {
		for _, f := range c.fields {
			if f.limit != "" {
				used[c.name+"."+f.name] = true
			}
		}
	}
	known := map[string]int64{}
	for c, v := range m.src.limits {
		known[limitKey(c)] = v
	}
	for _, l := range m.limits {
		for _, f := range l.fields {
			if !used[f] {
				errs = append(errs, fmt.Errorf("limits.txt: %s is no list of any procedure", f))
			}
		}
		if v, ok := known[limitKey(l.name)]; ok && v != l.value {
			errs = append(errs, fmt.Errorf("limits.txt: %s is %d, and %d in go-libvirt", l.name, l.value, v))
		}
	}
	return errs
}

// limitKey makes REMOTE_NODE_MAX_CELLS and MaxNodeCells comparable.
func limitKey(name string) string {
	name = strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "REMOTE_"), "_", ""))
	return strings.Replace(name, "max", "", 1)
}
