package fault

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// TestErrorNames compares the names with those that go-libvirt made of the same
// header.
func TestErrorNames(t *testing.T) {
	t.Parallel()
	squeeze := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	for i, name := range errorCodes {
		if want := libvirt.ErrorNumber(i).String(); squeeze(strings.TrimPrefix(name, "VIR_")) != squeeze(want) {
			t.Errorf("%d is %s here and %s in go-libvirt", i, name, want)
		}
	}
	if s := libvirt.ErrorNumber(len(errorCodes)).String(); !strings.Contains(s, "(") {
		t.Errorf("go-libvirt also knows %s", s)
	}
	for i, name := range errorDomains {
		if want := libvirt.ErrorDomain(i).String(); squeeze(strings.TrimPrefix(name, "VIR_")) != squeeze(want) {
			t.Errorf("%d is %s here and %s in go-libvirt", i, name, want)
		}
	}
	if s := libvirt.ErrorDomain(len(errorDomains)).String(); !strings.Contains(s, "(") {
		t.Errorf("go-libvirt also knows %s", s)
	}
}

func decodeYAML(t testing.TB, text string) (r Rule, err error) {
	t.Helper()
	err = yaml.UnmarshalWithOptions([]byte(text), &r, yaml.Strict())
	return r, err
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, yaml string
		want       Rule
	}{
		{"lone name", "on: DomainCreate\nhang: {}", OnCalls("DomainCreate").Hang()},
		{"several", "on: [DomainCreate, 'ConnectList*']\nobject: vm-*\nskip: 1\ntimes: 2\nhang: {after: true}",
			OnCalls("DomainCreate").Or("ConnectList*").Object("vm-*").Skip(1).Times(2).AfterEffect().Hang()},
		{"code by name", "fail: {code: VIR_ERR_OPERATION_FAILED, message: no KVM}", Builder{}.Fail(libvirt.ErrOperationFailed, "no KVM")},
		{"code without prefix", "fail: {code: OPERATION_FAILED}", Builder{}.Fail(libvirt.ErrOperationFailed, "")},
		{"code by number", "fail: {code: 9, domain: 10}", Rule{Action: Action{Fail: &Fail{Code: 9, Domain: new(ErrorDomain(10))}}}},
		{"domain by name", "fail: {code: 9999, domain: VIR_FROM_QEMU}", Rule{Action: Action{Fail: &Fail{Code: 9999, Domain: new(ErrorDomain(10))}}}},
		{"place", "transport: tls\ncut: {direction: from-client, layer: beneath, after: 10}",
			Connections().OnTransport(call.TLS).Beneath().Cut(FromClient, 10)},
		{"duration", "delay: {for: 1.5s}", Builder{}.Delay(1500 * time.Millisecond)},
		{"bytes that look like numbers", "corrupt: {xor: 0010}", Connections().Corrupt("", 0, 0, 0x10)},
		{"bytes that look like a float", "corrupt: {xor: 1e10}", Connections().Corrupt("", 0, 0x1e, 0x10)},
		{"quoted bytes with a comment", "garble_reply: {payload: \"00ff\"} # comment", Builder{}.GarbleReply([]byte{0, 0xff})},
		{"bytes on a line", "garble_reply:\n  payload: 00ff # comment\n  # more\n", Builder{}.GarbleReply([]byte{0, 0xff})},
		{"bytes by an alias", "name: &x ff\ngarble_reply: {payload: *x}", Builder{}.Named("ff").GarbleReply([]byte{0xff})},
		{"target", "crash: {domain: vm-1}", Node().Crash("vm-1")},
		{"read only", "read_only: false\nhang: {}", Builder{}.ReadOnly(false).Hang()},
		{"wrong reply", "wrong_reply: {serial: 7, status: -1}", Builder{}.WrongReply(WrongReply{Serial: new(uint32(7)), Status: new(int32(-1))})},
		{"answer", "answer: {with: {Num: 3}}", Builder{}.Answer(map[string]any{"Num": uint64(3)})},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := decodeYAML(t, c.yaml)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ yaml, want string }{
		{"fail: {code: VIR_ERR_OPERATION_FAILD}", `there is no error code "VIR_ERR_OPERATION_FAILD", did you mean VIR_ERR_OPERATION_FAILED?`},
		{"fail: {code: OPERATION_FAILD}", "did you mean VIR_ERR_OPERATION_FAILED?"},
		{"fail: {code: 9, domain: VIR_FROM_QMEU}", "did you mean VIR_FROM_QEMU?"},
		{"delay: {for: 5}", `"5" is no duration: want a number with a unit, such as 200ms, 5s or 1m`},
		{"corrupt: {xor: xyz}", `"xyz" are no bytes: want hexadecimal digits`},
		{"failed: {code: 9}", `unknown field "failed"`},
		{"cut: {behind: 9}", `unknown field "behind"`},
	} {
		_, err := decodeYAML(t, c.yaml)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.yaml, err, c.want)
		}
	}
	var code ErrorCode
	if err := json.Unmarshal([]byte(`"nonsense"`), &code); err == nil || strings.Contains(err.Error(), "did you mean") {
		t.Errorf("got %v", err)
	}
}

func drawRule(t *rapid.T) Rule {
	text := rapid.SampledFrom([]string{"", "a", "vm-*", "null", "1", "true", "ConnectList*", "~", "a: b", "- x", "é\n"})
	names := func(label string) Names {
		if n := rapid.SliceOfN(text, 0, 3).Draw(t, label); len(n) > 0 {
			return n
		}
		return nil
	}
	duration := rapid.Map(rapid.Int64(), func(n int64) Duration { return Duration(n) })
	place := func() Place {
		return Place{rapid.SampledFrom([]Direction{"", ToClient, FromClient}).Draw(t, "direction"),
			rapid.SampledFrom([]Layer{"", Above, Beneath}).Draw(t, "layer"), rapid.Int64().Draw(t, "after")}
	}
	word := func(label string) *uint32 {
		if rapid.Bool().Draw(t, "has "+label) {
			return new(rapid.Uint32().Draw(t, label))
		}
		return nil
	}
	target := Target{text.Draw(t, "driver"), text.Draw(t, "domain"), text.Draw(t, "network")}
	var bytes Bytes
	if b := rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "bytes"); len(b) > 0 {
		bytes = b
	}
	n := rapid.Int().Draw(t, "n")
	flag := rapid.Bool().Draw(t, "flag")
	actions := []Action{
		{Fail: &Fail{Code: ErrorCode(rapid.Int32Range(-5, 200).Draw(t, "code")), Message: text.Draw(t, "message"), After: flag}},
		{Fail: &Fail{Code: 9, Domain: new(ErrorDomain(rapid.Int32Range(-5, 200).Draw(t, "error domain")))}},
		{Answer: &Answer{With: map[string]any{"Num": uint64(rapid.Uint32().Draw(t, "num")), "List": []any{text.Draw(t, "element"), int64(-3)}}}},
		{Delay: &Delay{For: duration.Draw(t, "for"), After: flag}},
		{Hang: &Hang{After: flag}}, {DropReply: &DropReply{}}, {Repeat: &Repeat{Times: n}},
		{WrongReply: &WrongReply{Program: word("program"), Serial: word("serial"), Length: word("length")}},
		{Garble: &Garble{Payload: bytes, Keep: n}}, {Reorder: &Reorder{Behind: n}}, {EventOrder: &EventOrder{Reply: text.Draw(t, "reply")}},
		{Close: &Close{When: text.Draw(t, "when"), Reset: flag}},
		{Cut: &Cut{place()}}, {Reset: &Reset{place()}}, {HalfClose: &HalfClose{place()}},
		{Stall: &Stall{place(), duration.Draw(t, "stall")}}, {Throttle: &Throttle{place(), int64(n)}},
		{Drip: &Drip{place(), n, duration.Draw(t, "every")}}, {Corrupt: &Corrupt{place(), bytes}}, {Coalesce: &Coalesce{place(), n}},
		{Confirmation: &Confirmation{text.Draw(t, "send"), n, duration.Draw(t, "confirm")}},
		{Restart: &Restart{text.Draw(t, "state"), duration.Draw(t, "restart")}}, {Refuse: &Refuse{}}, {StopAccepting: &StopAccepting{n}},
		{MaxClients: &MaxClients{n}}, {NoKeepAlive: &NoKeepAlive{}}, {DropEvents: &DropEvents{names("events")}},
		{Storm: &Storm{n, "qemu", text.Draw(t, "storm")}}, {SlowStorage: &SlowStorage{duration.Draw(t, "slow")}}, {NoLease: &NoLease{}},
		{Crash: &Crash{target}}, {Vanish: &Vanish{target}}, {Appear: &Appear{Domain: text.Draw(t, "xml"), Inactive: flag}},
		{Change: &Change{Target: target, Do: text.Draw(t, "do"), After: flag}},
	}
	r := Rule{Name: text.Draw(t, "name"), Skip: n, Times: rapid.Int().Draw(t, "times"), Action: rapid.SampledFrom(actions).Draw(t, "action")}
	r.Match = Match{On: names("on"), Object: text.Draw(t, "object"), Connection: rapid.Uint64().Draw(t, "connection"), User: text.Draw(t, "user")}
	if tr := rapid.SliceOfN(rapid.SampledFrom(nodeTransports), 0, 3).Draw(t, "transports"); len(tr) > 0 {
		r.Transport = tr
	}
	if rapid.Bool().Draw(t, "has read_only") {
		r.ReadOnly = new(flag)
	}
	return r
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawRule(t)
		text, err := yaml.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Rule
		if err := yaml.UnmarshalWithOptions(text, &got, yaml.Strict()); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("YAML: %s\n%s", d, text)
		}
		if text, err = json.Marshal(want); err != nil {
			t.Fatal(err)
		}
		got = Rule{}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("JSON: %s\n%s", d, text)
		}
	})
}

// TestFlat holds that both forms have the same keys at the same places.
func TestFlat(t *testing.T) {
	t.Parallel()
	r := On(rpc.DomainCreate).Named("n").OnTransport(call.TCP).Beneath().Cut(ToClient, 3)
	y, _ := yaml.Marshal(r)
	j, _ := json.Marshal(r)
	var fromYAML, fromJSON map[string]any
	if err := yaml.Unmarshal(y, &fromYAML); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(j, &fromJSON); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"name": "n", "on": "DomainCreate", "transport": "tcp",
		"cut": map[string]any{"direction": "to-client", "layer": "beneath", "after": uint64(3)}}
	if d := cmp.Diff(want, fromYAML); d != "" {
		t.Errorf("YAML: %s", d)
	}
	if d := cmp.Diff(want, fromJSON); d != "" {
		t.Errorf("JSON: %s", d)
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	var seen []string
	for _, a := range Actions() {
		if a.Summary == "" || a.Group == "" || slices.Contains(seen, a.Kind) {
			t.Errorf("%+v", a)
		}
		seen = append(seen, a.Kind)
		r, err := decodeYAML(t, a.Kind+": {}")
		if err != nil || r.Kind() != a.Kind {
			t.Errorf("%s: {}: got %q, %v", a.Kind, r.Kind(), err)
		}
	}
	if k := (Action{}).Kind(); k != "" {
		t.Errorf("got %q", k)
	}
}
