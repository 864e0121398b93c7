// Command docgen writes docs/uris.md from the matrix of URIs and from what its tests
// have recorded of clients. go generate runs it, in the directory of the matrix.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

// clients are those that the tests run against the whole matrix.
var clients = []string{"virsh", "python3-libvirt", "go-libvirt"}

func main() {
	text, err := document(".")
	if err == nil {
		err = os.WriteFile("../../docs/uris.md", []byte(text), 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// recorded is what a client made of a row.
type recorded struct {
	ID      string              `json:"id"`
	Verdict conformance.Verdict `json:"verdict"`
	Reason  string              `json:"reason"`
}

// record reads what the tests have recorded of a client, in the directory of the
// matrix.
func record(dir, client string) (map[string]recorded, error) {
	data, err := os.ReadFile(filepath.Join(dir, "results", client+".json"))
	if err != nil {
		return nil, err
	}
	var list []recorded
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", client, err)
	}
	byID := make(map[string]recorded, len(list))
	for _, r := range list {
		byID[r.ID] = r
	}
	return byID, nil
}

const introduction = `# The matrix of URIs

<!-- Made by go generate from harness/conformance. Do not edit. -->

A libvirt URI is ` + "`driver[+transport]://[username@][hostname][:port]/[path][?extraparameters]`" + `.
Each row below proves one component, default or parameter of it, with one value, on one
transport. A client is run against a row by a test in Go,

    harness.RunMatrix(t, func(t *testing.T, cell *harness.Cell) error { … })

or, in whatever language it is written, by the command

    fakelibvirtd check -- COMMAND … {uri} …

In the URIs the words in braces stand for the node of the row: {tcp}, {tls} and {ssh}
are where it listens (host:port, or the host alone where the row is about the default
port), {socket} and {socket-ro} its unix sockets, {pki}, {key} and {known_hosts} the
client's files, {ssh-command} and {ssh-plain} the stock ssh with a configuration of its
own, {ssh-recorder} the same behind a program that keeps its arguments, {ext} a relay to
the node, {closed} a port on which nobody listens, {dir} and {home} directories of the
client. {own-pki}, {own-key}, {own-known_hosts} and {own-ssh} are files of the client's
that differ from what fits the node, or that the row has made for other reasons.

A row that wants success looks at what has arrived in the node's journal. A row that
wants failure wants the client to say so, and the node to have seen no more than it may.
Rows with a star are about what libvirt's client was seen to do, where libvirt's
documentation says nothing. Rows about certificates are those of the [catalogue of
certificates](certificates.md), which has the texts of the clients. Needs are what a client, or the machine, must be able to do:
see package conformance.

The clients are those of the tests: virsh and python3-libvirt of libvirt 9.0.0, and
go-libvirt as go.mod has it. What they do is recorded by
` + "`go test ./harness/conformance -update`" + `.

`

// document makes the text. dir is the directory of the matrix.
func document(dir string) (string, error) {
	records := make(map[string]map[string]recorded)
	for _, c := range clients {
		r, err := record(dir, c)
		if err != nil {
			return "", err
		}
		records[c] = r
	}
	rows := conformance.All()
	var b strings.Builder
	b.WriteString(introduction)
	summary(&b, rows, records)
	reasons := &footnotes{numbers: map[string]int{}}
	group := ""
	for _, row := range rows {
		if g := groupOf(row); g != group {
			group = g
			fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", heading(group), sections(rows, group))
			b.WriteString("| row | URI | what it proves | wanted | needs | " + strings.Join(clients, " | ") + " |\n")
			b.WriteString("|---|---|---|---|---|" + strings.Repeat("---|", len(clients)) + "\n")
		}
		line(&b, row, records, reasons)
	}
	b.WriteString("\n## Why clients fail\n\n")
	for i, why := range reasons.list {
		fmt.Fprintf(&b, "%d. %s\n", i+1, why)
	}
	return b.String(), nil
}

// groupOf is the beginning of an ID that rows of one table have in common.
func groupOf(row *conformance.Cell) string {
	words := strings.Split(row.ID, "/")
	if len(words) < 3 {
		return words[0]
	}
	return words[0] + "/" + words[1]
}

func heading(group string) string {
	first, second, _ := strings.Cut(group, "/")
	switch first {
	case "none":
		return "No transport: " + second
	case "example":
		return "Examples of libvirt's documentation"
	case "driver":
		return "Driver: " + second
	}
	return first + ": " + second
}

// sections are the links of a group of rows.
func sections(rows []*conformance.Cell, group string) string {
	var links []string
	seen := map[string]bool{}
	for _, r := range rows {
		if groupOf(r) == group && !seen[r.Section] {
			seen[r.Section] = true
			links = append(links, "<"+r.Section+">")
		}
	}
	return strings.Join(links, ", ")
}

// summary is a table of how many rows each client passes.
func summary(b *strings.Builder, rows []*conformance.Cell, records map[string]map[string]recorded) {
	fmt.Fprintf(b, "There are %d rows.\n\n| client | pass | fail | not applicable |\n|---|---|---|---|\n", len(rows))
	for _, c := range clients {
		count := map[conformance.Verdict]int{}
		for _, r := range rows {
			count[records[c][r.ID].Verdict]++
		}
		fmt.Fprintf(b, "| %s | %d | %d | %d |\n", c, count[conformance.Pass], count[conformance.Fail], count[conformance.NotApplicable])
	}
}

// footnotes number the reasons for which clients fail.
type footnotes struct {
	list    []string
	numbers map[string]int
}

func (f *footnotes) number(text string) int {
	if f.numbers[text] == 0 {
		f.list = append(f.list, text)
		f.numbers[text] = len(f.list)
	}
	return f.numbers[text]
}

func line(b *strings.Builder, row *conformance.Cell, records map[string]map[string]recorded, reasons *footnotes) {
	uri := "none"
	if row.URI != "" {
		uri = "`" + escape(row.URI) + "`"
	}
	star := ""
	if row.Quirk {
		star = " \\*"
	}
	var needs []string
	for _, n := range row.Needs {
		needs = append(needs, string(n))
	}
	fmt.Fprintf(b, "| %s%s | %s | %s | %s | %s |", row.ID, star, uri, escape(row.Title), escape(row.Want.String()), strings.Join(needs, ", "))
	for _, c := range clients {
		r, ok := records[c][row.ID]
		text := "?"
		switch {
		case ok && r.Verdict == conformance.Fail && r.Reason != "":
			text = fmt.Sprintf("no (%d)", reasons.number(c+": "+r.Reason))
		case ok && r.Verdict == conformance.Fail:
			text = "no"
		case ok && r.Verdict == conformance.Pass:
			text = "yes"
		case ok:
			text = "n/a"
		}
		b.WriteString(" " + text + " |")
	}
	b.WriteString("\n")
}

// escape keeps a text within its cell of a table.
func escape(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
