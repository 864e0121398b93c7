package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// version is a libvirt version; "" is the default.
type version string

// UnmarshalText implements encoding.TextUnmarshaler.
func (v *version) UnmarshalText(text []byte) error {
	if _, err := rpc.ParseVersion(string(text)); err != nil {
		return err
	}
	*v = version(text)
	return nil
}

// oneOf refuses a word that is none of those known. The first is the default.
func oneOf(word string, known ...string) (string, error) {
	if slices.Contains(known, word) {
		return word, nil
	}
	return "", fmt.Errorf("want one of %s, not %q", strings.Join(known, ", "), word)
}

// hostName is the name of a host.
type hostName string

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *hostName) UnmarshalText(text []byte) error {
	word, err := oneOf(string(text), "default")
	*h = hostName(word)
	return err
}

// presetName says what a driver has beside what a scenario lists.
type presetName string

const (
	presetDefault presetName = "default"
	presetHost    presetName = "host"
	presetEmpty   presetName = "empty"
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *presetName) UnmarshalText(text []byte) error {
	word, err := oneOf(string(text), "default", "host", "empty")
	*p = presetName(word)
	return err
}

// domainState is how a domain stands.
type domainState string

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *domainState) UnmarshalText(text []byte) error {
	word, err := oneOf(string(text), "shutoff", "running", "paused")
	*s = domainState(word)
	return err
}

// activeState is how a network or pool stands.
type activeState string

const inactive activeState = "inactive"

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *activeState) UnmarshalText(text []byte) error {
	word, err := oneOf(string(text), "active", "inactive")
	*s = activeState(word)
	return err
}

// memory is an amount of memory in KiB. In YAML it is a number of MiB or a text
// with one of libvirt's units; 0 is the default.
type memory uint64

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *memory) UnmarshalText(text []byte) error {
	digits := strings.TrimRight(string(text), "KMGTiB")
	n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 64)
	shift, known := map[string]uint{"": 10, "KiB": 0, "MiB": 10, "GiB": 20, "TiB": 30}[string(text)[len(digits):]]
	const most = 1 << 43 // KiB; 8 EiB
	if err != nil || !known || n == 0 || n > most>>shift {
		return fmt.Errorf("want a number of MiB, or one with a unit, such as 512MiB or 2GiB, not %q", text)
	}
	*m = memory(n << shift)
	return nil
}

// clockKey is which clock the node has: the real one if manual is nil.
type clockKey struct{ manual *time.Time }

func (c *clockKey) fromYAML(d *decoder, v *yamlValue, name string) {
	const want = "real or {manual: TIME}"
	switch {
	case v.kind == textKind && v.text == "real":
	case v.kind == mapKind && len(v.keys) == 1 && v.keys[0].name == "manual":
		at := v.keys[0].value
		t, err := time.Parse(time.RFC3339Nano, at.text)
		if err != nil || at.kind != textKind {
			d.wrong(at, "manual", "a time such as 2026-01-01T00:00:00Z")
			return
		}
		c.manual = &t
	case v.kind == mapKind && len(v.keys) > 0 && v.keys[0].name != "manual":
		d.problem(v.keys[0].pos, "unknown key %q: %s", v.keys[0].name, instead(v.keys[0].name, []string{"manual"}))
	default:
		d.wrong(v, name, want)
	}
}

// transportNames are what a node can listen on.
func transportNames() []string {
	return []string{string(call.TCP), string(call.TLS), string(call.Unix), string(call.SSH)}
}

func (t *transports) fromYAML(d *decoder, v *yamlValue, name string) {
	*t = make(transports)
	add := func(word string, at pos, address string) {
		switch _, twice := (*t)[call.Transport(word)]; {
		case !slices.Contains(transportNames(), word):
			d.problem(at, "unknown transport %q: %s", word, instead(word, transportNames()))
		case twice:
			d.problem(at, "transport %s for the second time", word)
		default:
			(*t)[call.Transport(word)] = address
		}
	}
	switch v.kind {
	case mapKind:
		for _, k := range v.keys {
			address := k.value.text
			if k.value.kind != textKind || address == "" {
				d.wrong(k.value, k.name, "an address, or free")
				continue
			}
			if address == "free" {
				address = ""
			}
			add(k.name, k.pos, address)
		}
	case listKind:
		for i, item := range v.items {
			if item.kind != textKind {
				d.wrong(item, fmt.Sprintf("%s[%d]", name, i), "the name of a transport")
				continue
			}
			add(item.text, item.pos, "")
		}
	default:
		d.wrong(v, name, "a list of transports, or a mapping of them to addresses")
	}
}

func (k *diskKeys) fromYAML(d *decoder, v *yamlValue, name string) {
	if v.kind == textKind {
		k.Value, k.Path = v, v.text
		return
	}
	type plain diskKeys
	decodeAs(d, v, (*plain)(k), name)
}

func (k *nicKeys) fromYAML(d *decoder, v *yamlValue, name string) {
	if v.kind == textKind {
		k.Value, k.Network = v, v.text
		return
	}
	type plain nicKeys
	decodeAs(d, v, (*plain)(k), name)
}
