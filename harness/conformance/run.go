package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Verdict is what came of a row.
type Verdict string

// The verdicts.
const (
	Pass          Verdict = "pass"
	Fail          Verdict = "fail"
	NotApplicable Verdict = "not applicable"
)

// Result is what came of a row.
type Result struct {
	Cell    *Cell
	Verdict Verdict
	// Reason is what was expected and what arrived, or why the row does not apply;
	// it is empty for a pass.
	Reason string
	// URI is the one that the client got.
	URI string
	// Output is what the client printed, and Err how it ended.
	Output string
	Err    error
	// Broken is set for a failure that is nobody's but that of whoever runs the rows:
	// the client's program cannot be started, or the row not be set up. Other rows will
	// hardly fare better.
	Broken error
	// Took is the time of the whole row.
	Took time.Duration
}

// DefaultPatience is how long a client may take for one row, unless a Runner says
// otherwise.
const DefaultPatience = 30 * time.Second

// Runner runs clients against rows. The zero value is ready for use.
type Runner struct {
	// Patience is how long a client may take for one row; DefaultPatience if it is 0.
	Patience time.Duration
	// ExtCommand is a program, with arguments, that takes the path of a unix socket as
	// a further argument and relays its standard input and output to it: for the
	// transport ext. Without it, it is nc -U.
	ExtCommand []string
	// Target is a real node in the place of the fake ones.
	Target *Target
}

// Run runs a client against a row, on a node of its own, and judges what came of it.
func Run(ctx context.Context, cell *Cell, client Client) Result {
	return (&Runner{}).Run(ctx, cell, client)
}

// Run runs a client against a row, on a node of its own, and judges what came of it.
func (n *Runner) Run(ctx context.Context, cell *Cell, client Client) Result {
	start := time.Now()
	r := n.run(ctx, cell, client)
	r.Cell, r.Took = cell, time.Since(start)
	return r
}

func (n *Runner) run(ctx context.Context, cell *Cell, client Client) (r Result) {
	refused := func(err error) Result {
		if why, unfit := whyUnfit(err); unfit {
			return Result{Verdict: NotApplicable, Reason: why, URI: r.URI}
		}
		return brokenResult(fmt.Errorf("setting up: %w", err), r)
	}
	if err := n.fits(cell); err != nil {
		return refused(err)
	}
	var setup Setup
	if cell.Setup != nil {
		if err := cell.Setup(&setup); err != nil {
			return refused(err)
		}
	}
	if n.Target != nil {
		return n.Target.run(ctx, n, cell, &setup, client)
	}
	base, err := temporary()
	if err != nil {
		return refused(err)
	}
	srv, err := startNode(ctx, cell.Transport, append(setup.nodeOptions(), fakeserver.WithDir(base), fakeserver.WithExtCommand(n.ExtCommand...))...)
	if err != nil {
		return refused(err)
	}
	defer srv.Close()
	env, err := newEnv(base, srv)
	if err != nil {
		return refused(err)
	}
	defer env.close()
	if r.URI, err = setup.ready(env, cell); err != nil {
		return refused(err)
	}
	outcome, a := n.attempt(ctx, cell, env, r.URI, client, func() { srv.Close() })
	r.Output, r.Err = outcome.Output, outcome.Err
	if a.broken != nil {
		return brokenResult(a.broken, r)
	}
	if why, unfit := whyUnfit(outcome.Err); unfit {
		r.Verdict, r.Reason = NotApplicable, why
		return r
	}
	if env.settle != nil {
		if err := env.settle(); err != nil {
			return refused(err)
		}
	}
	s, err := observe(srv, cell.Want.Reach)
	var strange *abnormal
	if err != nil && !errors.As(outcome.Err, &strange) {
		return refused(err)
	}
	j := judge{cell: cell, env: env, seen: &s, failed: outcome.Err, asked: a.asked}
	if err := j.judge(); err != nil {
		r.Verdict, r.Reason = Fail, err.Error()
		return r
	}
	r.Verdict = Pass
	return r
}

// brokenResult is a failure that is not the client's.
func brokenResult(err error, r Result) Result {
	r.Verdict, r.Reason, r.Broken = Fail, err.Error(), err
	return r
}

// Ready reports what keeps every row from being run here: no directory for temporary
// files, or no node that starts. Runs do without it; it is for telling so once.
func (n *Runner) Ready(ctx context.Context) error {
	base, err := temporary()
	if err != nil || n.Target != nil {
		return err
	}
	srv, err := startNode(ctx, call.Unix, fakeserver.WithDir(base))
	if err != nil {
		return fmt.Errorf("starting a node: %w", err)
	}
	return srv.Close()
}

// attempt has the client try. A client that is a function may be waiting for the node,
// and not heed that its time is over: unblock is called then, to end what it waits for.
func (n *Runner) attempt(ctx context.Context, cell *Cell, env *Env, uri string, client Client, unblock func()) (Outcome, *Attempt) {
	a := &Attempt{Cell: cell, URI: uri, Env: env.environ(), env: env}
	patience := cmp.Or(n.Patience, DefaultPatience)
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("it was given %v", patience))
	defer cancel()
	o := func() Outcome {
		ended, watched := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(watched)
			select {
			case <-ended:
				return
			case <-ctx.Done():
			}
			late := time.NewTimer(2 * grace) // programs are killed meanwhile
			defer late.Stop()
			select {
			case <-ended:
			case <-late.C:
				unblock()
			}
		}()
		defer func() { close(ended); <-watched }()
		return client(ctx, a)
	}()
	var strange *abnormal
	if ctx.Err() != nil && !errors.As(o.Err, &strange) {
		o.Err = &abnormal{fmt.Errorf("it did not end in time: %w", context.Cause(ctx))}
	}
	return o, a
}

// fits looks for what a row needs of the machine alone.
func (n *Runner) fits(cell *Cell) error {
	if slices.Contains(cell.Needs, Ext) && len(n.ExtCommand) == 0 {
		if _, err := exec.LookPath("nc"); err != nil {
			return &unfit{"there is no nc for the transport ext"}
		}
	}
	if slices.Contains(cell.Needs, IPv6) {
		l, err := net.Listen("tcp", "[::1]:0")
		if err != nil {
			return &unfit{"this machine has no ::1: " + err.Error()}
		}
		l.Close()
	}
	return nil
}

// ready prepares the client, and returns the URI that it gets.
func (s *Setup) ready(e *Env, cell *Cell) (uri string, err error) {
	for _, prepare := range s.client {
		if err := prepare(e); err != nil {
			return "", err
		}
	}
	return e.Expand(cell.URI)
}

// nodeOptions are the options of the fake node.
func (s *Setup) nodeOptions() []fakeserver.Option {
	opts := append(slices.Clone(s.options), s.door.options()...)
	if s.session {
		opts = append(opts, fakeserver.WithSession())
	}
	return opts
}

// startNode starts the node of a row.
func startNode(ctx context.Context, t call.Transport, opts ...fakeserver.Option) (*fakeserver.Server, error) {
	transports := []call.Transport{call.Unix}
	switch t {
	case call.TCP, call.TLS:
		transports = append(transports, t)
	case call.SSH, call.LibSSH, call.LibSSH2:
		transports = append(transports, call.SSH)
	}
	srv, err := fakeserver.Start(ctx, append([]fakeserver.Option{fakeserver.WithTransports(transports...)}, opts...)...)
	var ports *fakeserver.DefaultPortsError
	if errors.As(err, &ports) {
		return nil, &unfit{err.Error()}
	}
	return srv, err
}
