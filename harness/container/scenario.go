package container

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// scenario is what the node is: a built-in scenario or the text of one, and what options
// add to it.
type scenario struct {
	name   string
	text   []byte // nil for a built-in one
	faults []fault.Rule
	auth   *fakeserver.Auth
	tls    *fakeserver.TLSSettings
}

// added reports whether options add something.
func (s *scenario) added() bool { return len(s.faults) > 0 || s.auth != nil || s.tls != nil }

// file returns the text for the container, or nil where a name will do.
func (s *scenario) file() ([]byte, error) {
	if !s.added() {
		return s.text, nil
	}
	base := s.text
	if base == nil {
		name := s.name
		if name == "" {
			name = "default"
		}
		built, err := scenarios.Lookup(name)
		if err != nil {
			return nil, err
		}
		base = built.Source()
	}
	// The order of keys is kept, and so are their texts, which YAML would take for
	// numbers or dates.
	var keys yaml.MapSlice
	if err := yaml.NewDecoder(bytes.NewReader(base), yaml.UseOrderedMap()).Decode(&keys); err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.name, err)
	}
	if len(s.faults) > 0 {
		var all []any
		for _, k := range keys {
			if list, ok := k.Value.([]any); ok && k.Key == "faults" {
				all = append(all, list...)
			}
		}
		for _, r := range s.faults {
			rule, err := jsonKeys(r)
			if err != nil {
				return nil, fmt.Errorf("WithFaults: %s: %w", r.String(), err)
			}
			all = append(all, rule)
		}
		keys = set(keys, "faults", all)
	}
	if a := s.auth; a != nil {
		own, err := settings(a, list{"allowed_usernames", a.AllowedUsernames}, list{"mechanisms", a.Mechanisms})
		if err != nil {
			return nil, fmt.Errorf("WithAuth: %w", err)
		}
		keys = set(keys, "auth", own)
	}
	if t := s.tls; t != nil {
		own, err := settings(t, list{"allowed_dn", t.AllowedDN})
		if err != nil {
			return nil, fmt.Errorf("WithTLS: %w", err)
		}
		keys = set(keys, "tls", own)
	}
	return yaml.Marshal(keys)
}

// list is a key of settings with a list in which nothing is not the same as no list.
type list struct {
	key    string
	values []string
}

// settings returns the keys of settings. What is empty is left out, but for lists.
func settings(from any, lists ...list) (yaml.MapSlice, error) {
	text, err := yaml.Marshal(from)
	if err != nil {
		return nil, err
	}
	keys := yaml.MapSlice{}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.UseOrderedMap()).Decode(&keys); err != nil {
		return nil, err
	}
	for _, l := range lists {
		if l.values != nil && len(l.values) == 0 {
			keys = set(keys, l.key, l.values)
		}
	}
	return keys, nil
}

// jsonKeys returns a rule in its JSON form, which is its form in YAML too.
func jsonKeys(r fault.Rule) (any, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var keys yaml.MapSlice
	return keys, yaml.NewDecoder(bytes.NewReader(text), yaml.UseOrderedMap()).Decode(&keys)
}

// set puts a key in the place of the one that has its name, or at the end.
func set(keys yaml.MapSlice, name string, value any) yaml.MapSlice {
	for i := range keys {
		if keys[i].Key == name {
			keys[i].Value = value
			return keys
		}
	}
	return append(keys, yaml.MapItem{Key: name, Value: value})
}
