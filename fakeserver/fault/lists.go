package fault

import (
	"encoding/json"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Names is a list of names; in YAML and JSON, one name may stand alone.
type Names []string

// MarshalYAML returns one name as it is, and others as a list.
func (n Names) MarshalYAML() (any, error) { return one(n), nil }

// UnmarshalYAML reads a name or a list of names.
func (n *Names) UnmarshalYAML(decode func(any) error) (err error) {
	*n, err = unmarshalList[string](decode)
	return err
}

// MarshalJSON is like MarshalYAML.
func (n Names) MarshalJSON() ([]byte, error) { return json.Marshal(one(n)) }

// UnmarshalJSON is like UnmarshalYAML.
func (n *Names) UnmarshalJSON(text []byte) error { return n.UnmarshalYAML(fromJSON(text)) }

// Transports is a list of transports; in YAML and JSON, one may stand alone.
type Transports []call.Transport

// MarshalYAML returns one transport as it is, and others as a list.
func (t Transports) MarshalYAML() (any, error) { return one(t), nil }

// UnmarshalYAML reads a transport or a list of transports.
func (t *Transports) UnmarshalYAML(decode func(any) error) (err error) {
	*t, err = unmarshalList[call.Transport](decode)
	return err
}

// MarshalJSON is like MarshalYAML.
func (t Transports) MarshalJSON() ([]byte, error) { return json.Marshal(one(t)) }

// UnmarshalJSON is like UnmarshalYAML.
func (t *Transports) UnmarshalJSON(text []byte) error { return t.UnmarshalYAML(fromJSON(text)) }

// one returns the only element of a list, or the list without its type, whose
// methods would be asked again.
func one[S ~[]T, T any](list S) any {
	if len(list) == 1 {
		return list[0]
	}
	return []T(list)
}

func fromJSON(text []byte) func(any) error {
	return func(v any) error { return json.Unmarshal(text, v) }
}

// unmarshalList reads a list, or what may stand alone. The list goes first: YAML
// makes a text of anything.
func unmarshalList[T ~string](decode func(any) error) ([]T, error) {
	var list []T
	if decode(&list) == nil {
		return list, nil
	}
	var alone T
	if err := decode(&alone); err != nil {
		return nil, err
	}
	return []T{alone}, nil
}
