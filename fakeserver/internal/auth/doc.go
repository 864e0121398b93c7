// Package auth is the server's side of SASL, as libvirtd has it of Cyrus SASL: the
// mechanisms, who the users are, and the security layers that GSSAPI and DIGEST-MD5 put
// on a connection without encryption. It knows nothing of how libvirt carries the
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
// here only GSSAPI and DIGEST-MD5 are left; the latter's auth-int, which only signs, has
// a strength of 1 and so is offered nowhere.
//
// # GSSAPI
//
// A ticket is for the server if one of its keys opens it, those of libvirt/HOST for the
// hosts that it is; what else is in the keytab does not count, nor what a ticket says of
// itself in clear. That, what the offer and the choice of a layer may be, and which type
// of key comes of what the client likes, is as a libvirtd 9.0.0 with MIT's library 1.20
// was found to have it. Other than there, clients must ask who the server is (mutual
// authentication), which those of libvirt always do, and tickets must be sealed with AES.
//
// GSS-SPNEGO, which Cyrus SASL offers beside GSSAPI unless it is told which mechanisms
// to offer, is not there.
//
// # More mechanisms
//
// A mechanism is an entry of the list in mechanism.go.
package auth
