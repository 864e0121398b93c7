// Package krb5 makes up Kerberos 5 realms: the keys of a libvirt service, and tickets
// for it, good and bad, without a KDC. A client that has such tickets logs in by SASL's
// GSSAPI as if kinit had got them.
//
//	realm, err := krb5.New(krb5.Config{Hosts: []string{"node1"}})
//	err = realm.Keytab().WriteFile("krb5.keytab")              // for the server
//	tickets, err := realm.Tickets(krb5.Request{Client: "fred"})
//	env, err := tickets.WriteClient(dir)                       // KRB5CCNAME=…, KRB5_CONFIG=…
//
// A realm is nothing but its keys. Whoever has a keytab, such as a real one that a KDC
// has made, can forge tickets for its services: see [Of].
//
// # Names of hosts
//
// A client asks for the service libvirt/HOST, with the HOST of its URI; that of a unix
// socket is localhost. MIT's library changes the name by DNS and by the list of hosts
// first, forward and then back again, unless its krb5.conf says otherwise. That of
// [Tickets.Conf] does: names are taken as they stand, and nothing is asked of a network.
//
// # What a bad ticket comes to
//
// [Flaws] lists what can be wrong with a ticket, each with the outcome for virsh. Some of
// it the client's own library finds out, before the node is told of the ticket.
package krb5
