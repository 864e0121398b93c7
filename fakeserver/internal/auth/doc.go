// Package auth is the server's side of SASL, as libvirtd has it of Cyrus SASL: the
// mechanisms, who the users are, and the security layer that DIGEST-MD5 puts on a
// connection without encryption. It knows nothing of how libvirt carries the
// messages.
//
//	server, err := auth.NewServer(auth.Config{Users: users, Realm: "node1"})
//	offer := server.Offered(false)                   // on plain tcp
//	x, err := server.Start(false, "DIGEST-MD5", nil) // the client's choice
//	reply := x.Reply()                               // to send
//	err = x.Step(data)                               // the client's answer
//	if x.Done() { x.User(); x.Layer() }
//
// # Secure connections and others
//
// libvirtd tells Cyrus SASL what a mechanism must do by itself. On TLS and unix
// sockets that is nothing, and mechanisms may then not encrypt either. On plain tcp
// it is encryption of a strength (SSF) of at least 56, with which of the mechanisms
// here only DIGEST-MD5 is left; its auth-int, which only signs, has a strength of 1
// and so is offered nowhere.
//
// # More mechanisms
//
// A mechanism is an entry of the list in mechanism.go. GSSAPI, which is the
// strongest, will be the one after SCRAM: Cyrus SASL puts it before DIGEST-MD5.
package auth
