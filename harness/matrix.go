package harness

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

// Cell is one attempt of a client at one row of the matrix of URIs.
type Cell struct {
	// Row is the row: what it is called, what it proves and wants.
	Row *conformance.Cell
	// URI is the URI to open. It is "" for rows in which the client is given none.
	URI string

	ctx     context.Context
	attempt *conformance.Attempt
}

// Context returns a context that ends when the row has had its time.
func (c *Cell) Context() context.Context { return c.ctx }

// Env returns the environment for a client that is a program, for exec.Cmd's Env.
func (c *Cell) Env() []string { return slices.Clone(c.attempt.Env) }

// Run runs a program with the row's environment: in a namespace, or under a terminal,
// where the row needs that. It returns what the program printed, and an error unless it
// exits with 0. A program that does not end in the row's time is killed, and the row
// fails; one that cannot be started fails the test. See [MatrixPrograms].
func (c *Cell) Run(name string, args ...string) (output string, err error) {
	return c.attempt.Run(c.ctx, name, args...)
}

// MatrixOption changes what RunMatrix does.
type MatrixOption func(*matrix)

type matrix struct {
	filter   conformance.Filter
	known    map[string]string
	patience time.Duration

	mu     sync.Mutex
	broken bool // a row has told that none can be run
}

// MatrixTransports runs the rows in which the client is to take one of these
// transports.
func MatrixTransports(transports ...call.Transport) MatrixOption {
	return func(m *matrix) { m.filter.Transports = append(m.filter.Transports, transports...) }
}

// MatrixParameters runs the rows about these parameters, such as no_verify, and
// components, such as port.
func MatrixParameters(names ...string) MatrixOption {
	return func(m *matrix) { m.filter.Parameters = append(m.filter.Parameters, names...) }
}

// MatrixRows runs the rows of these IDs, or those under them: tls/no_verify/zero,
// tls/no_verify/.
func MatrixRows(ids ...string) MatrixOption {
	return func(m *matrix) { m.filter.IDs = append(m.filter.IDs, ids...) }
}

// MatrixSkip leaves rows out, named as for MatrixRows.
func MatrixSkip(ids ...string) MatrixOption {
	return func(m *matrix) { m.filter.Skip = append(m.filter.Skip, ids...) }
}

// MatrixKnown names rows that the client is known to fail, each with the reason. They
// are run all the same, and the test fails if one of them passes, so that the list
// does not grow old.
func MatrixKnown(reasons map[string]string) MatrixOption {
	return func(m *matrix) {
		for id, why := range reasons {
			m.known[id] = why
		}
	}
}

// MatrixWithout says what the client cannot do: rows that need it are skipped.
func MatrixWithout(capabilities ...conformance.Capability) MatrixOption {
	return func(m *matrix) { m.filter.Without = append(m.filter.Without, capabilities...) }
}

// MatrixPrograms is for a client that is a program of its own, which the function given
// to RunMatrix starts with [Cell.Run]. It can take part in rows that need another
// environment, a namespace, a terminal, or something on standard input.
func MatrixPrograms() MatrixOption {
	return func(m *matrix) {
		m.filter.Without = slices.DeleteFunc(m.filter.Without, func(c conformance.Capability) bool {
			return slices.Contains(ofPrograms(), c)
		})
	}
}

// MatrixPatience is how long the client may take for one row, instead of
// conformance.DefaultPatience. A row fails if it takes longer, whatever the row wants.
func MatrixPatience(d time.Duration) MatrixOption {
	return func(m *matrix) { m.patience = d }
}

// ofPrograms are what a client within the test's process does not have.
func ofPrograms() []conformance.Capability {
	return []conformance.Capability{conformance.Environment, conformance.Namespace, conformance.PTY, conformance.Input}
}

// RunMatrix runs a client against the matrix of URIs: each row is a subtest, on a node of
// its own, and they run in parallel. The client is to open a connection to the cell's
// URI, use it, and close it; it returns the error that its user would get. Many rows
// want one. The subtest fails if the client's success, or what its node has seen, is not
// what the row wants, and is skipped if the row does not apply to the client or the
// machine. A client that takes longer than [MatrixPatience] fails the row, whatever the
// row wants; its node is closed under it. Rows are chosen by options; docs/uris.md lists
// them.
//
//	harness.RunMatrix(t, func(t *testing.T, cell *harness.Cell) error {
//		c, err := myclient.Open(cell.URI)
//		if err != nil {
//			return err
//		}
//		return c.Close()
//	}, harness.MatrixTransports(harness.TLS), harness.MatrixKnown(map[string]string{
//		"tls/tls_priority/set": "myclient has no tls_priority",
//	}))
func RunMatrix(t *testing.T, client func(t *testing.T, cell *Cell) error, opts ...MatrixOption) {
	t.Helper()
	m := &matrix{known: map[string]string{}}
	m.filter.Without = ofPrograms()
	for _, o := range opts {
		o(m)
	}
	for id := range m.known {
		if _, err := conformance.Lookup(id); err != nil {
			t.Errorf("MatrixKnown: %v", err)
		}
	}
	rows := conformance.Select(m.filter)
	if len(rows) == 0 {
		t.Fatal("the options of RunMatrix choose no row")
	}
	if !slices.ContainsFunc(rows, func(c *conformance.Cell) bool { return m.filter.Lacking(c) == "" }) {
		t.Fatalf("none of the %d rows applies: the first is %s, and %s", len(rows), rows[0].ID, m.filter.Lacking(rows[0]))
	}
	runner := &conformance.Runner{ExtCommand: stdioCommand(), Patience: m.patience}
	if err := runner.Ready(t.Context()); err != nil {
		t.Fatalf("no row can be run: %v", err)
	}
	for _, row := range rows {
		t.Run(row.ID, func(t *testing.T) {
			t.Parallel()
			m.runRow(t, runner, row, client)
		})
	}
}

func (m *matrix) runRow(t *testing.T, runner *conformance.Runner, row *conformance.Cell, client func(*testing.T, *Cell) error) {
	if lacks := m.filter.Lacking(row); lacks != "" {
		t.Skip(lacks)
	}
	if m.isBroken() {
		t.Skip("another row has told why none can be run")
	}
	r := runner.Run(t.Context(), row, func(ctx context.Context, a *conformance.Attempt) conformance.Outcome {
		return conformance.Outcome{Err: client(t, &Cell{Row: row, URI: a.URI, ctx: ctx, attempt: a})}
	})
	if r.Broken != nil {
		m.breaks(t, r.Broken)
	}
	why, known := m.known[row.ID]
	switch {
	case r.Verdict == conformance.NotApplicable:
		t.Skip(r.Reason)
	case r.Verdict == conformance.Fail && known:
		t.Logf("%s (%s) is known to fail: %s; now: %s", row.ID, row.Title, why, r.Reason)
	case r.Verdict == conformance.Fail:
		t.Errorf("%s\n%s\n%s", row.Title, r.URI, r.Reason)
	case known:
		t.Errorf("%s (%s) passes: take it out of MatrixKnown (%s)", row.ID, row.Title, why)
	}
}

func (m *matrix) isBroken() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.broken
}

// breaks ends a row that could not be run. The first one fails, and the others say no
// more.
func (m *matrix) breaks(t *testing.T, err error) {
	m.mu.Lock()
	first := !m.broken
	m.broken = true
	m.mu.Unlock()
	if first {
		t.Fatal(err)
	}
	t.Skip("another row has told why none can be run")
}
