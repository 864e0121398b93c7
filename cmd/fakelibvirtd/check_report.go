package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

// progress prints a character for each row that is done.
type progress struct {
	mu          sync.Mutex
	w           io.Writer
	done, total int
}

const progressWidth = 50

func newProgress(w io.Writer, total int) *progress { return &progress{w: w, total: total} }

func (p *progress) add(v conformance.Verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	mark := "."
	switch v {
	case conformance.Fail:
		mark = "F"
	case conformance.NotApplicable:
		mark = "-"
	}
	if p.done%progressWidth == 0 {
		mark += fmt.Sprintf(" %d of %d\n", p.done, p.total)
	}
	fmt.Fprint(p.w, mark)
}

func (p *progress) end() {
	if p.done%progressWidth != 0 {
		fmt.Fprintf(p.w, " %d of %d\n", p.done, p.total)
	}
}

// reports are the files that were asked for, which are open before a row is run.
type reports []report

type report struct {
	to    io.WriteCloser
	write func(io.Writer, []conformance.Result) error
}

// standardOutput is not closed.
type standardOutput struct{ io.Writer }

func (standardOutput) Close() error { return nil }

// openReports makes the files of --junit and --json.
func (c *checkCmd) openReports() (reports, error) {
	if c.JUnit == "-" && c.JSON == "-" {
		return nil, fmt.Errorf("--junit - and --json - do not go together: both would be on standard output")
	}
	if c.JUnit != "" && c.JUnit == c.JSON {
		return nil, fmt.Errorf("--junit and --json are the same file, %s", c.JUnit)
	}
	var all reports
	for _, f := range []struct {
		path  string
		write func(io.Writer, []conformance.Result) error
	}{{c.JUnit, writeJUnit}, {c.JSON, writeJSON}} {
		switch f.path {
		case "":
		case "-":
			all = append(all, report{standardOutput{os.Stdout}, f.write})
		default:
			file, err := os.Create(f.path)
			if err != nil {
				for _, r := range all {
					r.to.Close()
				}
				return nil, err
			}
			all = append(all, report{file, f.write})
		}
	}
	return all, nil
}

// write prints the table of results, on standard error if standard output has a report,
// and then writes the reports.
func (all reports) write(c *checkCmd, results []conformance.Result) error {
	table := os.Stdout
	if c.JUnit == "-" || c.JSON == "-" {
		table = os.Stderr
	}
	c.table(table, results)
	var errs []error
	for _, r := range all {
		errs = append(errs, r.write(r.to, results), r.to.Close())
	}
	return errors.Join(errs...)
}

// verdict fails if a row did, or if none has proved anything.
func verdict(results []conformance.Result) error {
	switch n := count(results, conformance.Fail); {
	case n == 1:
		return fmt.Errorf("1 row fails")
	case n > 1:
		return fmt.Errorf("%d rows fail", n)
	case count(results, conformance.Pass) == 0:
		return fmt.Errorf("no row applies: nothing is proved")
	}
	return nil
}

func count(results []conformance.Result, v conformance.Verdict) (n int) {
	for _, r := range results {
		if r.Verdict == v {
			n++
		}
	}
	return n
}

// table prints the results for people.
func (c *checkCmd) table(w io.Writer, results []conformance.Result) {
	for i, r := range results {
		mark := map[conformance.Verdict]string{conformance.Pass: "pass", conformance.Fail: "FAIL", conformance.NotApplicable: "n/a"}[r.Verdict]
		if r.Verdict == conformance.Pass && c.Failed {
			continue
		}
		fmt.Fprintf(w, "%4d  %-4s  %-40s  %s\n", i+1, mark, r.Cell.ID, r.Cell.Title)
		const indent = "            "
		switch r.Verdict {
		case conformance.NotApplicable:
			fmt.Fprintf(w, "%s%s\n", indent, r.Reason)
		case conformance.Fail:
			fmt.Fprintf(w, "%suri: %s\n", indent, r.URI)
			for _, part := range strings.Split(r.Reason, "; ") {
				fmt.Fprintf(w, "%s%s\n", indent, part)
			}
			fmt.Fprintf(w, "%ssee %s\n", indent, r.Cell.Section)
			if output := strings.TrimSpace(r.Output); c.Output && output != "" {
				fmt.Fprintf(w, "%s| %s\n", indent, strings.ReplaceAll(output, "\n", "\n"+indent+"| "))
			}
		}
	}
	fmt.Fprintf(w, "\n%d rows: %d pass, %d fail, %d do not apply\n", len(results),
		count(results, conformance.Pass), count(results, conformance.Fail), count(results, conformance.NotApplicable))
}

// rowResult is a result in JSON.
type rowResult struct {
	ID        string  `json:"id"`
	Title     string  `json:"title"`
	Section   string  `json:"section"`
	Transport string  `json:"transport"`
	Parameter string  `json:"parameter"`
	Verdict   string  `json:"verdict"`
	Reason    string  `json:"reason,omitempty"`
	URI       string  `json:"uri"`
	Output    string  `json:"output,omitempty"`
	Seconds   float64 `json:"seconds"`
}

func writeJSON(w io.Writer, results []conformance.Result) error {
	rows := make([]rowResult, 0, len(results))
	for _, r := range results {
		rows = append(rows, rowResult{
			ID: r.Cell.ID, Title: r.Cell.Title, Section: r.Cell.Section,
			Transport: string(r.Cell.Transport), Parameter: r.Cell.Parameter,
			Verdict: string(r.Verdict), Reason: r.Reason, URI: r.URI, Output: r.Output, Seconds: r.Took.Seconds(),
		})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(rows)
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitMessage `xml:"failure"`
	Skipped *junitMessage `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func writeJUnit(w io.Writer, results []conformance.Result) error {
	suite := junitSuite{
		Name: "libvirt-uris", Tests: len(results),
		Failures: count(results, conformance.Fail), Skipped: count(results, conformance.NotApplicable),
	}
	seconds := func(s float64) string { return fmt.Sprintf("%.3f", s) }
	var total float64
	for _, r := range results {
		total += r.Took.Seconds()
		class := "libvirt-uris." + r.Cell.ID[:strings.LastIndexByte(r.Cell.ID, '/')]
		c := junitCase{Class: strings.ReplaceAll(class, "/", "."), Name: r.Cell.ID, Time: seconds(r.Took.Seconds()), Output: r.Output}
		switch r.Verdict {
		case conformance.Fail:
			c.Failure = &junitMessage{Message: r.Reason, Text: r.Cell.Title + "\n" + r.URI}
		case conformance.NotApplicable:
			c.Skipped = &junitMessage{Message: r.Reason}
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
