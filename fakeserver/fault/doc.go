// Package fault is how a fake node is told to misbehave: exactly, countably, and
// the same each time.
//
// A fault is a value, a [Rule]: which calls or connections it is about ([Match]),
// how many of them it lets pass and how many it hits (Skip, Times), and what
// happens to those ([Action]). There is no probability: what fires at random
// cannot be the subject of a test.
//
//	fault.On(rpc.DomainCreate).Object("vm-*").Skip(1).Times(1).Fail(libvirt.ErrOperationFailed, "no KVM")
//	fault.On(rpc.ConnectListAllDomains).Cut(fault.ToClient, 100)
//	fault.Connections().OnTransport(call.TLS).Beneath().Corrupt(fault.ToClient, 20)
//	fault.Node().MaxClients(20)
//
// The same struct is what a scenario's YAML holds:
//
//	faults:
//	  - on: DomainCreate
//	    object: vm-*
//	    skip: 1
//	    times: 1
//	    fail: {code: VIR_ERR_OPERATION_FAILED, message: no KVM}
//
// docs/faults.md lists every key. Injecting a rule gives a [Handle], which counts
// its hits, waits for them and takes the rule back. A rule that names an unknown
// procedure, that could never match, or whose parts do not go together is refused
// at once, with a [RuleError].
//
// # Several rules at once
//
// All rules that match a call hit it, in the order in which they were injected:
// one may delay a call that another fails. Only of those that answer in the
// handler's place, Fail and Answer, the first one does, and the others wait for
// their turn: two rules that fail one call each fail two calls, one after the
// other. Their Skip counts every call that matches, whoever answers it.
//
// # Conditions
//
// Refuse, StopAccepting, MaxClients, NoKeepAlive, DropEvents, SlowStorage and
// NoLease are conditions: they are in force from the injection on or, in a rule
// with On, from the first matching call that is not skipped, until the rule is
// removed or its Times are used up. The client that On's call came from and
// those that the condition concerns are both as Match says; Object and Where are
// about the call.
//
// # Carrying rules out
//
// A [Set] holds the rules of a node, and decides and counts; the server asks it
// for each call, connection, ping and event, and does what the rules say.
package fault

//go:generate go run ./internal/docgen
