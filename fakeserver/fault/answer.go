package fault

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// resolve returns With as a pointer to the result type of the one procedure.
func (a *Answer) resolve(p *rpc.Info) (any, error) {
	with, err := a.typed(p)
	if err != nil {
		return nil, err
	}
	var e rpc.Encoder
	if p.EncodeRet(&e, with); e.Err() != nil {
		return nil, wrong("answer.with", "it cannot be sent: %v", e.Err())
	}
	return with, nil
}

func (a *Answer) typed(p *rpc.Info) (any, error) {
	result := p.DecodeRet(rpc.NewDecoder(nil))
	want := reflect.TypeOf(result)
	switch with := a.With.(type) {
	case nil:
		if _, none := result.(*rpc.None); none {
			return result, nil
		}
		return nil, wrong("answer.with", "it is missing: want the result of %s, a %v", p.Name, want.Elem())
	case map[string]any:
		v := reflect.New(want.Elem())
		if err := fill("answer.with", v.Elem(), with); err != nil {
			return nil, err
		}
		return v.Interface(), nil
	}
	v := reflect.ValueOf(a.With)
	switch {
	case v.Type() == want.Elem():
		result := reflect.New(want.Elem())
		result.Elem().Set(v)
		return result.Interface(), nil
	case v.Type() != want:
		return nil, wrong("answer.with", "it is a %v: want the result of %s, a %v, or its fields", v.Type(), p.Name, want)
	case v.IsNil():
		return nil, wrong("answer.with", "it is nil: want the result of %s, a %v", p.Name, want)
	}
	return a.With, nil
}

// plainAnswer is Answer without its methods.
type plainAnswer struct {
	With any `yaml:"with" json:"with"`
}

// MarshalYAML writes the result as its fields, by name.
func (a Answer) MarshalYAML() (any, error) { return a.plain(), nil }

// MarshalJSON is like MarshalYAML.
func (a Answer) MarshalJSON() ([]byte, error) { return json.Marshal(a.plain()) }

func (a Answer) plain() plainAnswer {
	v := reflect.ValueOf(a.With)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() == reflect.Struct {
		return plainAnswer{plain(v)}
	}
	return plainAnswer(a)
}

// UnmarshalJSON reads the fields of a result, with integers as exact as they are
// in YAML.
func (a *Answer) UnmarshalJSON(text []byte) error {
	var p plainAnswer
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return err
	}
	a.With = numbers(p.With)
	return nil
}

// numbers gives the numbers in a value from JSON the types that YAML gives them:
// uint64, int64 for negative ones, float64.
func numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case json.Number:
		var u uint64
		var i int64
		var f float64
		switch text := []byte(v); {
		case json.Unmarshal(text, &u) == nil:
			return u
		case json.Unmarshal(text, &i) == nil:
			return i
		case json.Unmarshal(text, &f) == nil:
			return f
		}
	}
	return v
}

// isOptional reports whether a type of go-libvirt's is a list of at most one.
func isOptional(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && strings.HasPrefix(t.Name(), "Opt")
}
