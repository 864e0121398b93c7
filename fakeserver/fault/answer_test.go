package fault

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// TestParams sends typed parameters of every type through YAML and back.
func TestParams(t *testing.T) {
	t.Parallel()
	want := &libvirt.DomainGetPerfEventsRet{}
	for i, v := range []any{int32(-1), uint32(1), int64(-1 << 63), uint64(1<<64 - 1), 2.5, int32(1), "text"} {
		want.Params = append(want.Params, libvirt.TypedParam{Field: "f", Value: libvirt.TypedParamValue{D: uint32(i + 1), I: v}})
	}
	rule := On(rpc.DomainGetPerfEvents).Answer(want)
	for _, form := range []struct {
		marshal   func(any) ([]byte, error)
		unmarshal func([]byte, any) error
	}{
		{yaml.Marshal, func(text []byte, v any) error { return yaml.Unmarshal(text, v) }},
		{json.Marshal, json.Unmarshal},
	} {
		text, err := form.marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		var read Rule
		if err := form.unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		got, err := read.resolve()
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := cmp.Diff(want, got.Answer.With); d != "" {
			t.Errorf("%s\n%s", d, text)
		}
	}
	for value, want := range map[any]libvirt.TypedParamValue{
		uint64(1): {D: rpc.ParamLlong, I: int64(1)}, uint64(1 << 63): {D: rpc.ParamUllong, I: uint64(1 << 63)},
		int64(-1): {D: rpc.ParamLlong, I: int64(-1)}, 0.5: {D: rpc.ParamDouble, I: 0.5},
		true: {D: rpc.ParamBoolean, I: int32(1)}, "x": {D: rpc.ParamString, I: "x"},
	} {
		var got libvirt.TypedParamValue
		if err := fill("f", reflect.ValueOf(&got).Elem(), value); err != nil || got != want {
			t.Errorf("%#v: got %#v, %v", value, got, err)
		}
	}
}

// TestAnswerValues holds which values fit which types.
func TestAnswerValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value any // as YAML has it
		want  any // what fill makes of it, or nil for an error
	}{
		{uint64(3), int8(3)}, {int64(-3), int8(-3)}, {uint64(128), int8(0)}, {float64(2), uint32(2)}, {2.5, uint32(0)},
		{int64(-1), uint32(0)}, {int64(3), uint32(3)}, {uint64(1 << 63), int64(0)}, {uint64(3), float64(3)}, {true, int32(1)}, {false, int32(0)},
		{nil, int32(0)}, {"x", int32(0)}, {uint64(3), ""}, {"text", "text"}, {[]any{}, ""}, {map[string]any{}, int32(0)},
	} {
		dst := reflect.New(reflect.TypeOf(c.want)).Elem()
		err := fill("f", dst, c.value)
		zero := reflect.ValueOf(c.want).IsZero()
		if (err != nil) != (zero && c.value != false) {
			t.Errorf("%#v into a %T: %v", c.value, c.want, err)
		}
		if err == nil && dst.Interface() != c.want {
			t.Errorf("%#v is %#v, want %#v", c.value, dst.Interface(), c.want)
		}
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	uuid := libvirt.UUID{0xde, 0xad, 15: 1}
	typed := On(rpc.ConnectListAllDomains).Answer(&libvirt.ConnectListAllDomainsRet{
		Domains: []libvirt.Domain{{Name: "vm-1", UUID: uuid, ID: -1}}, Ret: 1})
	text, err := yaml.Marshal(typed)
	if err != nil {
		t.Fatal(err)
	}
	r, err := decodeYAML(t, string(text))
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewSet().Add(r)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if d := cmp.Diff(typed.Answer.With, h.Rule().Answer.With); d != "" {
		t.Errorf("%s\n%s", d, text)
	}
	for _, c := range []struct {
		on   string
		with string
		want string // the error, or ""
	}{
		{"DomainGetInfo", "{State: 1, MaxMem: 18446744073709551615}", ""},
		{"DomainGetInfo", "{state: 1, nrvirtcpu: 2}", ""},
		{"DomainGetInfo", "{State: 256}", "answer.with.State: it is 256: want a number that fits a uint8"},
		{"DomainGetInfo", "{Stat: 1}", "did you mean State?"},
		{"DomainIsActive", "{Active: true}", ""},
		{"DomainLookupByName", "{Dom: {Name: a, UUID: 00000000-0000-0000-0000-000000000001, ID: 1}}", ""},
		{"DomainLookupByName", "{Dom: {UUID: x}}", `"x" is no UUID`},
		{"DomainLookupByName", "{Dom: 3}", "it is 3: want the fields of"},
		{"SecretGetValue", "{Value: c0ffee}", ""},
		{"DomainGetPerfEvents", "{Params: [{Field: cmt, Value: true}, {Field: x, Value: {D: 4, I: 5}}]}", ""},
		{"DomainGetPerfEvents", "{Params: [{Field: cmt, Value: {D: 8, I: 5}}]}", "answer.with.Params[0].Value.D: it is 8"},
		{"DomainGetVcpuPinInfo", "{Cpumaps: x}", "no bytes"},
		{"DomainMigratePrepare", "{UriOut: tcp:host}", ""},
		{"DomainCreate", "{}", ""},
		{"DomainGetInfo", "null", "it is missing"},
		{"DomainGetInfo", "3", "it is a uint64: want the result of DomainGetInfo"},
	} {
		r, err := decodeYAML(t, "on: "+c.on+"\nanswer: {with: "+c.with+"}")
		if err != nil {
			t.Fatal(c.with, err)
		}
		err = r.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(c.want, "no bytes"))) {
			t.Errorf("%s %s: got %v, want %q", c.on, c.with, err, c.want)
		}
	}
}
