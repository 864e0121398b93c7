package conformance

import (
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// kerberosDoor asks for SASL on every socket, with GSSAPI beside all else.
func kerberosDoor() fakeserver.Auth {
	door := saslDoor()
	door.Kerberos = fakeserver.Kerberos{Realm: "MATRIX.TEST"}
	return door
}

// tickets gives the client such Kerberos tickets.
func tickets(q krb5.Request) func(*Env) error {
	return func(e *Env) error {
		if e.Server == nil {
			return &unfit{"nobody forges Kerberos tickets for this node"}
		}
		forged, err := e.Server.Kerberos().Tickets(q)
		if err != nil {
			return err
		}
		vars, err := forged.WriteClient(e.Dir)
		for _, v := range vars {
			name, value, _ := strings.Cut(v, "=")
			e.vars[name] = value
		}
		return err
	}
}

var ofKerberos = needs(Environment, GSSAPI)

// kerberosRow is about a good ticket.
func kerberosRow(t call.Transport) *Cell {
	title := "who has a Kerberos ticket is let in by it, although there is a password"
	if t == call.TCP {
		title += ", and the rest is encrypted"
	}
	return row(string(t)+"/sasl/gssapi", title, sectionKerberos, link(t, "authfile={dir}/auth.conf"), reach(testName, by("GSSAPI", saslUser)), ofKerberos,
		auth(kerberosDoor(), good("auth.conf"), tickets(krb5.Request{Client: saslUser})))
}

// ticketRows are about each flaw of a ticket, and about users who may not come in.
func ticketRows() []*Cell {
	const (
		t  = call.TCP
		id = "tcp/sasl/gssapi-"
	)
	out := refuse(Open)
	one := func(what, title string, want Want, door fakeserver.Auth, q krb5.Request) *Cell {
		return row(id+what, title, sectionKerberos, link(t), want, ofKerberos, auth(door, tickets(q)))
	}
	allowed, others := kerberosDoor(), kerberosDoor()
	allowed.AllowedUsernames, others.AllowedUsernames = []string{saslUser + "@OTHER.TEST"}, []string{"bob"}
	rows := []*Cell{
		one("other-realm-allowed", "a user of another realm is allowed by the name with that realm", reach(testName, by("GSSAPI", saslUser+"@OTHER.TEST")), allowed, krb5.Request{Client: saslUser + "@OTHER.TEST"}),
		one("not-allowed", "a user who is not in sasl_allowed_username_list is refused", out, others, krb5.Request{Client: saslUser}),
	}
	for _, f := range krb5.Flaws() {
		rows = append(rows, one(string(f.Flaw), "a ticket is refused: "+f.Wrong, out, kerberosDoor(), krb5.Request{Client: saslUser, Flaw: f.Flaw}))
	}
	return rows
}
