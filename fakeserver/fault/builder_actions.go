package fault

import (
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
)

// Fail answers the calls with an error. Message may be "" for libvirt's own text.
func (b Builder) Fail(code libvirt.ErrorNumber, message string) Rule {
	return b.end(Action{Fail: &Fail{Code: ErrorCode(code), Message: message}})
}

// Answer answers the calls with a result of the caller's: a pointer to the
// procedure's result type.
func (b Builder) Answer(with any) Rule { return b.end(Action{Answer: &Answer{With: with}}) }

// Delay answers the calls later.
func (b Builder) Delay(d time.Duration) Rule {
	return b.end(Action{Delay: &Delay{For: Duration(d)}})
}

// Hang neither does nor answers the calls until the rule is removed.
func (b Builder) Hang() Rule { return b.end(Action{Hang: &Hang{}}) }

// DropReply does the calls and sends no reply.
func (b Builder) DropReply() Rule { return b.end(Action{DropReply: &DropReply{}}) }

// RepeatReply sends each reply that many times.
func (b Builder) RepeatReply(times int) Rule { return b.end(Action{Repeat: &Repeat{Times: times}}) }

// WrongReply replaces fields of the replies' headers. In Go 1.26 new takes a
// value: WrongReply{Serial: new(uint32(7))}.
func (b Builder) WrongReply(w WrongReply) Rule { return b.end(Action{WrongReply: &w}) }

// GarbleReply replaces the payload of the replies.
func (b Builder) GarbleReply(payload []byte) Rule {
	return b.end(Action{Garble: &Garble{Payload: payload}})
}

// ShortenReply leaves the first bytes of the replies' payloads.
func (b Builder) ShortenReply(keep int) Rule { return b.end(Action{Garble: &Garble{Keep: keep}}) }

// Reorder answers each call behind so many later ones of its connection.
func (b Builder) Reorder(behind int) Rule { return b.end(Action{Reorder: &Reorder{Behind: behind}}) }

// ReplyFirst sends the reply before the events that the call causes.
func (b Builder) ReplyFirst() Rule { return b.end(Action{EventOrder: &EventOrder{Reply: First}}) }

// ReplyLast sends the reply after the events that the call causes.
func (b Builder) ReplyLast() Rule { return b.end(Action{EventOrder: &EventOrder{Reply: Last}}) }

// Close ends the connection: [BeforeCall], [InsteadOfReply] or [AfterReply]. In
// a rule about connections when is "", and they end as soon as they are there.
func (b Builder) Close(when string) Rule { return b.end(Action{Close: &Close{When: when}}) }

// Restart stops the node, and starts it again on the same addresses once down
// has passed. Its state is [Kept] or [Lost].
func (b Builder) Restart(state string, down time.Duration) Rule {
	return b.end(Action{Restart: &Restart{State: state, For: Duration(down)}})
}

// Refuse refuses new connections.
func (b Builder) Refuse() Rule { return b.end(Action{Refuse: &Refuse{}}) }

// StopAccepting leaves new connections to the system's backlog.
func (b Builder) StopAccepting(backlog int) Rule {
	return b.end(Action{StopAccepting: &StopAccepting{Backlog: backlog}})
}

// MaxClients limits how many clients are connected at a time.
func (b Builder) MaxClients(n int) Rule { return b.end(Action{MaxClients: &MaxClients{N: n}}) }

// NoKeepAlive answers no keepalive pings.
func (b Builder) NoKeepAlive() Rule { return b.end(Action{NoKeepAlive: &NoKeepAlive{}}) }

// DropEvents sends none of these events, or none at all if none is named.
func (b Builder) DropEvents(events ...string) Rule {
	return b.end(Action{DropEvents: &DropEvents{Event: append(Names(nil), events...)}})
}

// EventStorm emits that many lifecycle events of a domain.
func (b Builder) EventStorm(count int, domain string) Rule {
	return b.end(Action{Storm: &Storm{Count: count, Domain: domain}})
}

// SlowStorage delays every call on storage pools and volumes.
func (b Builder) SlowStorage(d time.Duration) Rule {
	return b.end(Action{SlowStorage: &SlowStorage{For: Duration(d)}})
}

// NoLease has networks give no DHCP lease.
func (b Builder) NoLease() Rule { return b.end(Action{NoLease: &NoLease{}}) }

// Crash ends running domains as a crash does: by name or pattern, or with "" the
// domain that the matched call is about.
func (b Builder) Crash(domain string) Rule {
	return b.end(Action{Crash: &Crash{Target{Domain: domain}}})
}

// Vanish removes the object that the matched call is about.
func (b Builder) Vanish() Rule { return b.end(Action{Vanish: &Vanish{}}) }

// VanishDomain removes domains, by name or pattern.
func (b Builder) VanishDomain(name string) Rule {
	return b.end(Action{Vanish: &Vanish{Target{Domain: name}}})
}

// VanishNetwork removes networks, by name or pattern.
func (b Builder) VanishNetwork(name string) Rule {
	return b.end(Action{Vanish: &Vanish{Target{Network: name}}})
}

// AppearDomain defines a domain from its XML and starts it.
func (b Builder) AppearDomain(xml string) Rule { return b.end(Action{Appear: &Appear{Domain: xml}}) }

// AppearNetwork defines a network from its XML and starts it.
func (b Builder) AppearNetwork(xml string) Rule {
	return b.end(Action{Appear: &Appear{Network: xml}})
}

// Change does something to the object that the matched call is about; what is
// one of the words of the type Change.
func (b Builder) Change(do string) Rule { return b.end(Action{Change: &Change{Do: do}}) }

// ChangeDomain does something to domains, by name or pattern.
func (b Builder) ChangeDomain(name, do string) Rule {
	return b.end(Action{Change: &Change{Target: Target{Domain: name}, Do: do}})
}

// ChangeNetwork does something to networks, by name or pattern.
func (b Builder) ChangeNetwork(name, do string) Rule {
	return b.end(Action{Change: &Change{Target: Target{Network: name}, Do: do}})
}
