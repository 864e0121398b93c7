package scenarios

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
)

// decoder fills Go values from YAML and remembers all that is wrong on the way.
// It has two rules more than the shape of the types: where a list of words is
// wanted one may stand alone, and `hang:` without a value is `hang: {}`.
type decoder struct {
	problems []*Problem
	values   int
	layouts  map[reflect.Type]*layout
	secret   bool // what is decoded now is not to be shown
}

// place is embedded in types of which something is checked after they have been
// read: it remembers where they stood.
type place struct{ Value *yamlValue }

// at returns where the value of a key stands, or the whole if it is not there.
func (p place) at(key string) pos {
	if k := p.Value.key(key); k != nil {
		return k.value.pos
	}
	return p.start()
}

// atKey returns where a key itself stands.
func (p place) atKey(key string) pos {
	if k := p.Value.key(key); k != nil {
		return k.pos
	}
	return p.start()
}

// path returns where a path of keys leads, such as fail.code or on[1]: to its
// value, or as far as it goes. A path of one key leads to the key itself.
func (p place) path(path string) pos {
	at, v := p.start(), p.Value
	for i, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		if n, err := strconv.Atoi(step); err == nil && v != nil && n >= 0 && n < len(v.items) {
			v = v.items[n]
			at = v.pos
			continue
		}
		k := v.key(step)
		if k == nil {
			break
		}
		at, v = k.value.pos, k.value
		if i == 0 && v.kind > textKind {
			at = k.pos
		}
	}
	return at
}

func (p place) start() pos {
	if p.Value == nil {
		return pos{1, 1}
	}
	return p.Value.pos
}

func (p place) has(key string) bool { return p.Value.key(key) != nil }

// fromYAML is implemented by types with a YAML form of their own.
type fromYAML interface {
	fromYAML(d *decoder, v *yamlValue, name string)
}

var (
	placeType   = reflect.TypeFor[place]()
	textType    = reflect.TypeFor[encoding.TextUnmarshaler]()
	ownYAMLType = reflect.TypeFor[fromYAML]()
)

// layout is the keys of a struct, in order, with those of its inlined structs.
type layout struct {
	names  []string
	fields map[string][]int
	place  []int
	// secrets are the keys whose values no error shows: those with the tag secret.
	secrets map[string]bool
}

func (d *decoder) layout(t reflect.Type) *layout {
	if l, ok := d.layouts[t]; ok {
		return l
	}
	l := &layout{fields: make(map[string][]int), secrets: make(map[string]bool)}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type == placeType {
			l.place = f.Index
			continue
		}
		tag, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case tag == "-":
		case options == "inline":
			inner := d.layout(f.Type)
			if inner.place != nil && l.place == nil {
				l.place = append([]int{i}, inner.place...)
			}
			for _, name := range inner.names {
				l.names = append(l.names, name)
				l.fields[name] = append([]int{i}, inner.fields[name]...)
			}
			maps.Copy(l.secrets, inner.secrets)
		case tag != "":
			l.names = append(l.names, tag)
			l.fields[tag] = []int{i}
			if f.Tag.Get("secret") == "true" {
				l.secrets[tag] = true
			}
		}
	}
	if d.layouts == nil {
		d.layouts = make(map[reflect.Type]*layout)
	}
	d.layouts[t] = l
	return l
}

func (d *decoder) problem(at pos, format string, args ...any) {
	d.problems = append(d.problems, problem(at, format, args...))
}

func (d *decoder) wrong(v *yamlValue, name, want string) {
	shown := v.String()
	if d.secret {
		shown = v.kind.String()
	}
	d.problem(v.pos, "%s: want %s, not %s", name, want, shown)
}

// wrongKind is wrong for a value that is not of the kind of a type: for a secret that
// somebody has put in the place of the mapping that it belongs to.
func (d *decoder) wrongKind(v *yamlValue, t reflect.Type, name, want string) {
	before := d.secret
	d.secret = before || d.holdsSecrets(t)
	d.wrong(v, name, want)
	d.secret = before
}

// holdsSecrets reports whether there are secrets among the values of a type, or right
// below them.
func (d *decoder) holdsSecrets(t reflect.Type) bool {
	t = innermost(t)
	if t.Kind() != reflect.Struct {
		return false
	}
	l := d.layout(t)
	if len(l.secrets) > 0 {
		return true
	}
	for _, index := range l.fields {
		f := innermost(t.FieldByIndex(index).Type)
		if f.Kind() == reflect.Struct && len(d.layout(f).secrets) > 0 {
			return true
		}
	}
	return false
}

// innermost returns what a pointer leads to, or a list or mapping is of.
func innermost(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

// tooMany counts a value, and reports the first that is too many.
func (d *decoder) tooMany(v *yamlValue) bool {
	d.values++
	if d.values == maxValues+1 {
		d.problem(v.pos, "the scenario has more than %d values, aliases counted as often as they stand", maxValues)
	}
	return d.values > maxValues
}

// decode fills into from v, which errors call name.
func (d *decoder) decode(v *yamlValue, into reflect.Value, name string) {
	if d.tooMany(v) {
		return
	}
	if into.CanAddr() && into.Addr().Type().Implements(ownYAMLType) {
		into.Addr().Interface().(fromYAML).fromYAML(d, v, name)
		return
	}
	if into.Kind() != reflect.Pointer && into.CanAddr() && into.Addr().Type().Implements(textType) {
		d.decodeText(v, into.Addr().Interface().(encoding.TextUnmarshaler), name)
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.decode(v, into.Elem(), name)
	case reflect.Struct:
		d.decodeStruct(v, into, name)
	case reflect.Slice:
		d.decodeList(v, into, name)
	case reflect.Map:
		d.decodeMap(v, into, name)
	case reflect.Interface:
		if a := d.anything(v); a != nil {
			into.Set(reflect.ValueOf(a))
		}
	default:
		d.decodeScalar(v, into, name)
	}
}

func (d *decoder) decodeText(v *yamlValue, into encoding.TextUnmarshaler, name string) {
	if v.kind > textKind || v.kind == nullKind {
		d.wrong(v, name, "a text")
		return
	}
	if err := into.UnmarshalText([]byte(v.text)); err != nil {
		d.problem(v.pos, "%s: %s", name, strings.TrimPrefix(err.Error(), "certs: "))
	}
}

func (d *decoder) decodeStruct(v *yamlValue, into reflect.Value, name string) {
	l := d.layout(into.Type())
	if l.place != nil {
		into.FieldByIndex(l.place).Field(0).Set(reflect.ValueOf(v)) // place itself is not exported
	}
	if v.kind == nullKind {
		return
	}
	if v.kind != mapKind {
		d.wrongKind(v, into.Type(), name, "a mapping with keys of "+strings.Join(l.names, ", "))
		return
	}
	for _, k := range v.keys {
		field, ok := l.fields[k.name]
		if !ok {
			if !strings.HasPrefix(k.name, "x-") {
				d.unknown(k, l)
			}
			continue
		}
		before := d.secret
		d.secret = before || l.secrets[k.name]
		d.decode(k.value, into.FieldByIndex(field), k.name)
		d.secret = before
	}
}

// unknown reports a key that there is not. Beside secrets it is not shown: it may be
// one itself, such as in `password sesame`, without a colon.
func (d *decoder) unknown(k yamlKey, l *layout) {
	if len(l.secrets) > 0 {
		d.problem(k.pos, "unknown key: %s", instead(k.name, l.names))
		return
	}
	d.problem(k.pos, "unknown key %q: %s", k.name, instead(k.name, l.names))
}

func (d *decoder) decodeList(v *yamlValue, into reflect.Value, name string) {
	items := v.items
	if v.kind != listKind {
		element := into.Type().Elem()
		words := element.Kind() == reflect.String || reflect.PointerTo(element).Implements(textType)
		switch {
		case v.kind == nullKind:
			return
		case words && v.kind == textKind:
			items = []*yamlValue{v}
		default:
			d.wrongKind(v, into.Type(), name, "a list")
			return
		}
	}
	list := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		inner := name
		if v.kind == listKind {
			inner = fmt.Sprintf("%s[%d]", name, i)
		}
		d.decode(item, list.Index(i), inner)
	}
	into.Set(list)
}

func (d *decoder) decodeMap(v *yamlValue, into reflect.Value, name string) {
	if v.kind == nullKind {
		return
	}
	if v.kind != mapKind {
		d.wrongKind(v, into.Type(), name, "a mapping")
		return
	}
	m := reflect.MakeMapWithSize(into.Type(), len(v.keys))
	for _, k := range v.keys {
		key := reflect.New(into.Type().Key()).Elem()
		if key.Kind() == reflect.String {
			key.SetString(k.name)
		} else if n, err := strconv.ParseUint(k.name, 0, key.Type().Bits()); err == nil {
			key.SetUint(n)
		} else {
			d.problem(k.pos, "%s: want keys that are whole numbers, 0 or more, not %q", name, k.name)
			continue
		}
		value := reflect.New(into.Type().Elem()).Elem()
		d.decode(k.value, value, k.name)
		m.SetMapIndex(key, value)
	}
	into.Set(m)
}

func (d *decoder) decodeScalar(v *yamlValue, into reflect.Value, name string) {
	switch into.Kind() {
	case reflect.String:
		if v.kind != textKind {
			want := "a text"
			switch {
			case v.kind != numberKind && v.kind != boolKind:
			case d.secret:
				want += " in quotes"
			default:
				want += ` in quotes, "` + v.text + `"`
			}
			d.wrong(v, name, want)
			return
		}
		into.SetString(v.text)
	case reflect.Bool:
		if v.kind != boolKind {
			d.wrong(v, name, "true or false")
			return
		}
		into.SetBool(v.text == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(v.text, 0, into.Type().Bits())
		if v.kind != numberKind || err != nil {
			d.wrong(v, name, "a whole number")
			return
		}
		into.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(v.text, 0, into.Type().Bits())
		if v.kind != numberKind || err != nil {
			d.wrong(v, name, "a whole number, 0 or more")
			return
		}
		into.SetUint(n)
	default:
		panic("scenarios: no YAML form for " + into.Type().String())
	}
}

// anything returns a value whose type nothing prescribes: nil, bool, string,
// int64, uint64, float64, []any or map[string]any.
func (d *decoder) anything(v *yamlValue) any {
	if d.tooMany(v) {
		return nil
	}
	switch v.kind {
	case boolKind:
		return v.text == "true"
	case numberKind:
		if n, err := strconv.ParseInt(v.text, 0, 64); err == nil {
			return n
		}
		if n, err := strconv.ParseUint(v.text, 0, 64); err == nil {
			return n
		}
		f, err := strconv.ParseFloat(v.text, 64)
		if err != nil {
			d.problem(v.pos, "%s is no number that can be read", v.text)
		}
		return f
	case textKind:
		return v.text
	case mapKind:
		m := make(map[string]any, len(v.keys))
		for _, k := range v.keys {
			m[k.name] = d.anything(k.value)
		}
		return m
	case listKind:
		list := make([]any, len(v.items))
		for i, item := range v.items {
			list[i] = d.anything(item)
		}
		return list
	default:
		return nil
	}
}

// decodeAs decodes into a type without the YAML form of its own.
func decodeAs[T any](d *decoder, v *yamlValue, into *T, name string) {
	d.decode(v, reflect.ValueOf(into).Elem(), name)
}
