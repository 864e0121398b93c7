package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

const head = `# Faults

A fault tells a fake node to misbehave. It is a rule: what it is about, how many
calls it lets pass and how many it hits, and one action. This page lists the keys of
a rule in YAML; JSON has the same. In Go, ` + "`go doc fakeserver/fault`" + ` has the builder.

Generated from the source by ` + "`go generate ./fakeserver/fault`" + `. Do not edit.

`

// types tells readers of YAML what a Go type is.
var types = map[string]string{
	"string": "text", "bool": "true or false", "any": "fields of the result",
	"int": "integer", "int32": "integer", "int64": "integer", "uint32": "integer", "uint64": "integer",
	"Names": "name or list of names", "Transports": "tcp, tls, unix, ssh or memory, or a list of them",
	"Duration": "duration, such as 200ms or 5s", "Bytes": "hexadecimal digits",
	"ErrorCode": "VIR_ERR_… or a number", "ErrorDomain": "VIR_FROM_… or a number",
	"Direction": "to-client or from-client", "Layer": "above or beneath",
}

// defaults are what a key means that is left out, where that is not nothing.
var defaults = map[string]string{
	"Rule.times": "all that follow", "Match.on": "see Actions", "Match.object": "any", "Match.transport": "any",
	"Match.connection": "any", "Match.user": "any", "Match.read_only": "any",
	"Fail.domain": "the function's own", "Fail.message": "libvirt's text", "Repeat.times": "2", "Reorder.behind": "1",
	"Close.when": "before", "Place.direction": "to-client", "Place.layer": "above", "Place.after": "0",
	"Stall.for": "until the rule is removed", "Drip.size": "1", "Drip.every": "0s", "Corrupt.xor": "ff",
	"Restart.state": "kept", "Restart.for": "0s", "StopAccepting.backlog": "0", "DropEvents.event": "all",
	"Target.driver": "the call's, or the first", "Target.domain": "the call's", "Target.network": "the call's",
	"Appear.driver": "the call's, or the first", "Storm.driver": "the call's, or the first",
	"WrongReply.program": "unchanged", "WrongReply.version": "unchanged", "WrongReply.procedure": "unchanged",
	"WrongReply.type": "unchanged", "WrongReply.serial": "unchanged", "WrongReply.status": "unchanged", "WrongReply.length": "unchanged",
	"Rule.skip": "0",
}

// document writes the page from the package in dir.
func document(dir string) (string, error) {
	structs, err := parseStructs(dir)
	if err != nil {
		return "", err
	}
	w := &writer{structs: structs}
	w.b.WriteString(head)
	w.b.WriteString("## What a rule is about\n\n")
	w.table("Rule")
	w.b.WriteString("\nFor example, the second start of one of the domains vm-… fails, once:\n\n")
	w.yaml("on: DomainCreate\nobject: vm-*\nskip: 1\ntimes: 1\nfail: {code: VIR_ERR_OPERATION_FAILED, message: no KVM}\n")
	w.b.WriteString("\n## Actions\n\n" + text(structs["Action"].doc) + "\n")
	keys := make(map[string]string) // the types of the actions
	for _, f := range structs["Action"].fields {
		keys[f.key] = f.goType
	}
	var group fault.Group
	for _, a := range fault.Actions() {
		if a.Group != group {
			group = a.Group
			fmt.Fprintf(&w.b, "\n### Actions on %s\n", group)
		}
		w.action(a.Kind, keys[a.Kind])
	}
	return w.b.String(), errors.Join(w.errs...)
}

type writer struct {
	structs map[string]structure
	b       strings.Builder
	errs    []error
}

func (w *writer) fail(format string, args ...any) {
	w.errs = append(w.errs, fmt.Errorf(format, args...))
}

func (w *writer) action(kind, goType string) {
	s, ok := w.structs[goType]
	if !ok {
		w.fail("the action %s has no type", kind)
	}
	fmt.Fprintf(&w.b, "\n#### %s\n\n%s\n\n", kind, text(strings.Replace(s.doc, goType+" ", "", 1)))
	if len(s.fields) > 0 {
		w.table(goType)
		w.b.WriteString("\n")
	}
	snippet, ok := snippets[kind]
	if !ok {
		w.fail("the action %s has no example", kind)
	}
	w.yaml(snippet)
}

// table lists the fields of a struct; those of Action have their own part.
func (w *writer) table(goType string) {
	w.b.WriteString("| key | type | meaning | default |\n| --- | --- | --- | --- |\n")
	w.rows(goType)
}

func (w *writer) rows(goType string) {
	for _, f := range w.structs[goType].fields {
		if f.embedded != "" {
			if f.embedded != "Action" {
				w.rows(f.embedded)
			}
			continue
		}
		typ, ok := types[f.goType]
		if !ok {
			w.fail("there is no word for the type %s", f.goType)
		}
		if f.doc == "" {
			w.fail("%s.%s has no doc comment", goType, f.goName)
		}
		value := defaults[goType+"."+f.key]
		switch {
		case !f.optional:
			value = "required"
		case value == "" && f.goType == "bool":
			value = "false"
		case value == "":
			value = "none"
		}
		fmt.Fprintf(&w.b, "| `%s` | %s | %s | %s |\n", f.key, typ, text(strings.TrimPrefix(f.doc, f.goName+" ")), value)
	}
}

func (w *writer) yaml(snippet string) {
	// As an entry of a scenario's list of faults.
	lines := strings.Split(strings.TrimSuffix(snippet, "\n"), "\n")
	fmt.Fprintf(&w.b, "```yaml\n- %s\n```\n", strings.Join(lines, "\n  "))
}

var words = strings.NewReplacer(
	"Action is what happens. Exactly one field of a rule's Action is set.", "A rule has exactly one action.",
	"without On", "without `on`",
	"in Go a pointer to the procedure's result type; in YAML and JSON its fields", "its fields",
	"any of the names that rpc.Named knows", "name in Go (DomainCreate), function (virDomainCreate) or constant (REMOTE_PROC_DOMAIN_CREATE)",
	" (path.Match)", "",
	", after For,", ", after `for`,", "rule with an Answer", "rule with an answer",
	" see Target.", " by default the one that the matched call's connection has open, else the node's first.",
)

// text makes one paragraph of a doc comment, for readers of YAML: fields are
// called by their keys.
func text(doc string) string {
	doc = words.Replace(strings.Join(strings.Fields(doc), " "))
	for _, verb := range []string{"is ", "are "} {
		doc = strings.TrimPrefix(doc, verb)
	}
	if doc == "" {
		return ""
	}
	return strings.ToUpper(doc[:1]) + strings.ReplaceAll(doc[1:], "|", `\|`)
}
