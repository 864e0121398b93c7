package fault

import (
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// NodeBuilder writes a rule about the node or the objects on it in one line, as
// [Builder] does one about calls. Its methods that end a rule mean what Builder's
// of the same names do.
type NodeBuilder struct{ b Builder }

// Node begins a rule that waits for no call: it happens when it is injected, or is
// in force from then on.
func Node() NodeBuilder { return NodeBuilder{} }

// OnTransport limits the rule to clients that came, or come, on one of the
// transports.
func (n NodeBuilder) OnTransport(transports ...call.Transport) NodeBuilder {
	return NodeBuilder{n.b.OnTransport(transports...)}
}

// OnConnection limits the rule to the n-th connection, counted from 1.
func (n NodeBuilder) OnConnection(number uint64) NodeBuilder {
	return NodeBuilder{n.b.OnConnection(number)}
}

// As limits the rule to a user; see Match.User.
func (n NodeBuilder) As(user string) NodeBuilder { return NodeBuilder{n.b.As(user)} }

// ReadOnly limits the rule to connections to the read-only socket, or with false
// to the others.
func (n NodeBuilder) ReadOnly(readOnly bool) NodeBuilder { return NodeBuilder{n.b.ReadOnly(readOnly)} }

// Object limits SlowStorage and NoLease to an object, by name, UUID or pattern.
func (n NodeBuilder) Object(pattern string) NodeBuilder { return NodeBuilder{n.b.Object(pattern)} }

// Named gives the rule a name for logs and the journal.
func (n NodeBuilder) Named(name string) NodeBuilder { return NodeBuilder{n.b.Named(name)} }

// Skip lets the first of what the rule changes pass.
func (n NodeBuilder) Skip(count int) NodeBuilder { return NodeBuilder{n.b.Skip(count)} }

// Times limits how often the rule changes something.
func (n NodeBuilder) Times(count int) NodeBuilder { return NodeBuilder{n.b.Times(count)} }

// Do ends the rule with an action on the node or its objects, in all its detail.
func (n NodeBuilder) Do(a Action) Rule { return n.b.Do(a) }

// Restart stops the node, and starts it again on the same addresses once down
// has passed. Its state is [Kept] or [Lost].
func (n NodeBuilder) Restart(state string, down time.Duration) Rule { return n.b.Restart(state, down) }

// Refuse refuses new connections.
func (n NodeBuilder) Refuse() Rule { return n.b.Refuse() }

// StopAccepting leaves new connections to the system's backlog.
func (n NodeBuilder) StopAccepting(backlog int) Rule { return n.b.StopAccepting(backlog) }

// MaxClients limits how many clients are connected at a time.
func (n NodeBuilder) MaxClients(most int) Rule { return n.b.MaxClients(most) }

// NoKeepAlive answers no keepalive pings.
func (n NodeBuilder) NoKeepAlive() Rule { return n.b.NoKeepAlive() }

// DropEvents sends none of these events, or none at all if none is named.
func (n NodeBuilder) DropEvents(events ...string) Rule { return n.b.DropEvents(events...) }

// EventStorm emits that many lifecycle events of a domain.
func (n NodeBuilder) EventStorm(count int, domain string) Rule { return n.b.EventStorm(count, domain) }

// SlowStorage delays every call on storage pools and volumes.
func (n NodeBuilder) SlowStorage(d time.Duration) Rule { return n.b.SlowStorage(d) }

// NoLease has networks give no DHCP lease.
func (n NodeBuilder) NoLease() Rule { return n.b.NoLease() }

// Crash ends running domains as a crash does, by name or pattern.
func (n NodeBuilder) Crash(domain string) Rule { return n.b.Crash(domain) }

// VanishDomain removes domains, by name or pattern.
func (n NodeBuilder) VanishDomain(name string) Rule { return n.b.VanishDomain(name) }

// VanishNetwork removes networks, by name or pattern.
func (n NodeBuilder) VanishNetwork(name string) Rule { return n.b.VanishNetwork(name) }

// AppearDomain defines a domain from its XML and starts it.
func (n NodeBuilder) AppearDomain(xml string) Rule { return n.b.AppearDomain(xml) }

// AppearNetwork defines a network from its XML and starts it.
func (n NodeBuilder) AppearNetwork(xml string) Rule { return n.b.AppearNetwork(xml) }

// ChangeDomain does something to domains, by name or pattern.
func (n NodeBuilder) ChangeDomain(name, do string) Rule { return n.b.ChangeDomain(name, do) }

// ChangeNetwork does something to networks, by name or pattern.
func (n NodeBuilder) ChangeNetwork(name, do string) Rule { return n.b.ChangeNetwork(name, do) }
