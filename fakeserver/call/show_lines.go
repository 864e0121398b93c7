package call

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// How much ShowLines shows.
const (
	shownLineString = 4 << 10
	shownLines      = 400
)

// ShowLines returns arguments or a result as lines to compare with those of
// another: a line for each field, texts of several lines (XML) as they stand.
// Like Show it shows no secret.
//
//	Dom.Name: "test"
//	Dom.UUID: 6695eb01-f6a4-8304-79aa-97f2502e193f
//	Flags: 0
func ShowLines(p *rpc.Info, v any) []string { return showLines(p, v, 0) }

func showLines(p *rpc.Info, v any, secret int) []string {
	rv, ok := indirect(v)
	if !ok {
		return nil
	}
	if rv.Kind() != reflect.Struct || !known(rv.Type()) {
		return []string{show(p, v, secret)}
	}
	clean, n := redact(v)
	if n > 0 {
		rv, _ = indirect(clean)
	}
	var l lineShower
	l.fields("", rv)
	if n += secret; n > 0 {
		l.add(fmt.Sprintf("(a secret of %d bytes is not shown)", n))
	}
	if l.missing > 0 {
		l.lines = append(l.lines, fmt.Sprintf("… (%d more lines)", l.missing))
	}
	return l.lines
}

type lineShower struct {
	lines   []string
	missing int
}

func (l *lineShower) add(line string) {
	if len(l.lines) >= shownLines {
		l.missing++
		return
	}
	l.lines = append(l.lines, line)
}

func (l *lineShower) fields(path string, v reflect.Value) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if path != "" {
			name = path + "." + name
		}
		l.value(name, v.Field(i))
	}
}

func (l *lineShower) value(path string, v reflect.Value) {
	if v.Kind() == reflect.String && strings.Contains(v.String(), "\n") {
		l.text(path, v.String())
		return
	}
	if text, ok := scalar(v, shownLineString); ok {
		l.add(path + ": " + text)
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			l.add(path + ": none")
			return
		}
		l.value(path, v.Elem())
	case reflect.Struct:
		if name, value, ok := typedParam(v); ok {
			l.value(path+"."+name, value)
			return
		}
		l.fields(path, v)
	case reflect.Slice, reflect.Array:
		l.list(path, v)
	}
}

func (l *lineShower) list(path string, v reflect.Value) {
	switch {
	case v.Len() == 0 && isOptional(v.Type()):
		l.add(path + ": none")
	case v.Len() == 0:
		l.add(path + ": []")
	case v.Len() == 1 && isOptional(v.Type()):
		l.value(path, v.Index(0))
	default:
		for i := range v.Len() {
			if len(l.lines) >= shownLines {
				l.missing += v.Len() - i
				return
			}
			l.value(fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	}
}

// text shows a text of several lines.
func (l *lineShower) text(path, text string) {
	end := ""
	if len(text) > shownLineString {
		end = fmt.Sprintf("… (%d bytes)", len(text))
		text = strings.ToValidUTF8(text[:shownLineString], "")
	}
	l.add(path + ":")
	for line := range strings.SplitSeq(strings.TrimSuffix(MaskText(text), "\n")+end, "\n") {
		l.add("  " + line)
	}
}
