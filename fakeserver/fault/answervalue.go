package fault

import (
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

var (
	uuidType       = reflect.TypeFor[libvirt.UUID]()
	paramValueType = reflect.TypeFor[libvirt.TypedParamValue]()
)

// fill sets dst from a value that was read from YAML or JSON. Bytes are
// hexadecimal text, a UUID is text, a truth value may stand where libvirt has an
// integer for one, and what is optional may stand alone.
func fill(path string, dst reflect.Value, v any) error {
	switch dst.Type() {
	case uuidType:
		if s, ok := v.(string); ok {
			u, ok := naming.ParseUUID(s)
			if !ok {
				return wrong(path, "%q is no UUID", s)
			}
			dst.Set(reflect.ValueOf(u))
			return nil
		}
	case paramValueType:
		return fillParam(path, dst, v)
	}
	switch dst.Kind() {
	case reflect.Struct:
		m, ok := v.(map[string]any)
		if !ok {
			return wrong(path, "it is %s: want the fields of a %v", describe(v), dst.Type())
		}
		return fillStruct(path, dst, m)
	case reflect.Slice, reflect.Array:
		return fillList(path, dst, v)
	case reflect.String:
		s, ok := v.(string)
		if !ok {
			return wrong(path, "it is %s: want text", describe(v))
		}
		dst.SetString(s)
		return nil
	}
	return fillNumber(path, dst, v)
}

func fillStruct(path string, dst reflect.Value, m map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		f, ok := dst.Type().FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, key) })
		if !ok || !f.IsExported() {
			var names []string
			for f := range dst.Type().Fields() {
				names = append(names, f.Name)
			}
			return wrong(path+"."+key, "%v has no such field%s", dst.Type(), naming.DidYouMean(key, slices.Values(names)))
		}
		if err := fill(path+"."+key, dst.FieldByIndex(f.Index), m[key]); err != nil {
			return err
		}
	}
	return nil
}

func fillList(path string, dst reflect.Value, v any) error {
	if s, ok := v.(string); ok && dst.Type().Elem().Kind() == reflect.Uint8 {
		b, err := hex.DecodeString(s)
		if err != nil || dst.Kind() == reflect.Array && len(b) != dst.Len() {
			return wrong(path, "%q are not the bytes of a %v: want hexadecimal digits, two for each", s, dst.Type())
		}
		if dst.Kind() == reflect.Array {
			reflect.Copy(dst, reflect.ValueOf(b))
		} else {
			dst.SetBytes(b)
		}
		return nil
	}
	list, ok := v.([]any)
	switch {
	case v == nil:
	case !ok && isOptional(dst.Type()):
		list = []any{v}
	case !ok:
		return wrong(path, "it is %s: want a list", describe(v))
	}
	switch {
	case dst.Kind() == reflect.Slice:
		dst.Set(reflect.MakeSlice(dst.Type(), len(list), len(list)))
	case len(list) != dst.Len():
		return wrong(path, "it has %d elements: want %d", len(list), dst.Len())
	}
	for i, e := range list {
		if err := fill(fmt.Sprintf("%s[%d]", path, i), dst.Index(i), e); err != nil {
			return err
		}
	}
	return nil
}

func fillNumber(path string, dst reflect.Value, v any) error {
	if b, ok := v.(bool); ok {
		v = uint64(0)
		if b {
			v = uint64(1)
		}
	}
	n := reflect.ValueOf(v)
	fits := false
	switch {
	case !n.IsValid():
	case dst.CanFloat():
		if fits = n.CanFloat() || n.CanInt() || n.CanUint(); fits {
			dst.SetFloat(n.Convert(reflect.TypeFor[float64]()).Float())
		}
	case n.CanFloat():
		if f := n.Float(); f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return fillNumber(path, dst, int64(f))
		}
	case dst.CanInt() && n.CanInt():
		if fits = !dst.OverflowInt(n.Int()); fits {
			dst.SetInt(n.Int())
		}
	case dst.CanInt() && n.CanUint():
		if fits = n.Uint() <= math.MaxInt64 && !dst.OverflowInt(int64(n.Uint())); fits {
			dst.SetInt(int64(n.Uint()))
		}
	case dst.CanUint() && n.CanUint():
		if fits = !dst.OverflowUint(n.Uint()); fits {
			dst.SetUint(n.Uint())
		}
	case dst.CanUint() && n.CanInt():
		if fits = n.Int() >= 0 && !dst.OverflowUint(uint64(n.Int())); fits {
			dst.SetUint(uint64(n.Int()))
		}
	}
	if !fits {
		return wrong(path, "it is %s: want a number that fits a %v", describe(v), dst.Kind())
	}
	return nil
}

// The types of virTypedParameterType, and what holds a value of each.
var paramTypes = map[uint32]reflect.Type{
	rpc.ParamInt:     reflect.TypeFor[int32](),
	rpc.ParamUint:    reflect.TypeFor[uint32](),
	rpc.ParamLlong:   reflect.TypeFor[int64](),
	rpc.ParamUllong:  reflect.TypeFor[uint64](),
	rpc.ParamDouble:  reflect.TypeFor[float64](),
	rpc.ParamBoolean: reflect.TypeFor[int32](),
	rpc.ParamString:  reflect.TypeFor[string](),
}

// fillParam sets a typed parameter: from its D and I, or from the value alone,
// whose type is then llong, ullong, double, boolean or string.
func fillParam(path string, dst reflect.Value, v any) error {
	var number uint32
	switch t := v.(type) {
	case map[string]any:
		if err := fill(path+".D", reflect.ValueOf(&number).Elem(), t["D"]); err != nil {
			return err
		}
		v = t["I"]
	case uint64:
		if number = rpc.ParamUllong; t <= math.MaxInt64 {
			number = rpc.ParamLlong
		}
	case bool:
		number = rpc.ParamBoolean
	case string:
		number = rpc.ParamString
	case float64:
		number = rpc.ParamDouble
	default:
		number = rpc.ParamLlong
	}
	t, ok := paramTypes[number]
	if !ok {
		return wrong(path+".D", "it is %d: want a virTypedParameterType, 1 to 7", number)
	}
	i := reflect.New(t).Elem()
	if err := fill(path, i, v); err != nil {
		return err
	}
	dst.Set(reflect.ValueOf(libvirt.TypedParamValue{D: number, I: i.Interface()}))
	return nil
}

func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	}
	return fmt.Sprint(v)
}

// plain is the opposite of fill.
func plain(v reflect.Value) any {
	if v.Type() == uuidType {
		return naming.FormatUUID(v.Interface().(libvirt.UUID))
	}
	switch v.Kind() {
	case reflect.Struct:
		m := make(map[string]any)
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				m[f.Name] = plain(v.Field(i))
			}
		}
		return m
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return hex.EncodeToString(v.Bytes())
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	}
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.String:
		return v.String()
	}
	return v.Interface()
}
