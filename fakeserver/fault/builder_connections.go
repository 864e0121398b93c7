package fault

import (
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// ConnectionBuilder writes a rule about connections in one line, as [Builder]
// does one about calls.
type ConnectionBuilder struct {
	BytesBuilder
}

// Connections begins a rule about connections, whatever is called on them. Skip
// and Times count connections: those that are there, then those to come.
func Connections() ConnectionBuilder { return ConnectionBuilder{} }

// OnTransport limits the rule to clients that came on one of the transports.
func (b ConnectionBuilder) OnTransport(transports ...call.Transport) ConnectionBuilder {
	b.rule.Transport = append(Transports(nil), transports...)
	return b
}

// OnConnection limits the rule to the n-th connection, counted from 1.
func (b ConnectionBuilder) OnConnection(n uint64) ConnectionBuilder { b.rule.Connection = n; return b }

// As limits the rule to a user; see Match.User.
func (b ConnectionBuilder) As(user string) ConnectionBuilder { b.rule.User = user; return b }

// ReadOnly limits the rule to connections to the read-only socket, or with false
// to the others.
func (b ConnectionBuilder) ReadOnly(readOnly bool) ConnectionBuilder {
	b.rule.ReadOnly = &readOnly
	return b
}

// Named gives the rule a name for logs and the journal.
func (b ConnectionBuilder) Named(name string) ConnectionBuilder { b.rule.Name = name; return b }

// Skip lets the first n connections pass.
func (b ConnectionBuilder) Skip(n int) ConnectionBuilder { b.rule.Skip = n; return b }

// Times limits how many connections the rule hits.
func (b ConnectionBuilder) Times(n int) ConnectionBuilder { b.rule.Times = n; return b }

// Beneath has an action on bytes count and change what travels on the socket,
// beneath TLS or SSH.
func (b ConnectionBuilder) Beneath() BytesBuilder {
	b.layer = Beneath
	return b.BytesBuilder
}

// Confirm has TLS clients get something else than the byte that lets them in: one
// of the words for Confirmation.Send.
func (b ConnectionBuilder) Confirm(send string) Rule {
	return b.end(Action{Confirmation: &Confirmation{Send: send}})
}

// ConfirmAfter has TLS clients wait for the byte that lets them in.
func (b ConnectionBuilder) ConfirmAfter(d time.Duration) Rule {
	return b.end(Action{Confirmation: &Confirmation{Send: ConfirmLate, For: Duration(d)}})
}

// Close ends the connections.
func (b ConnectionBuilder) Close() Rule { return b.end(Action{Close: &Close{}}) }

// Do ends the rule with an action on bytes or Close, in all its detail.
func (b ConnectionBuilder) Do(a Action) Rule { return b.end(a) }
