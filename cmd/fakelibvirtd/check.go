package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

// checkCmd runs a client against the matrix of URIs.
type checkCmd struct {
	Transport []string      `help:"Run the rows of these transports: tcp, tls, unix, ssh, libssh, libssh2, ext." placeholder:"NAME"`
	Parameter []string      `help:"Run the rows about these extra parameters, such as no_verify, or components, such as port." placeholder:"NAME"`
	Row       []string      `help:"Run these rows, or with a slash at the end all below: tls/no_verify/zero, tls/no_verify/." placeholder:"ID"`
	Skip      []string      `help:"Leave these rows out; as for --row." placeholder:"ID"`
	Without   []string      `help:"What the client cannot do: rows that need it do not apply. See below." placeholder:"CAPABILITY"`
	List      bool          `help:"List the rows, and run nothing."`
	Jobs      int           `help:"How many rows to run at a time; 0 is twice the number of CPUs." default:"0" placeholder:"N"`
	Patience  time.Duration `help:"How long the command may take for one row." default:"30s"`
	Failed    bool          `help:"Print no row that passes."`
	Output    bool          `help:"Print what the command printed, below each row that fails."`
	JUnit     string        `help:"Write the results to this file, in JUnit's XML; - is standard output." name:"junit" placeholder:"FILE" type:"path"`
	JSON      string        `help:"Write the results to this file, in JSON; - is standard output." name:"json" placeholder:"FILE" type:"path"`
	Command   []string      `arg:"" optional:"" passthrough:"" help:"The client and its arguments, after --; {uri} stands for the URI."`
}

// Help is printed below the flags.
func (*checkCmd) Help() string {
	return `The command is run once for each row of the matrix: for each transport, component,
default, extra parameter and value of libvirt's URIs. Each run has a fresh node, an
empty home of its own, and a URI in the place of {uri}. It is to open a connection,
use it, and exit with 0, or with another status if it cannot. Many rows want it to
fail. What a row wants of the node is looked up there: the name in CONNECT_OPEN, the
user and the command over SSH, or that nothing has arrived at all.

  fakelibvirtd check -- virsh -c {uri} list
  fakelibvirtd check --transport tls,tcp -- ./my-client --connect={uri}
  fakelibvirtd check --row tls/no_verify/ --output -- python3 open.py {uri}
  fakelibvirtd check --list --parameter socket

In rows about no URI at all, {uri} is empty.

Rows that the client has no chance with are left out by what it lacks:

  --without libssh,libssh2,ext   it has no such transports
  --without ssh-program          over ssh it does not run the program ssh
  --without sasl,gssapi          it cannot log in to a daemon with a password; with Kerberos
  --without no-uri               it cannot open a connection without a URI
  --without namespace            do not run it in mount namespaces (unshare)
  --without pty,ipv6,environment no terminal; no ::1; it does not heed variables
  --without input                it does not read answers from standard input

A client that hangs, or that a signal ends, fails a row, whatever the row wants. The
exit status is 1 if a row fails, if none applies, or if the client cannot be run at
all, and 130 after a signal. docs/uris.md describes all rows.`
}

// Run runs the rows, or lists them.
func (c *checkCmd) Run() error {
	filter, err := c.filter()
	if err != nil {
		return err
	}
	rows := conformance.Select(filter)
	if len(rows) == 0 {
		return fmt.Errorf("no row is left: 'fakelibvirtd check --list' shows which there are")
	}
	if c.List {
		return listRows(rows)
	}
	command, err := c.client()
	if err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	runner := &conformance.Runner{Patience: c.Patience, ExtCommand: []string{exe, "stdio"}}
	ctx, stop := untilSignal()
	defer stop()
	if err := runner.Ready(ctx); err != nil {
		return fmt.Errorf("no row can be run: %w", err)
	}
	reports, err := c.openReports()
	if err != nil {
		return err
	}
	results, err := c.runAll(ctx, runner, filter, rows, conformance.Command(command[0], command[1:]...))
	if err := reports.write(c, results); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return interrupted{len(results), len(rows)}
	case err != nil:
		return fmt.Errorf("stopped after %d of %d rows: %w", len(results), len(rows), err)
	}
	return verdict(results)
}

// interrupted is the end by a signal.
type interrupted struct{ done, rows int }

func (i interrupted) Error() string {
	return fmt.Sprintf("interrupted after %d of %d rows", i.done, i.rows)
}

// ExitCode is the one of a program that Ctrl-C ends.
func (interrupted) ExitCode() int {
	const afterInterrupt = 130
	return afterInterrupt
}

// client returns the command to run, of which a program must be there.
func (c *checkCmd) client() ([]string, error) {
	command := c.Command
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return nil, fmt.Errorf("which client? give it after --, as in: fakelibvirtd check -- virsh -c {uri} list")
	}
	if !strings.Contains(strings.Join(command, " "), "{uri}") {
		return nil, fmt.Errorf("nothing in %q stands for the URI: write {uri} where it belongs", strings.Join(command, " "))
	}
	if !strings.Contains(command[0], "{uri}") {
		if _, err := exec.LookPath(command[0]); err != nil {
			return nil, fmt.Errorf("the client cannot be run: %w", err)
		}
	}
	return command, nil
}

// filter makes the choice of rows of the flags.
func (c *checkCmd) filter() (conformance.Filter, error) {
	f := conformance.Filter{Parameters: c.Parameter, IDs: c.Row, Skip: c.Skip}
	transports := []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH, call.LibSSH, call.LibSSH2, call.Ext}
	for _, name := range c.Transport {
		if !slices.Contains(transports, call.Transport(name)) {
			return f, fmt.Errorf("--transport %s: want some of %v", name, transports)
		}
		f.Transports = append(f.Transports, call.Transport(name))
	}
	for _, name := range c.Without {
		if !slices.Contains(conformance.Capabilities(), conformance.Capability(name)) {
			return f, fmt.Errorf("--without %s: want some of %v", name, conformance.Capabilities())
		}
		f.Without = append(f.Without, conformance.Capability(name))
	}
	for _, id := range append(slices.Clone(c.Row), c.Skip...) {
		if len(conformance.Select(conformance.Filter{IDs: []string{id}})) == 0 {
			return f, fmt.Errorf("no row is called %s: 'fakelibvirtd check --list' shows which there are", id)
		}
	}
	return f, nil
}

// listRows prints the rows.
func listRows(rows []*conformance.Cell) error {
	tw := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ID\tWHAT IT PROVES\tNEEDS")
	for _, r := range rows {
		var needs []string
		for _, n := range r.Needs {
			needs = append(needs, string(n))
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", r.ID, r.Title, strings.Join(needs, ", "))
	}
	return tw.Flush()
}

// runAll runs the rows, some at a time, and shows progress. The results are in the order
// of the rows; once ctx ends, or a row could not be run at all, which is the error, those
// that have not ended are left out.
func (c *checkCmd) runAll(ctx context.Context, runner *conformance.Runner, f conformance.Filter, rows []*conformance.Cell, client conformance.Client) ([]conformance.Result, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	jobs := c.Jobs
	if jobs <= 0 {
		jobs = 2 * runtime.NumCPU()
	}
	results := make([]conformance.Result, len(rows))
	show := newProgress(os.Stderr, len(rows))
	next := make(chan int)
	var wg sync.WaitGroup
	for range jobs {
		wg.Go(func() {
			for i := range next {
				r := conformance.Result{Cell: rows[i], Verdict: conformance.NotApplicable, Reason: f.Lacking(rows[i])}
				if r.Reason == "" {
					r = runner.Run(ctx, rows[i], client)
				}
				if ctx.Err() != nil {
					continue // the client did not get its time
				}
				if r.Broken != nil {
					stop(fmt.Errorf("%s: %w", rows[i].ID, r.Broken))
					continue
				}
				results[i] = r
				show.add(r.Verdict)
			}
		})
	}
	for i := range rows {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	wg.Wait()
	show.end()
	return slices.DeleteFunc(results, func(r conformance.Result) bool { return r.Cell == nil }), context.Cause(ctx)
}
