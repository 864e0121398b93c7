package hypervisor

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/beevik/etree"
)

// sharedTypes are what copies share, since it never changes: definitions of
// networks and capabilities of devices are replaced as a whole, and the tree that a
// running domain was made from is only ever copied.
var sharedTypes = []reflect.Type{
	reflect.TypeFor[*networkDef](), reflect.TypeFor[[]deviceCap](), reflect.TypeFor[*time.Location](),
}

// TestClonesShareNothingThatChanges fills every field that a State's objects have,
// whatever there is by then, and looks for one that the clone lacks or shares.
func TestClonesShareNothingThatChanges(t *testing.T) {
	t.Parallel()
	f := &filler{}
	var s State
	f.fill(reflect.ValueOf(&s.objectState).Elem())
	dom := &domain{}
	f.fill(reflect.ValueOf(dom).Elem())
	s.domains = domains{lastID: 7, taps: 8}
	s.domains.add(dom)
	s.domains.byID[dom.id] = dom
	s.domains.ptys, s.domains.ports, s.domains.cids = map[int]bool{1: true}, map[int]bool{2: true}, map[int]bool{3: true}
	for i := range reflect.TypeFor[domains]().NumField() {
		if reflect.ValueOf(s.domains).Field(i).IsZero() {
			t.Errorf("this test does not know the field %s of domains", reflect.TypeFor[domains]().Field(i).Name)
		}
	}

	objects, domains := s.objectState.clone(), s.domains.clone()
	for _, pair := range [][2]any{{&s.objectState, &objects}, {&s.domains, &domains}} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("the clone of %T lacks something", pair[0])
		}
		compareShares(t, fmt.Sprintf("%T", pair[0])[1:], reflect.ValueOf(pair[0]).Elem(), reflect.ValueOf(pair[1]).Elem(), map[uintptr]bool{})
	}
}

// filler gives every field a value of its own.
type filler struct{ n int }

func (f *filler) fill(v reflect.Value) {
	v = settable(v)
	f.n++
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type() == reflect.TypeFor[*etree.Element]() {
			root := etree.NewElement("domain")
			root.CreateElement("name").SetText(fmt.Sprint(f.n))
			v.Set(reflect.ValueOf(root))
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		f.fill(value)
		v.SetMapIndex(key, value)
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.String:
		v.SetString(fmt.Sprint(f.n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.n % 100))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(f.n % 100))
	default:
		panic(fmt.Sprintf("an object has a %s: say here how to fill it", v.Type()))
	}
}

// settable makes an unexported field one that can be read and written.
func settable(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
}

// compareShares reports each pointer, slice and map that a value and its clone
// have in common.
func compareShares(t *testing.T, path string, a, b reflect.Value, seen map[uintptr]bool) {
	a, b = settable(a), settable(b)
	if slices.Contains(sharedTypes, a.Type()) || path == "hypervisor.domains.list[0].def.origin" ||
		path == "hypervisor.domains.list[0].newDef.origin" {
		return
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if a.IsNil() || a.Kind() == reflect.Slice && a.Len() == 0 {
			return
		}
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s, a %s, is shared", path, a.Type())
			return
		}
		if seen[a.Pointer()] {
			return
		}
		seen[a.Pointer()] = true
	}
	switch a.Kind() {
	case reflect.Pointer:
		compareShares(t, path, a.Elem(), b.Elem(), seen)
	case reflect.Interface:
		if a.Elem().Kind() == reflect.Pointer && !a.Elem().IsNil() && a.Elem().Pointer() == b.Elem().Pointer() {
			t.Errorf("%s is shared", path)
		}
	case reflect.Struct:
		for i := range a.NumField() {
			compareShares(t, path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i), seen)
		}
	case reflect.Slice:
		for i := range a.Len() {
			compareShares(t, fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i), seen)
		}
	case reflect.Map:
		for _, key := range a.MapKeys() {
			x, y := reflect.New(a.Type().Elem()).Elem(), reflect.New(a.Type().Elem()).Elem()
			x.Set(a.MapIndex(key))
			y.Set(b.MapIndex(key))
			compareShares(t, fmt.Sprintf("%s[%v]", path, key), x, y, seen)
		}
	}
}

// TestCopyKnowsTheState fails when a State gets a field that Copy may have to
// hold.
func TestCopyKnowsTheState(t *testing.T) {
	t.Parallel()
	copied := []string{"objectState", "domains", "chance", "host.bootedAt"}
	left := []string{"traits", "now", "mu", "events", "host.hostname", "host.capabilities"}
	var fields []string
	for i := range reflect.TypeFor[State]().NumField() {
		if name := reflect.TypeFor[State]().Field(i).Name; name != "host" {
			fields = append(fields, name)
		}
	}
	for i := range reflect.TypeFor[hostState]().NumField() {
		fields = append(fields, "host."+reflect.TypeFor[hostState]().Field(i).Name)
	}
	known := slices.Concat(copied, left)
	slices.Sort(known)
	slices.Sort(fields)
	if !slices.Equal(known, fields) {
		t.Errorf("a State has %v; this test knows %v: say whether a Copy has them", fields, known)
	}
}
