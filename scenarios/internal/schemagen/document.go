package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:embed intro.md
var intro string

// makeDocument writes docs/scenarios.md: the introduction, the scenarios that
// ship, and a table of keys for each mapping, in the order in which one meets them.
func makeDocument(types goTypes) ([]byte, error) {
	var b bytes.Buffer
	before, after, ok := strings.Cut(intro, "{{shipped}}\n")
	if !ok {
		return nil, fmt.Errorf("intro.md has no place for the scenarios that ship")
	}
	b.WriteString(before)
	if err := writeShipped(&b); err != nil {
		return nil, err
	}
	b.WriteString(after)

	queue, seen := []string{"file"}, map[string]bool{"file": true}
	for len(queue) > 0 {
		t := types[queue[0]]
		queue = queue[1:]
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", title(t.name), about(t))
		if len(t.fields) == 0 {
			b.WriteString("\nIt has no keys.\n")
			continue
		}
		b.WriteString("\n| key | value | meaning |\n|---|---|---|\n")
		for _, f := range t.fields {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.key, valueText(types, f.goTyp), strings.ReplaceAll(f.doc, "|", `\|`))
			if inner := elementOf(f.goTyp); isSection(types, inner) && !seen[inner] {
				seen[inner] = true
				queue = append(queue, inner)
			}
		}
	}
	return b.Bytes(), nil
}

// isSection reports whether a type has a section of its own.
func isSection(types goTypes, name string) bool {
	t, ok := types[name]
	return ok && t.isStruct() && (special[name] == nil || shorthand[name])
}

var titles = map[string]string{
	"file": "Scenario", "namedNode": "Node", "authKeys": "Auth", "limitKeys": "Limits", "objectKeys": "Objects",
	"driverKeys": "Driver", "domainKeys": "Domain", "networkKeys": "Network", "poolKeys": "Pool",
	"interfaceKeys": "Interface", "nodeDeviceKeys": "Node device", "diskKeys": "Disk", "nicKeys": "Network device",
	"faultRule": "Fault", "timelineEntry": "Timeline entry", "afterKeys": "After", "testFileKeys": "Test file",
	"accessKeys": "Access", "fakeserver.AccessRule": "Access rule", "unixKeys": "Unix sockets", "tlsKeys": "TLS", "sshKeys": "SSH", "sessionKeys": "Session daemon",
	"fakeserver.AuthUser": "SASL user", "fakeserver.Kerberos": "Kerberos", "fakeserver.Polkit": "Polkit",
	"fakeserver.SSHAuth": "SSH logins", "fakeserver.SSHUser": "SSH user", "fakeserver.SSHPrompt": "SSH prompt",
	"fakeserver.SSHServer": "SSH server", "fakeserver.SSHAccount": "SSH account", "fakeserver.SSHProgram": "SSH program",
}

func title(name string) string {
	if t, ok := titles[name]; ok {
		return t
	}
	if _, bare, ok := strings.Cut(name, "."); ok {
		return "Action " + bare
	}
	return name
}

// about is a type's comment, without the name of the Go type in front.
func about(t *goType) string {
	_, bare, _ := strings.Cut("."+t.name, ".")
	if _, after, ok := strings.Cut(bare, "."); ok {
		bare = after
	}
	return withoutSubject(t.doc, bare)
}

// valueText says in a few words what a key takes.
func valueText(types goTypes, name string) string {
	if element, ok := strings.CutPrefix(name, "[]"); ok {
		return "list of " + valueText(types, element)
	}
	if strings.HasPrefix(name, "map[") {
		return "mapping to " + valueText(types, elementOf(name))
	}
	if isSection(types, name) {
		link := strings.ToLower(strings.ReplaceAll(title(name), " ", "-"))
		return fmt.Sprintf("[%s](#%s)", strings.ToLower(title(name)), link)
	}
	switch name {
	case "clockKey":
		return "`real` or mapping"
	case "portsKey":
		return "`true`, `false` or `strict`"
	case "modularKey":
		return "`true`, `false` or list"
	case "transports":
		return "list or mapping"
	case "memory":
		return "number or text"
	case "time.Time":
		return "time"
	case "any":
		return "anything"
	case "fakeserver.TLSVersion":
		return "`1.0` to `1.3`"
	case "certs.Variant":
		return "[certificate](certificates.md)"
	case "bool":
		return "`true` or `false`"
	case "fault.Duration":
		return "duration"
	case "fault.Bytes":
		return "hexadecimal text"
	case "fault.ErrorCode", "fault.ErrorDomain":
		return "name or number"
	case "int", "int32", "int64", "uint32", "uint64":
		return "number"
	}
	if s := special[name]; s != nil {
		if enum, ok := s["enum"].([]string); ok {
			return "`" + strings.Join(enum, "`, `") + "`"
		}
	}
	if t, ok := types[name]; ok && t.words != nil {
		given := slices.DeleteFunc(slices.Clone(t.words), func(w string) bool { return w == "" })
		return "`" + strings.Join(given, "`, `") + "`"
	}
	if t, ok := types[name]; ok && !t.isStruct() && special[name] == nil {
		return valueText(types, t.under)
	}
	return "text"
}

var summaries = regexp.MustCompile(`(?m)^(name|summary): *(.*)$`)

func writeShipped(b *bytes.Buffer) error {
	paths, err := filepath.Glob("shipped/*.yaml")
	if err != nil {
		return err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		m := summaries.FindAllStringSubmatch(string(text), -1)
		if len(m) < 2 {
			return fmt.Errorf("%s has no name and summary", path)
		}
		fmt.Fprintf(b, "- [%s](../scenarios/%s): %s\n", m[0][2], path, m[1][2])
	}
	return nil
}
