package call

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// How much Show shows.
const (
	shownString = 200 // bytes of one string
	shownItems  = 8   // of one list
	shownLine   = 1200
)

// Show returns arguments or a result of a procedure as one line for people, such
// as
//
//	Dom: {Name: "test", UUID: 6695eb01-f6a4-8304-79aa-97f2502e193f, ID: 1}, Flags: 0
//
// It shows no secret (see Redact and MaskText), cuts long texts and lists, and is
// "" for None and for nil. What is shown of a value is no interface to rely on.
func Show(p *rpc.Info, v any) string { return show(p, v, 0) }

// show also takes how many bytes of a secret were taken out of v before.
func show(p *rpc.Info, v any, secret int) string {
	s := shower{left: shownLine}
	s.line(p, v, secret)
	return s.b.String()
}

// shower writes values as text, and stops once there is enough.
type shower struct {
	b    strings.Builder
	left int // bytes that may still come
}

func (s *shower) write(text string) {
	s.left -= len(text)
	s.b.WriteString(text)
}

func (s *shower) line(p *rpc.Info, v any, secret int) {
	rv, ok := indirect(v)
	if !ok {
		return
	}
	if !known(rv.Type()) && p != nil && carriesSecret(p) {
		s.write("(a " + rv.Type().String() + ", not shown: it may hold a secret)")
		return
	}
	clean, n := redact(v)
	if n > 0 {
		rv, _ = indirect(clean)
	}
	if rv.Kind() == reflect.Struct {
		s.fields(rv)
	} else {
		s.value(rv)
	}
	if n += secret; n > 0 {
		s.write(fmt.Sprintf(" (a secret of %d bytes is not shown)", n))
	}
}

// known reports whether a type is one of the protocol's, whose secrets redact
// finds.
func known(t reflect.Type) bool {
	return t.PkgPath() == reflect.TypeFor[libvirt.Domain]().PkgPath() || t.PkgPath() == reflect.TypeFor[rpc.None]().PkgPath()
}

// indirect returns what a pointer points to, not ok for nil.
func indirect(v any) (reflect.Value, bool) {
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer {
		rv = rv.Elem()
	}
	return rv, rv.IsValid()
}

func (s *shower) fields(v reflect.Value) {
	for i := range v.NumField() {
		if i > 0 {
			s.write(", ")
		}
		if s.left <= 0 {
			s.write("…")
			return
		}
		s.write(v.Type().Field(i).Name + ": ")
		s.value(v.Field(i))
	}
}

func (s *shower) value(v reflect.Value) {
	if text, ok := scalar(v, shownString); ok {
		s.write(text)
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			s.write("none")
			return
		}
		s.value(v.Elem())
	case reflect.Struct:
		if name, value, ok := typedParam(v); ok {
			s.write(name + ": ")
			s.value(value)
			return
		}
		s.write("{")
		s.fields(v)
		s.write("}")
	case reflect.Slice, reflect.Array:
		s.list(v)
	default:
		s.write("(a " + v.Type().String() + ")")
	}
}

func (s *shower) list(v reflect.Value) {
	if isOptional(v.Type()) && v.Len() <= 1 {
		if v.Len() == 0 {
			s.write("none")
			return
		}
		s.value(v.Index(0))
		return
	}
	s.write("[")
	for i := range v.Len() {
		if i > 0 {
			s.write(", ")
		}
		if i == shownItems || s.left <= 0 {
			s.write(fmt.Sprintf("… (%d in all)", v.Len()))
			break
		}
		s.value(v.Index(i))
	}
	s.write("]")
}

// isOptional tells the types that go-libvirt makes of optional values: lists of
// at most one element.
func isOptional(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && strings.HasPrefix(t.Name(), "Opt")
}

// typedParam takes a typed parameter apart.
func typedParam(v reflect.Value) (name string, value reflect.Value, ok bool) {
	if v.Type() != reflect.TypeFor[libvirt.TypedParam]() {
		return "", value, false
	}
	return v.Field(0).String(), v.Field(1).FieldByName("I"), true
}

// scalar shows what has no parts, texts cut after limit bytes.
func scalar(v reflect.Value, limit int) (string, bool) {
	if v.Type() == reflect.TypeFor[libvirt.UUID]() {
		var id libvirt.UUID
		reflect.Copy(reflect.ValueOf(&id).Elem(), v)
		return naming.FormatUUID(id), true
	}
	switch v.Kind() {
	case reflect.String:
		return quote(v.String(), limit), true
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), true
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64), true
	case reflect.Slice, reflect.Array:
		if b, ok := octets(v, limit+1); ok {
			return quoteBytes(b, v.Len(), limit), true
		}
	}
	return "", false
}

// octets returns the first bytes of a list of bytes, or of C's char.
func octets(v reflect.Value, most int) ([]byte, bool) {
	kind := v.Type().Elem().Kind()
	if kind != reflect.Uint8 && kind != reflect.Int8 {
		return nil, false
	}
	b := make([]byte, min(v.Len(), most))
	for i := range b {
		if kind == reflect.Uint8 {
			b[i] = byte(v.Index(i).Uint())
		} else {
			b[i] = byte(v.Index(i).Int())
		}
	}
	return b, true
}

// quoteBytes shows the beginning of n bytes: as text if they are one, without the
// NULs that fill a fixed array, else in hexadecimal.
func quoteBytes(b []byte, n, limit int) string {
	rest := ""
	if n > limit {
		b = b[:limit]
		rest = fmt.Sprintf("… (%d bytes)", n)
	}
	text := strings.TrimRight(string(b), "\x00")
	if utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
		return strconv.Quote(MaskText(text)) + rest
	}
	if len(b) > limit/2 {
		b = b[:limit/2]
		rest = fmt.Sprintf("… (%d bytes)", n)
	}
	return fmt.Sprintf("%x", b) + rest
}

// quote shows a text, cut after limit bytes.
func quote(text string, limit int) string {
	if len(text) <= limit {
		return strconv.Quote(MaskText(text))
	}
	cut := strings.ToValidUTF8(text[:limit], "")
	return strconv.Quote(MaskText(cut)) + fmt.Sprintf("… (%d bytes)", len(text))
}
