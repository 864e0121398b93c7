package main

import (
	"fmt"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/certs"
)

// schema is a JSON Schema. Go writes the keys of a map in alphabetical order,
// which is the same each time.
type schema = map[string]any

const (
	durationPattern = `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`
	versionPattern  = `^[0-9]+\.[0-9]+\.[0-9]+$`
)

func words(w ...string) []string { return w }

// special are the types whose YAML form is not that of their Go type.
var special = map[string]schema{
	"version":           {"type": "string", "pattern": versionPattern},
	"hostName":          {"type": "string", "enum": words("default")},
	"presetName":        {"type": "string", "enum": words("default", "host", "empty")},
	"domainState":       {"type": "string", "enum": words("shutoff", "running", "paused")},
	"activeState":       {"type": "string", "enum": words("active", "inactive")},
	"memory":            {"type": words("integer", "string"), "pattern": `^[0-9]+ *([KMGT]iB)?$`},
	"time.Time":         {"type": "string", "format": "date-time"},
	"fault.Duration":    {"type": "string", "pattern": durationPattern},
	"fault.Bytes":       {"type": "string", "pattern": `^([0-9A-Fa-f]{2})*$`},
	"fault.ErrorCode":   {"type": words("integer", "string")},
	"fault.ErrorDomain": {"type": words("integer", "string")},
	"certs.Variant":     {"type": "string", "enum": catalogue()},
	"certs.KeyType":     {"type": "string", "enum": keyTypes()},
	// Unquoted, 1.2 is a number.
	"fakeserver.TLSVersion": {"type": words("number", "string"), "pattern": `^1\.[0-3]$`},
	"clockKey": {"anyOf": []schema{
		{"type": "string", "enum": words("real")},
		{"type": "object", "additionalProperties": false, "required": words("manual"),
			"properties": schema{"manual": schema{"type": "string", "format": "date-time"}}},
	}},
	"transports": {"anyOf": []schema{
		{"type": "array", "items": schema{"type": "string", "enum": words("tcp", "tls", "unix", "ssh")}},
		{"type": "object", "additionalProperties": false, "properties": schema{
			"tcp": schema{"type": "string"}, "tls": schema{"type": "string"}, "unix": schema{"type": "string"}, "ssh": schema{"type": "string"},
		}},
	}},
	"portsKey": {"anyOf": []schema{{"type": "boolean"}, {"type": "string", "enum": words("strict")}}},
	"modularKey": {"anyOf": []schema{
		{"type": "boolean"},
		{"type": "array", "items": schema{"type": "string", "enum": words("virtproxyd", "virtqemud", "virtxend", "virtlxcd",
			"virtvboxd", "virtbhyved", "virtchd", "virtvzd", "virtinterfaced", "virtnetworkd", "virtnodedevd", "virtnwfilterd",
			"virtsecretd", "virtstoraged", "libvirtd")}},
	}},
	"any":      {},
	"string":   {"type": "string"},
	"bool":     {"type": "boolean"},
	"diskKeys": nil,
	"nicKeys":  nil,
}

// shorthand are structs for which one text may stand.
var shorthand = map[string]bool{"diskKeys": true, "nicKeys": true}

// required are keys that a struct cannot do without.
var required = map[string][]string{"file": {"name"}, "namedNode": {"name"}, "testFileKeys": {"path"}, "fakeserver.AuthUser": {"name"}}

// catalogue are the names of certificates.
func catalogue() []string {
	var all []string
	for _, e := range certs.Catalogue() {
		all = append(all, string(e.Variant))
	}
	return all
}

// keyTypes are the names of kinds of keys.
func keyTypes() []string {
	var all []string
	for k := certs.KeyType(0); ; k++ {
		name, err := k.MarshalText()
		if err != nil {
			return all
		}
		all = append(all, string(name))
	}
}

// maker collects the definitions of the schema's structs.
type maker struct {
	types goTypes
	defs  schema
}

// makeSchema makes the schema of a scenario, draft 2020-12.
func makeSchema(types goTypes) (schema, error) {
	m := &maker{types: types, defs: schema{}}
	root, err := m.object(types["file"])
	if err != nil {
		return nil, err
	}
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "fakelibvirtd scenario"
	root["type"] = "object"
	root["$defs"] = m.defs
	return root, nil
}

func (m *maker) object(t *goType) (schema, error) {
	properties := schema{}
	for _, f := range t.fields {
		p, err := m.value(f.goTyp)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.name, f.key, err)
		}
		if f.doc != "" {
			with := schema{"description": f.doc}
			for k, v := range p {
				with[k] = v
			}
			p = with
		}
		properties[f.key] = p
	}
	s := schema{
		// A key without a value is a mapping without keys: `hang:` is `hang: {}`.
		"type":                 words("object", "null"),
		"properties":           properties,
		"additionalProperties": false,
		"patternProperties":    schema{"^x-": schema{}},
	}
	if keys := required[t.name]; keys != nil {
		s["required"] = keys
	}
	return s, nil
}

// value returns the schema of a type.
func (m *maker) value(name string) (schema, error) {
	if s := special[name]; s != nil {
		return s, nil
	}
	if element, ok := strings.CutPrefix(name, "[]"); ok {
		items, err := m.value(element)
		kinds := words("array", "null")
		if m.isText(element) {
			kinds = append(kinds, "string") // one may stand alone
		}
		return schema{"type": kinds, "items": items}, err
	}
	if strings.HasPrefix(name, "map[") {
		values, err := m.value(elementOf(name))
		return schema{"type": words("object", "null"), "additionalProperties": values}, err
	}
	switch name {
	case "int", "int32", "int64":
		return schema{"type": "integer"}, nil
	case "uint32", "uint64":
		return schema{"type": "integer", "minimum": 0}, nil
	}
	t, ok := m.types[name]
	switch {
	case !ok && strings.HasPrefix(name, "call."):
		return schema{"type": "string"}, nil // the words of package call
	case !ok:
		return nil, fmt.Errorf("no form for type %s", name)
	case t.words != nil:
		return schema{"type": "string", "enum": t.words}, nil
	case !t.isStruct():
		return m.value(t.under)
	}
	def := strings.TrimSuffix(strings.ReplaceAll(name, ".", "-"), "Keys")
	ref := schema{"$ref": "#/$defs/" + def}
	if _, made := m.defs[def]; !made {
		m.defs[def] = nil // so that it is made once
		s, err := m.object(t)
		if err != nil {
			return nil, err
		}
		if shorthand[name] {
			s["type"] = words("object", "string")
		}
		m.defs[def] = s
	}
	return ref, nil
}

// isText reports whether the values of a type are words.
func (m *maker) isText(name string) bool {
	if name == "string" || strings.HasPrefix(name, "call.") || strings.HasPrefix(name, "certs.") {
		return true
	}
	t, ok := m.types[name]
	return ok && !t.isStruct() && m.isText(t.under)
}
