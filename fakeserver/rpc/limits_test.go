package rpc_test

import (
	"encoding/binary"
	"errors"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// limits reads the table that the generator reads: the limit of each field
// by "Struct.Field".
func limits(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile("internal/gen/limits.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]int{}
	limit := 0
	for line := range strings.Lines(string(text)) {
		switch f := strings.Fields(line); {
		case len(f) == 0 || f[0] == "#":
		case f[0] == "limit":
			if limit, err = strconv.Atoi(f[2]); err != nil {
				t.Fatal(err)
			}
		case line[0] == ' ':
			table[f[0]] = limit
		}
	}
	return table
}

// TestLimits goes to the limit of every list of every struct, and one beyond,
// in both directions.
func TestLimits(t *testing.T) {
	table := limits(t)
	tested := map[string]bool{}
	for _, s := range sides() {
		typ := reflect.TypeOf(s.decode(rpc.NewDecoder(nil))).Elem()
		walkLists(typ, nil, func(path []int, field string) {
			limit, ok := table[field]
			if !ok {
				t.Fatalf("%s has no limit", field)
			}
			if tested[field] {
				return
			}
			tested[field] = true
			t.Run(field, func(t *testing.T) { checkLimit(t, s, typ, path, limit) })
		})
	}
	if len(tested) != len(table) {
		t.Errorf("%d fields tested, %d have limits", len(tested), len(table))
	}
}

// walkLists calls visit for every list in typ, with the indices of the fields
// that lead there. A list within a list is reached through its first element.
func walkLists(typ reflect.Type, path []int, visit func(path []int, field string)) {
	if typ.Kind() != reflect.Struct {
		return
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		here := append(path[:len(path):len(path)], i)
		switch f.Type.Kind() {
		case reflect.Struct:
			walkLists(f.Type, here, visit)
		case reflect.Slice:
			if !strings.HasPrefix(f.Type.Name(), "Opt") {
				visit(here, typ.Name()+"."+f.Name)
			}
			walkLists(f.Type.Elem(), here, visit)
		}
	}
}

// listAt returns the list at path in v, through the first element of each list
// on the way, which it makes if it is not there.
func listAt(v reflect.Value, path []int) reflect.Value {
	for _, i := range path {
		if v.Kind() == reflect.Slice {
			if v.Len() == 0 {
				v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			}
			v = v.Index(0)
		}
		v = v.Field(i)
	}
	return v
}

func checkLimit(t *testing.T, s side, typ reflect.Type, path []int, limit int) {
	v := reflect.New(typ)
	list := listAt(v.Elem(), path)
	list.Set(reflect.MakeSlice(list.Type(), limit, limit))
	legalize(list.Index(0))
	for n := 1; n < limit; n *= 2 {
		reflect.Copy(list.Slice(n, limit), list.Slice(0, n))
	}
	full, err := s.marshal(v.Interface())
	if err != nil {
		t.Fatalf("%d elements: %v", limit, err)
	}
	got, err := s.unmarshal(full)
	if err != nil {
		t.Fatalf("%d elements: %v", limit, err)
	}
	if n := listAt(reflect.ValueOf(got).Elem(), path).Len(); n != limit {
		t.Fatalf("%d elements became %d", limit, n)
	}

	list.Set(reflect.Append(list, list.Index(0)))
	if _, err := s.marshal(v.Interface()); !errors.Is(err, rpc.ErrEncode) {
		t.Fatalf("%d elements are encoded: %v", limit+1, err)
	}

	// The same payload with one more in the length word, and enough after it:
	// only the limit can refuse that.
	list.Set(reflect.MakeSlice(list.Type(), 0, 0))
	empty, err := s.marshal(v.Interface())
	if err != nil {
		t.Fatal(err)
	}
	list.Set(reflect.MakeSlice(list.Type(), 1, 1))
	legalize(list.Index(0))
	one, err := s.marshal(v.Interface())
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for empty[at] == one[at] {
		at++
	}
	at -= at % 4
	tooMany := binary.BigEndian.AppendUint32(append([]byte(nil), full[:at]...), uint32(limit+1))
	tooMany = append(append(tooMany, full[at+4:]...), make([]byte, 1<<10)...)
	for _, count := range []uint32{uint32(limit + 1), 1 << 20, 1<<31 - 1, 1 << 31, 1<<32 - 1} {
		if count <= uint32(limit) {
			continue
		}
		binary.BigEndian.PutUint32(tooMany[at:], count)
		if n := allocated(func() { _, err = s.unmarshal(tooMany) }); n > slack {
			t.Errorf("a list of %d took %d bytes of memory", count, n)
		}
		if !errors.Is(err, rpc.ErrDecode) {
			t.Fatalf("a list of %d is decoded: %v", count, err)
		}
	}
	// Within the limit, but more than the payload holds.
	short := binary.BigEndian.AppendUint32(append([]byte(nil), full[:at]...), uint32(limit))
	if n := allocated(func() { _, err = s.unmarshal(short) }); n > slack {
		t.Errorf("a list of %d of which nothing is there took %d bytes of memory", limit, n)
	}
	if !errors.Is(err, rpc.ErrDecode) {
		t.Fatalf("a list of %d of which nothing is there is decoded: %v", limit, err)
	}
}

// legalize makes a zero value one that can be encoded: a typed parameter needs
// a type.
func legalize(v reflect.Value) {
	if v.Kind() == reflect.Struct && v.Type().Name() == "TypedParam" {
		fill(func(uint64) uint64 { return 0 }, v)
	}
}

// slack is what allocated may count of others, in bytes: a test binary that
// fuzzes has goroutines of its own.
const slack = 64 << 10

// allocated returns how many bytes are taken from the heap while f runs.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
