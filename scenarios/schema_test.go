package scenarios

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// schemaChecker holds values against a JSON Schema as far as schema.json goes:
// types, keys, patterns, enumerations, and references into $defs.
type schemaChecker struct{ root map[string]any }

func newSchemaChecker(t testing.TB) schemaChecker {
	t.Helper()
	var c schemaChecker
	if err := json.Unmarshal(Schema(), &c.root); err != nil {
		t.Fatal(err)
	}
	return c
}

// check returns what is wrong with v, "" if nothing is.
func (c schemaChecker) check(s map[string]any, v *yamlValue) string {
	if ref, ok := s["$ref"].(string); ok {
		def := strings.TrimPrefix(ref, "#/$defs/")
		if bad := c.check(c.root["$defs"].(map[string]any)[def].(map[string]any), v); bad != "" {
			return bad
		}
	}
	if forms, ok := s["anyOf"].([]any); ok {
		if !slices.ContainsFunc(forms, func(one any) bool { return c.check(one.(map[string]any), v) == "" }) {
			return fmt.Sprintf("%v: %v is none of those", v.pos, v)
		}
	}
	if want := stringsOf(s["type"]); want != nil && !slices.ContainsFunc(want, v.isJSON) {
		return fmt.Sprintf("%v: %v is none of %v", v.pos, v, want)
	}
	if want := stringsOf(s["enum"]); want != nil && !slices.Contains(want, v.text) {
		return fmt.Sprintf("%v: %v is none of %v", v.pos, v, want)
	}
	if p, ok := s["pattern"].(string); ok && v.kind == textKind && !regexp.MustCompile(p).MatchString(v.text) {
		return fmt.Sprintf("%v: %v does not match %s", v.pos, v, p)
	}
	if _, ok := s["minimum"]; ok && v.kind == numberKind && strings.HasPrefix(v.text, "-") {
		return fmt.Sprintf("%v: %v is too small", v.pos, v)
	}
	if items, ok := s["items"].(map[string]any); ok {
		for _, item := range v.items {
			if bad := c.check(items, item); bad != "" {
				return bad
			}
		}
	}
	for _, key := range stringsOf(s["required"]) {
		if v.kind == mapKind && v.key(key) == nil {
			return fmt.Sprintf("%v: no %s", v.pos, key)
		}
	}
	if values, ok := s["additionalProperties"].(map[string]any); ok {
		for _, k := range v.keys {
			if bad := c.check(values, k.value); bad != "" {
				return bad
			}
		}
	}
	properties, ok := s["properties"].(map[string]any)
	if !ok {
		return ""
	}
	for _, k := range v.keys {
		p, ok := properties[k.name].(map[string]any)
		switch {
		case ok:
			if bad := c.check(p, k.value); bad != "" {
				return bad
			}
		case s["additionalProperties"] == false && !strings.HasPrefix(k.name, "x-"):
			return fmt.Sprintf("%v: no property %s", k.pos, k.name)
		}
	}
	return ""
}

// stringsOf returns a list of texts, or one text as such a list.
func stringsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		out := make([]string, len(v))
		for i, s := range v {
			out[i] = s.(string)
		}
		return out
	}
	return nil
}

// isJSON reports whether the value is of a type of JSON Schema.
func (v *yamlValue) isJSON(name string) bool {
	switch name {
	case "integer":
		_, err := strconv.ParseInt(v.text, 0, 64)
		return v.kind == numberKind && err == nil
	case "number":
		return v.kind == numberKind
	}
	return name == map[kind]string{nullKind: "null", boolKind: "boolean", textKind: "string", mapKind: "object", listKind: "array"}[v.kind]
}

// The decoder and the schema agree: what the schema refuses, the decoder refuses.
func TestSchemaAgreesAboutBadFiles(t *testing.T) {
	t.Parallel()
	c := newSchemaChecker(t)
	for _, f := range badFiles() {
		root, p := readYAML([]byte(f.text))
		if p != nil {
			if f.schema {
				t.Errorf("%s: is no YAML, so that the schema sees nothing", f.name)
			}
			continue
		}
		if bad := c.check(c.root, root); (bad != "") != f.schema {
			t.Errorf("%s: the schema says %q, want something: %v", f.name, bad, f.schema)
		}
	}
}

func TestSchemaTakesTheScenariosThatShip(t *testing.T) {
	t.Parallel()
	c := newSchemaChecker(t)
	paths, err := filepath.Glob("shipped/*.yaml")
	if err != nil || len(paths) < 5 {
		t.Fatal(paths, err)
	}
	for _, path := range append(paths, "testdata/full.yaml") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		root, p := readYAML(text)
		if p != nil {
			t.Fatal(path, p)
		}
		if bad := c.check(c.root, root); bad != "" {
			t.Errorf("%s: %s", path, bad)
		}
	}
}

// Every key of the Go types is in the schema, with its description, and none that
// is not.
func TestSchemaHasEveryKey(t *testing.T) {
	t.Parallel()
	c := newSchemaChecker(t)
	defs := c.root["$defs"].(map[string]any)
	for name, keys := range map[string][]string{
		"": formKeys[file](), "domain": formKeys[domainKeys](), "network": formKeys[networkKeys](), "pool": formKeys[poolKeys](),
		"driver": formKeys[driverKeys](), "faultRule": formKeys[faultRule](), "timelineEntry": formKeys[timelineEntry](),
		"limit": formKeys[limitKeys](), "auth": formKeys[authKeys](), "access": formKeys[accessKeys](), "tls": formKeys[tlsKeys](), "unix": formKeys[unixKeys](),
		"fakeserver-AccessRule": formKeys[fakeserver.AccessRule](), "ssh": formKeys[sshKeys](),
		"session": formKeys[sessionKeys](), "fakeserver-AuthUser": formKeys[fakeserver.AuthUser](), "fakeserver-Polkit": formKeys[fakeserver.Polkit](),
		"fakeserver-Kerberos": formKeys[fakeserver.Kerberos](),
		"fakeserver-SSHAuth":  formKeys[fakeserver.SSHAuth](), "fakeserver-SSHUser": formKeys[fakeserver.SSHUser](),
		"fakeserver-SSHPrompt": formKeys[fakeserver.SSHPrompt](), "fakeserver-SSHServer": formKeys[fakeserver.SSHServer](),
		"fakeserver-SSHAccount": formKeys[fakeserver.SSHAccount](), "fakeserver-SSHProgram": formKeys[fakeserver.SSHProgram](), "disk": formKeys[diskKeys](), "nic": formKeys[nicKeys](),
	} {
		def := c.root
		if name != "" {
			def = defs[name].(map[string]any)
		}
		properties := def["properties"].(map[string]any)
		if len(properties) != len(keys) {
			t.Errorf("%q: %d keys in the schema, %d in Go", name, len(properties), len(keys))
		}
		for _, key := range keys {
			p, ok := properties[key].(map[string]any)
			if !ok || p["description"] == nil || p["description"] == "" {
				t.Errorf("%q: key %s has no description", name, key)
			}
		}
	}
}
