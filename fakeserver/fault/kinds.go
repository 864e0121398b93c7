package fault

import (
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Group is what an action happens to.
type Group string

// The groups of actions.
const (
	OnMessages Group = "messages"
	OnBytes    Group = "bytes"
	OnNode     Group = "the node"
	OnObjects  Group = "objects"
)

// ActionInfo describes one kind of action.
type ActionInfo struct {
	Kind    string // its key in YAML and JSON, such as "fail"
	Group   Group
	Summary string // one sentence
}

// Actions returns the kinds of actions, group by group.
func Actions() []ActionInfo {
	all := make([]ActionInfo, len(kinds))
	for i := range kinds {
		all[i] = ActionInfo{kinds[i].key, kinds[i].group, kinds[i].summary}
	}
	return all
}

// Kind returns the key in YAML of the field that is set, such as "fail"; "" if
// none is.
func (a Action) Kind() string {
	if k := a.kind(); k != nil {
		return k.key
	}
	return ""
}

func (a *Action) kind() *kind {
	for i := range kinds {
		if kinds[i].set(a) {
			return &kinds[i]
		}
	}
	return nil
}

const (
	kindNoKeepAlive = "no_keepalive"
	kindDropEvents  = "drop_events"
)

// kind is what matching must know of an action.
type kind struct {
	key     string
	group   Group
	summary string
	set     func(*Action) bool

	message    bool // happens to calls, and without any in On to every call
	answers    bool // answers in the handler's place
	connection bool // without On happens to connections
	// condition is in force from a moment on: from the injection, or from the
	// first call of On that is not skipped.
	condition bool
	// beginsOnce is a condition whose beginning is all that there is to count.
	beginsOnce bool
	// lasts are the calls that a condition changes, if it does change any.
	lasts func() []*rpc.Info
	// peers tells that a condition looks at the client, even without On.
	peers bool
}

var kinds = [...]kind{
	{key: "fail", group: OnMessages, message: true, answers: true, set: func(a *Action) bool { return a.Fail != nil },
		summary: "answers the call with an error in place of its result."},
	{key: "answer", group: OnMessages, message: true, answers: true, set: func(a *Action) bool { return a.Answer != nil },
		summary: "answers the call with a result that the node did not ask its state for."},
	{key: "delay", group: OnMessages, message: true, set: func(a *Action) bool { return a.Delay != nil },
		summary: "answers later, by the node's clock."},
	{key: "hang", group: OnMessages, message: true, set: func(a *Action) bool { return a.Hang != nil },
		summary: "does not answer until the rule is removed or the connection ends."},
	{key: "drop_reply", group: OnMessages, message: true, set: func(a *Action) bool { return a.DropReply != nil },
		summary: "does the call and sends no reply."},
	{key: "repeat_reply", group: OnMessages, message: true, set: func(a *Action) bool { return a.Repeat != nil },
		summary: "sends the reply more than once."},
	{key: "wrong_reply", group: OnMessages, message: true, set: func(a *Action) bool { return a.WrongReply != nil },
		summary: "replaces fields of the reply's header."},
	{key: "garble_reply", group: OnMessages, message: true, set: func(a *Action) bool { return a.Garble != nil },
		summary: "makes the reply's payload undecodable."},
	{key: "reorder", group: OnMessages, message: true, set: func(a *Action) bool { return a.Reorder != nil },
		summary: "holds the reply back until later calls have been answered."},
	{key: "event_order", group: OnMessages, message: true, set: func(a *Action) bool { return a.EventOrder != nil },
		summary: "sends the events that the call causes before its reply, or after it."},
	{key: "close", group: OnMessages, connection: true, set: func(a *Action) bool { return a.Close != nil },
		summary: "ends the connection."},

	{key: "cut", group: OnBytes, connection: true, set: func(a *Action) bool { return a.Cut != nil },
		summary: "ends the connection in order after so many bytes."},
	{key: "reset", group: OnBytes, connection: true, set: func(a *Action) bool { return a.Reset != nil },
		summary: "ends the connection with a TCP reset."},
	{key: "half_close", group: OnBytes, connection: true, set: func(a *Action) bool { return a.HalfClose != nil },
		summary: "ends one direction."},
	{key: "stall", group: OnBytes, connection: true, set: func(a *Action) bool { return a.Stall != nil },
		summary: "lets nothing more pass in one direction."},
	{key: "throttle", group: OnBytes, connection: true, set: func(a *Action) bool { return a.Throttle != nil },
		summary: "lets a limited number of bytes pass in each second."},
	{key: "drip", group: OnBytes, connection: true, set: func(a *Action) bool { return a.Drip != nil },
		summary: "lets the bytes pass in pieces, each in a write of its own."},
	{key: "corrupt", group: OnBytes, connection: true, set: func(a *Action) bool { return a.Corrupt != nil },
		summary: "changes bytes."},
	{key: "coalesce", group: OnBytes, connection: true, set: func(a *Action) bool { return a.Coalesce != nil },
		summary: "holds whole frames back and passes them in one piece."},
	{key: "confirmation", group: OnBytes, connection: true, set: func(a *Action) bool { return a.Confirmation != nil },
		summary: "sends something else than the byte that ends a TLS handshake of libvirt's."},

	{key: "restart", group: OnNode, set: func(a *Action) bool { return a.Restart != nil },
		summary: "closes every connection and listener, and listens on the same addresses again."},
	{key: "refuse", group: OnNode, condition: true, beginsOnce: true, set: func(a *Action) bool { return a.Refuse != nil },
		summary: "refuses new connections, as a machine does on which nothing listens."},
	{key: "stop_accepting", group: OnNode, condition: true, beginsOnce: true, set: func(a *Action) bool { return a.StopAccepting != nil },
		summary: "takes no connection up: clients find the backlog full, and wait."},
	{key: "max_clients", group: OnNode, condition: true, beginsOnce: true, set: func(a *Action) bool { return a.MaxClients != nil },
		summary: "limits how many clients may be connected at a time."},
	{key: kindNoKeepAlive, group: OnNode, condition: true, peers: true, set: func(a *Action) bool { return a.NoKeepAlive != nil },
		summary: "answers no keepalive ping."},
	{key: kindDropEvents, group: OnNode, condition: true, peers: true, set: func(a *Action) bool { return a.DropEvents != nil },
		summary: "sends no events."},
	{key: "event_storm", group: OnNode, set: func(a *Action) bool { return a.Storm != nil },
		summary: "emits many events of one domain."},
	{key: "slow_storage", group: OnNode, condition: true, peers: true, lasts: storageCalls, set: func(a *Action) bool { return a.SlowStorage != nil },
		summary: "delays every call on storage pools and volumes."},
	{key: "no_lease", group: OnNode, condition: true, peers: true, lasts: leaseCalls, set: func(a *Action) bool { return a.NoLease != nil },
		summary: "has networks give no DHCP lease."},

	{key: "crash", group: OnObjects, set: func(a *Action) bool { return a.Crash != nil },
		summary: "ends running domains as a crash of their hypervisor does."},
	{key: "vanish", group: OnObjects, set: func(a *Action) bool { return a.Vanish != nil },
		summary: "removes objects as another client would."},
	{key: "appear", group: OnObjects, set: func(a *Action) bool { return a.Appear != nil },
		summary: "defines an object from its XML, and starts it."},
	{key: "change", group: OnObjects, set: func(a *Action) bool { return a.Change != nil },
		summary: "does to objects what a client's call would."},
}

// storageCalls are the procedures about storage pools and volumes.
func storageCalls() []*rpc.Info {
	var list []*rpc.Info
	for _, p := range allCalls() {
		if strings.Contains(p.Name, "StoragePool") || strings.HasPrefix(p.Name, "StorageVol") {
			// Registering for events asks no storage.
			if !strings.Contains(p.Name, "EventRegister") && !strings.Contains(p.Name, "EventDeregister") {
				list = append(list, p)
			}
		}
	}
	return list
}

// leaseCalls are the procedures whose results hold DHCP leases.
func leaseCalls() []*rpc.Info {
	return []*rpc.Info{rpc.NetworkGetDhcpLeases.Info, rpc.DomainInterfaceAddresses.Info}
}

// allCalls are all procedures that a client may call.
func allCalls() []*rpc.Info {
	var list []*rpc.Info
	for p := range rpc.All() {
		if p.Kind == rpc.KindCall {
			list = append(list, p)
		}
	}
	return list
}
