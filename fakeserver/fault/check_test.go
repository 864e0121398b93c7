package fault

import (
	"errors"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, yaml, field, reason string }{
		{"no action", "on: DomainCreate", "", "there is no action"},
		{"two actions", "hang: {}\nfail: {code: 9}", "hang", "there is an action already, fail"},
		{"unknown procedure", "on: DomainCrate\nhang: {}", "on", `there is no procedure "DomainCrate", did you mean DomainCreate?`},
		{"unknown function", "on: [DomainCreate, virDomainCrate]\nhang: {}", "on[1]", "did you mean virDomainCreate?"},
		{"far away", "on: Xyzzy\nhang: {}", "on", `there is no procedure "Xyzzy"`},
		{"empty name", "on: ['']\nhang: {}", "on", "it is empty"},
		{"no match", "on: DomainCrate*\nhang: {}", "on", `no procedure matches "DomainCrate*"`},
		{"no match near", "on: DomainCrate*\nhang: {}", "on", "did you mean DomainCreate?"},
		{"bad pattern", "on: 'Domain[*'\nhang: {}", "on", "is a bad pattern"},
		{"event", "on: DomainEventLifecycle\nhang: {}", "on", "is an event"},
		{"pattern of events", "on: DomainEventCallback*\nhang: {}", "on", "is an event"},
		{"object of none", "on: NodeGetInfo\nobject: x\nhang: {}", "object", "the arguments of NodeGetInfo name no object"},
		{"bad object", "object: '['\nhang: {}", "object", "is a bad pattern"},
		{"object of connections", "object: x\ncut: {}", "object", "want on"},
		{"object of the node", "object: x\nrefuse: {}", "object", "want on"},
		{"libssh", "transport: libssh\nhang: {}", "transport", "want ssh, which is what the node sees"},
		{"ext", "transport: [tcp, ext]\nhang: {}", "transport[1]", "ext is a client's command"},
		{"unknown transport", "transport: ssl\nhang: {}", "transport", `there is no transport "ssl"`},
		{"read-only tcp", "transport: [tcp, tls]\nread_only: true\nhang: {}", "read_only", "the rule is about tcp, tls"},
		{"user of tls", "transport: tls\nuser: root\nhang: {}", "user", "only unix and ssh"},
		{"skip", "skip: -1\nhang: {}", "skip", "-1 is negative"},
		{"times", "times: -1\nhang: {}", "times", "-1 is negative"},
		{"times of a state", "on: DomainCreate\ntimes: 1\nrefuse: {}", "times", "lasts until the rule is removed"},
		{"skip at injection", "skip: 1\nrestart: {}", "skip", "happens when it is injected"},
		{"times at injection", "times: 1\ncrash: {domain: x}", "times", "happens when it is injected"},
		{"user of a restart", "user: root\nrestart: {}", "user", "is about no client"},
		{"transport of a restart", "transport: tcp\nrestart: {}", "transport", "is about no client"},
		{"connection of a refusal", "connection: 1\nrefuse: {}", "connection", "is about no client"},
		{"fail with success", "fail: {code: 0}", "fail.code", "want an error"},
		{"fail in a negative domain", "fail: {code: 1, domain: -1}", "fail.domain", "negative"},
		{"answer of several", "on: DomainLookup*\nanswer: {with: {}}", "on", "an answer is for one procedure"},
		{"answer of any", "answer: {with: {}}", "on", "an answer is for one procedure"},
		{"answer of a wrong field", "on: DomainGetState\nanswer: {with: {Stat: 1}}", "answer.with.Stat", "did you mean State?"},
		{"delay", "delay: {for: 0s}", "delay.for", "above 0"},
		{"repeat", "repeat_reply: {times: 1}", "repeat_reply.times", "2 or more"},
		{"repeat without end", "repeat_reply: {times: 1001}", "repeat_reply.times", "at most 1000"},
		{"after all", "cut: {after: 9223372036854775807}", "cut.after", "at most 1152921504606846976 bytes"},
		{"backlog", "stop_accepting: {backlog: 4294967296}", "stop_accepting.backlog", "at most 2147483647"},
		{"wrong reply", "wrong_reply: {}", "wrong_reply", "it changes nothing"},
		{"garble nothing", "garble_reply: {}", "garble_reply", "want payload or keep"},
		{"garble twice", "garble_reply: {payload: ff, keep: 1}", "garble_reply.keep", "one of the two"},
		{"garble", "garble_reply: {keep: -1}", "garble_reply.keep", "negative"},
		{"reorder", "reorder: {behind: -1}", "reorder.behind", "negative"},
		{"event order", "event_order: {}", "event_order.reply", "want one of first, last"},
		{"close", "on: DomainCreate\nclose: {when: befor}", "close.when", "did you mean before?"},
		{"close connections", "close: {when: after}", "close.when", "want on"},
		{"direction", "cut: {direction: to_client}", "cut.direction", "did you mean to-client?"},
		{"layer", "reset: {layer: below}", "reset.layer", "want one of above, beneath"},
		{"after", "half_close: {after: -1}", "half_close.after", "negative"},
		{"stall", "stall: {for: -1s}", "stall.for", "negative"},
		{"throttle", "throttle: {}", "throttle.rate", "above 0"},
		{"drip size", "drip: {size: -1}", "drip.size", "negative"},
		{"drip every", "drip: {every: -1s}", "drip.every", "negative"},
		{"corrupt", "corrupt: {xor: '0000'}", "corrupt.xor", "all zeros"},
		{"coalesce", "coalesce: {frames: 1}", "coalesce.frames", "2 or more"},
		{"coalesce beneath", "coalesce: {frames: 2, layer: beneath}", "coalesce.layer", "no frames"},
		{"confirmation", "confirmation: {send: none}", "confirmation.send", "want one of byte, nothing, late"},
		{"confirmation of a call", "on: DomainCreate\nconfirmation: {send: close}", "on", "before the first call"},
		{"confirmation over tcp", "transport: tcp\nconfirmation: {send: close}", "transport", "only tls"},
		{"confirmation of a user", "user: root\nconfirmation: {send: close}", "user", "only tls"},
		{"confirmation read-only", "read_only: true\nconfirmation: {send: close}", "read_only", "only tls"},
		{"confirmation with a byte", "confirmation: {send: close, byte: 2}", "confirmation.byte", "want send: byte"},
		{"confirmation with the right byte", "confirmation: {send: byte, byte: 1}", "confirmation.byte", "anyway"},
		{"confirmation with no byte", "confirmation: {send: byte, byte: 256}", "confirmation.byte", "0 to 255"},
		{"confirmation at once", "confirmation: {send: late}", "confirmation.for", "above 0"},
		{"confirmation that waits", "confirmation: {send: alert, for: 1s}", "confirmation.for", "want send: late"},
		{"user beneath SSH", "transport: ssh\nuser: root\nreset: {layer: beneath}", "user", "want layer above"},
		{"read-only beneath SSH", "transport: ssh\nread_only: true\nreset: {layer: beneath}", "read_only", "want layer above"},
		{"read-only refusal", "read_only: true\nrefuse: {}", "read_only", "both unix sockets alike"},
		{"restart", "restart: {state: keep}", "restart.state", "did you mean kept?"},
		{"restart for", "restart: {for: -1s}", "restart.for", "negative"},
		{"stop accepting", "stop_accepting: {backlog: -1}", "stop_accepting.backlog", "negative"},
		{"max clients", "max_clients: {n: 0}", "max_clients.n", "1 or more"},
		{"drop events", "drop_events: {event: [DomainEventReboot, DomainEventLifecicle]}", "drop_events.event[1]", "did you mean DomainEventLifecycle?"},
		{"drop a procedure", "drop_events: {event: DomainCreate}", "drop_events.event", "is a procedure"},
		{"storm", "event_storm: {domain: a}", "event_storm.count", "1 or more"},
		{"storm of none", "event_storm: {count: 1}", "event_storm.domain", "the name of a domain"},
		{"slow storage", "slow_storage: {}", "slow_storage.for", "above 0"},
		{"crash of a network", "crash: {network: a}", "crash.network", "do not crash"},
		{"crash of nothing", "crash: {}", "crash", "want domain"},
		{"crash of the call's network", "on: NetworkCreate\ncrash: {}", "crash", "want domain"},
		{"vanish of a list", "on: ConnectListAllDomains\nvanish: {}", "vanish", "want domain or network"},
		{"vanish of two", "vanish: {domain: a, network: b}", "vanish.network", "one of the two"},
		{"vanish of a bad pattern", "vanish: {domain: '['}", "vanish.domain", "bad pattern"},
		{"appear", "appear: {}", "appear", "there is no XML"},
		{"appear of two", "appear: {domain: <domain/>, network: <network/>}", "appear.network", "one of the two"},
		{"appear of another", "appear: {domain: <network/>}", "appear.domain", "no document of a domain"},
		{"appear of no XML", "appear: {network: default}", "appear.network", "no document of a network"},
		{"appear after nothing", "appear: {network: <network/>, after: true}", "appear.after", "want on"},
		{"change", "change: {domain: a, do: stop}", "change.do", "want one of start, shutdown"},
		{"change of a network", "change: {network: a, do: suspend}", "change.do", "want one of start, destroy, undefine"},
		{"change of the call's network", "on: NetworkCreate\nchange: {do: suspend}", "change", "want domain"},
		{"change after nothing", "change: {domain: a, do: start, after: true}", "change.after", "want on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := decodeYAML(t, "name: n\n"+c.yaml)
			if err != nil {
				t.Fatal(err)
			}
			var wrong *RuleError
			if err = r.Check(); !errors.As(err, &wrong) {
				t.Fatalf("got %v", err)
			}
			if wrong.Field != c.field || !strings.Contains(wrong.Reason, c.reason) || wrong.Rule != "n" {
				t.Errorf("got %v, want %s: %s", wrong, c.field, c.reason)
			}
			if h, added := NewSet().Add(r); h != nil || added == nil || added.Error() != err.Error() {
				t.Errorf("Add says %v", added)
			}
		})
	}
}

func TestCheckGo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule  Rule
		field string // of the error, "ok" for none
	}{
		{On(rpc.DomainCreate).Object("vm-*").Skip(1).Times(1).Fail(libvirt.ErrOperationFailed, "no KVM"), "ok"},
		{On(rpc.DomainGetInfo).Answer(&libvirt.DomainGetInfoRet{State: 1}), "ok"},
		{On(rpc.DomainGetInfo).Answer(libvirt.DomainGetInfoRet{State: 1}), "ok"},
		{On(rpc.DomainGetInfo).Answer(&libvirt.DomainGetStateRet{}), "answer.with"},
		{On(rpc.DomainGetInfo).Answer((*libvirt.DomainGetInfoRet)(nil)), "answer.with"},
		{On(rpc.DomainCreate).Answer(nil), "ok"},
		{On(rpc.DomainGetVcpuPinInfo).Answer(&libvirt.DomainGetVcpuPinInfoRet{Cpumaps: make([]byte, 1<<24)}), "answer.with"},
		{OnCalls("virDomainCreate", "REMOTE_PROC_DOMAIN_DESTROY", "ConnectListAll*").Hang(), "ok"},
		{OnAny().Close(AfterReply), "ok"},
		{OnAny().Object("a").Vanish(), "ok"},
		{Rule{Match: Match{Where: func(*call.Call) bool { return true }}, Action: Connections().Cut(ToClient, 0).Action}, "where"},
		{Connections().OnTransport(call.TLS).Beneath().Stall(FromClient, 3), "ok"},
		{Connections().OnConnection(2).As("root").ReadOnly(true).Close(), "ok"},
		{Node().OnTransport(call.TCP).Refuse(), "ok"},
		{Node().OnTransport(call.TCP).Skip(1).Times(2).NoKeepAlive(), "ok"},
		{Node().Object("default").SlowStorage(1), "ok"},
		{Node().DropEvents(), "ok"},
		{Node().AppearDomain("<!-- a --><domain><name>x</name></domain>"), "ok"},
		{On(rpc.ConnectListAllDomains).VanishDomain("vm-1"), "ok"},
		{On(rpc.DomainCreate).Crash(""), "ok"},
		{On(rpc.DomainCreate).AfterEffect().ChangeDomain("", "shutdown"), "ok"},
	} {
		err := c.rule.Check()
		if c.field == "ok" {
			if err != nil {
				t.Errorf("%v: %v", c.rule, err)
			}
			continue
		}
		var wrong *RuleError
		if !errors.As(err, &wrong) || wrong.Field != c.field {
			t.Errorf("%v: got %v, want %s", c.rule, err, c.field)
		}
	}
}

// TestBuilderCopies holds that a beginning may be used several times.
func TestBuilderCopies(t *testing.T) {
	t.Parallel()
	base := On(rpc.DomainCreate).Or("DomainDestroy")
	a, b := base.Or("DomainReboot").Hang(), base.Or("DomainReset").Hang()
	if a.On[2] != "DomainReboot" || b.On[2] != "DomainReset" || len(base.Hang().On) != 2 {
		t.Errorf("%v %v", a.On, b.On)
	}
}

func TestRuleString(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]Rule{
		`fault "slow"`: OnAny().Named("slow").Hang(),
		"fault hang on DomainCreate, DomainDestroy of vm-1": OnCalls("DomainCreate", "DomainDestroy").Object("vm-1").Hang(),
		"fault cut on connections":                          Connections().Cut(ToClient, 1),
		"fault refuse on the node":                          Node().Refuse(),
		"fault hang on every call":                          Builder{}.Hang(),
	} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A payload must fit a frame, whose length word would lie otherwise.
func TestCheckGarblePayload(t *testing.T) {
	t.Parallel()
	for size, fits := range map[int]bool{rpc.MaxPayload: true, rpc.MaxPayload + 1: false} {
		err := On(rpc.DomainCreate).GarbleReply(make([]byte, size)).Check()
		if (err == nil) != fits {
			t.Errorf("%d bytes: got %v", size, err)
		}
	}
}
