package krb5

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Flaw is what is wrong with a ticket; empty is nothing.
type Flaw string

// The flaws; see [Flaws].
const (
	NoTicket          Flaw = "no-ticket"
	Expired           Flaw = "expired"
	ExpiredUnseen     Flaw = "expired-unseen"
	NotYetValid       Flaw = "not-yet-valid"
	NotYetValidUnseen Flaw = "not-yet-valid-unseen"
	ForeignKey        Flaw = "foreign-key"
	ForeignSessionKey Flaw = "foreign-session-key"
	WrongService      Flaw = "wrong-service"
	WrongHost         Flaw = "wrong-host"
	WrongVersion      Flaw = "wrong-kvno"
	OtherRealm        Flaw = "other-realm"
	OtherClient       Flaw = "other-client"
)

// FlawEntry is what there is to know about a flaw.
type FlawEntry struct {
	Flaw Flaw
	// Wrong says what is different.
	Wrong string
	// Virsh is a part of what virsh 9.0.0 prints, with MIT's library 1.20.
	Virsh string
	// Unseen tells that the client's library does not find out, so that it is the
	// node that refuses.
	Unseen bool

	change func(*draft)
}

// refused is what a client is told of every ticket that the node does not take.
const refused = "error: authentication failed: authentication failed"

// unpresented is what virsh prints of tickets that it does not even present.
const unpresented = "authentication failed: Failed to start SASL negotiation: -1 (SASL(-1): generic failure: GSSAPI Error: "

// The rest of it.
const (
	noCredentials = unpresented + "No credentials were supplied, or the credentials were unavailable or inaccessible ("
	unspecified   = unpresented + "Unspecified GSS failure.  Minor code may provide more information ("
)

// Flaws returns all that can be wrong with a ticket. A real libvirtd 9.0.0 gave the same
// outcomes. What a ticket says of its service, in clear, does not count there: it takes
// whatever is sealed with a key of its own service.
func Flaws() []FlawEntry {
	return []FlawEntry{
		{NoTicket, "the cache has the client's name and nothing else", noCredentials + "Credential cache is empty)", false, func(d *draft) { d.none = true }},
		{Expired, "it ended two hours ago", unspecified + "Matching credential not found", false, func(d *draft) { d.shift(d.untilPast()) }},
		{ExpiredUnseen, "it ended two hours ago, and the cache says that it lasts", refused, true, func(d *draft) { d.shiftUnseen(d.untilPast()) }},
		{NotYetValid, "it begins in an hour", unspecified + "Ticket not yet valid)", false, func(d *draft) { d.shift(age + time.Hour) }},
		{NotYetValidUnseen, "it begins in an hour, and the cache says that it has begun", refused, true, func(d *draft) { d.shiftUnseen(age + time.Hour) }},
		{ForeignKey, "it is sealed with a key that the keytab does not have", refused, true, (*draft).reseal},
		{ForeignSessionKey, "the cache has another session key than the ticket", refused, true, func(d *draft) { d.cachedSession = newSecret(d.key.EType) }},
		{WrongService, "it is for host/HOST, with that service's key", refused, true, func(d *draft) { d.become("host/" + strings.TrimPrefix(d.service.Name, service)) }},
		{WrongHost, "it is for libvirt/elsewhere.invalid, with that service's key", refused, true, func(d *draft) { d.become(service + "elsewhere.invalid") }},
		{WrongVersion, "the service has got a new key, one version higher, which the keytab does not have", refused, true, func(d *draft) { d.reseal(); d.key.Version++ }},
		{OtherRealm, "it is for libvirt/HOST of another realm, with that realm's key", refused, true, func(d *draft) { d.reseal(); d.service.Realm = "OTHER." + d.service.Realm }},
		{OtherClient, "it is another client's than the cache says", refused, true, func(d *draft) { d.client.Name = "other-" + d.client.Name }},
	}
}

// untilPast is how far from its time a ticket is that has ended two hours ago.
func (d *draft) untilPast() time.Duration { return d.now.Add(-2 * time.Hour).Sub(d.end) }

// shift moves the ticket's time.
func (d *draft) shift(by time.Duration) {
	d.shiftUnseen(by)
	d.cachedStart, d.cachedEnd = d.start, d.end
}

// shiftUnseen moves the ticket's time, of which the cache does not tell.
func (d *draft) shiftUnseen(by time.Duration) { d.start, d.end = d.start.Add(by), d.end.Add(by) }

// reseal gives the ticket a key that nobody has.
func (d *draft) reseal() { d.key.secret = newSecret(d.key.EType) }

// become makes the ticket one for another service.
func (d *draft) become(name string) {
	d.service.Name = name
	d.reseal()
}

// ParseFlaw returns the flaw of a name; "" is none.
func ParseFlaw(name string) (Flaw, error) {
	var names []string
	for _, f := range Flaws() {
		names = append(names, string(f.Flaw))
	}
	if name != "" && !slices.Contains(names, name) {
		return "", fmt.Errorf("no flaw %q of tickets: want one of %s", name, strings.Join(names, ", "))
	}
	return Flaw(name), nil
}

// apply puts the flaw into a ticket.
func (f Flaw) apply(d *draft) error {
	if _, err := ParseFlaw(string(f)); err != nil {
		return err
	}
	for _, entry := range Flaws() {
		if entry.Flaw == f {
			entry.change(d)
		}
	}
	return nil
}
