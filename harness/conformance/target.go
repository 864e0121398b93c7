package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fakelibvirt/fakelibvirtd/certs"
)

// Target is a real node, against which rows can be run to see that what they want of the
// fake is what a real one gives; or a fake one out of this process's sight. Nothing of
// what the node sees is looked at: whether the client succeeds is what there is to
// compare. Rows that say how the fake is set up, but for its Door, do not apply.
type Target struct {
	// Words are what the words of templates stand for, as Env lists them: tcp, tcp.host,
	// tcp.port, socket, key and so on. Rows with other words do not apply.
	Words map[string]string
	// Serves reports whether the daemon serves a URI, and a user may log in over SSH.
	// Rows that want to reach another do not apply.
	Serves, LetsIn func(name string) bool
	// Daemon starts a daemon with a door of its own, and returns the words that are about
	// it: tcp, tls, and their parts, socket and pki. The error Unfit makes is for doors
	// that it cannot have.
	Daemon func(Door) (words map[string]string, stop func(), err error)
	// SSHClient writes the files of a client of the node's SSH server to a directory.
	SSHClient func(dir string, c certs.SSHClient) (certs.SSHFiles, error)
	// Fake says that the node is a fake one in another place, such as a container: it
	// serves what a fake one serves, lets in whom it lets in, and has on it what it has.
	Fake bool
}

func (g *Target) run(ctx context.Context, n *Runner, cell *Cell, setup *Setup, client Client) (r Result) {
	refused := func(err error) Result {
		var unknown *unknownWord
		if errors.As(err, &unknown) {
			return Result{Verdict: NotApplicable, Reason: err.Error(), URI: r.URI}
		}
		if why, unfit := whyUnfit(err); unfit {
			return Result{Verdict: NotApplicable, Reason: why, URI: r.URI}
		}
		return brokenResult(fmt.Errorf("setting up: %w", err), r)
	}
	if err := g.fits(cell, setup); err != nil {
		return refused(err)
	}
	base, err := temporary()
	if err != nil {
		return refused(err)
	}
	env, err := newEnv(base, nil)
	if err != nil {
		return refused(err)
	}
	defer env.close()
	for word, value := range g.Words {
		env.Set(word, value)
	}
	env.sshClient = g.SSHClient
	if !setup.door.isOpen() {
		words, stop, err := g.Daemon(setup.door)
		if err != nil {
			return refused(err)
		}
		env.cleanups = append(env.cleanups, stop)
		for word, value := range words {
			env.Set(word, value)
		}
	}
	if r.URI, err = setup.ready(env, cell); err != nil {
		return refused(err)
	}
	outcome, a := n.attempt(ctx, cell, env, r.URI, client, func() {})
	r.Output, r.Err = outcome.Output, outcome.Err
	if a.broken != nil {
		return brokenResult(a.broken, r)
	}
	if why, unfit := whyUnfit(outcome.Err); unfit {
		r.Verdict, r.Reason = NotApplicable, why
		return r
	}
	j := judge{cell: cell, env: env, failed: outcome.Err}
	var strange *abnormal
	switch want := cell.Want; {
	case errors.As(outcome.Err, &strange), (outcome.Err == nil) != (want.Reach != nil):
		err = fmt.Errorf("want %s; the client %s", want, j.ended())
	case want.Reach != nil:
		err = j.argued(want.Reach)
	}
	if err != nil {
		r.Verdict, r.Reason = Fail, err.Error()
		return r
	}
	r.Verdict = Pass
	return r
}

// fits looks for what the real node does not have.
func (g *Target) fits(cell *Cell, setup *Setup) error {
	if len(setup.options) > 0 {
		return &unfit{"the row says how the fake node is set up"}
	}
	if g.Fake {
		if setup.session {
			return &unfit{"the node's daemon is the system's"}
		}
		return nil
	}
	if want := cell.Want.Reach; want != nil {
		switch {
		case want.Name != "" && !g.Serves(want.Name):
			return &unfit{"the real daemon does not serve " + want.Name}
		case want.User != "" && !g.LetsIn(want.User):
			return &unfit{"the real node has no user " + want.User}
		case len(want.Via) == 1 && want.Via[0] == byHelper:
			return &unfit{"virt-ssh-helper would lead to the machine's own daemon"}
		case slices.Contains([]string{systemSocket, systemSocket + "-ro"}, want.Socket) && arrival(cell.Transport) == "ssh":
			return &unfit{"the real daemon is not at " + want.Socket}
		}
	}
	return nil
}
