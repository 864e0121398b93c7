package fault

import (
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Builder writes a [Rule] in one line: it says what the rule is about, and its
// last method what happens.
//
//	fault.On(rpc.DomainCreate).Object("vm-*").Skip(1).Times(1).Fail(libvirt.ErrOperationFailed, "no KVM")
//
// Every method returns a copy, so that a beginning may be used several times.
// The methods that end it are named for the actions and take what matters of
// them; Do takes a whole Action, and the Rule is a struct that may be changed.
// What is wrong with a rule is told when it is injected, or by [Rule.Check].
type Builder struct {
	BytesBuilder
}

// On begins a rule about calls of a procedure.
func On[A, R any](p *rpc.Procedure[A, R]) Builder { return OnCalls(p.Info.Name) }

// OnCalls begins a rule about calls of procedures, by name or pattern; see
// Match.On.
func OnCalls(names ...string) Builder {
	var b Builder
	b.rule.On = append(Names(nil), names...)
	return b
}

// OnAny begins a rule about every call.
func OnAny() Builder { return OnCalls("*") }

// Or adds procedures, by name or pattern.
func (b Builder) Or(names ...string) Builder {
	b.rule.On = append(b.rule.On[:len(b.rule.On):len(b.rule.On)], names...)
	return b
}

// Object limits the rule to calls about an object, by name, UUID or pattern.
func (b Builder) Object(pattern string) Builder { b.rule.Object = pattern; return b }

// OnTransport limits the rule to clients that came on one of the transports.
func (b Builder) OnTransport(transports ...call.Transport) Builder {
	b.rule.Transport = append(Transports(nil), transports...)
	return b
}

// OnConnection limits the rule to the n-th connection, counted from 1.
func (b Builder) OnConnection(n uint64) Builder { b.rule.Connection = n; return b }

// As limits the rule to a user; see Match.User.
func (b Builder) As(user string) Builder { b.rule.User = user; return b }

// ReadOnly limits the rule to connections to the read-only socket, or with false
// to the others.
func (b Builder) ReadOnly(readOnly bool) Builder { b.rule.ReadOnly = &readOnly; return b }

// If limits the rule to calls for which f returns true; see Match.Where.
func (b Builder) If(f func(*call.Call) bool) Builder { b.rule.Where = f; return b }

// Named gives the rule a name for logs and the journal.
func (b Builder) Named(name string) Builder { b.rule.Name = name; return b }

// Skip lets the first n pass.
func (b Builder) Skip(n int) Builder { b.rule.Skip = n; return b }

// Times limits how often the rule hits.
func (b Builder) Times(n int) Builder { b.rule.Times = n; return b }

// Do ends the rule with any action, in all its detail.
func (b Builder) Do(a Action) Rule { return b.end(a) }

// Beneath has an action on bytes count and change what travels on the socket,
// beneath TLS or SSH.
func (b Builder) Beneath() BytesBuilder {
	b.layer = Beneath
	return b.BytesBuilder
}

// AfterEffect has the action follow the effect of the call.
func (b Builder) AfterEffect() EffectBuilder { return EffectBuilder{b.rule} }

// EffectBuilder ends a rule with an action that happens once the matched call
// has had its effect.
type EffectBuilder struct {
	rule Rule
}

func (b EffectBuilder) end(a Action) Rule {
	b.rule.Action = a
	return b.rule
}

// Fail fails the call although it was done.
func (b EffectBuilder) Fail(code libvirt.ErrorNumber, message string) Rule {
	return b.end(Action{Fail: &Fail{Code: ErrorCode(code), Message: message, After: true}})
}

// Delay does the call and answers later.
func (b EffectBuilder) Delay(d time.Duration) Rule {
	return b.end(Action{Delay: &Delay{For: Duration(d), After: true}})
}

// Hang does the call and does not answer it.
func (b EffectBuilder) Hang() Rule { return b.end(Action{Hang: &Hang{After: true}}) }

// ChangeDomain does something to a domain once the call is done; see
// Builder.ChangeDomain.
func (b EffectBuilder) ChangeDomain(name, do string) Rule {
	return b.end(Action{Change: &Change{Target: Target{Domain: name}, Do: do, After: true}})
}

// ChangeNetwork does something to a network once the call is done; see
// Builder.ChangeNetwork.
func (b EffectBuilder) ChangeNetwork(name, do string) Rule {
	return b.end(Action{Change: &Change{Target: Target{Network: name}, Do: do, After: true}})
}

// AppearDomain defines a domain once the call is done; see Builder.AppearDomain.
func (b EffectBuilder) AppearDomain(xml string) Rule {
	return b.end(Action{Appear: &Appear{Domain: xml, After: true}})
}

// AppearNetwork defines a network once the call is done; see
// Builder.AppearNetwork.
func (b EffectBuilder) AppearNetwork(xml string) Rule {
	return b.end(Action{Appear: &Appear{Network: xml, After: true}})
}
