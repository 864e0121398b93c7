package fakeserver

import (
	"errors"
	"log/slog"
	"net"
	"slices"
	"strconv"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/auth"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// wireAuth returns a method as the protocol numbers it.
func wireAuth(m AuthMethod) libvirt.AuthType {
	switch m {
	case AuthSASL:
		return remote.AuthSASL
	case AuthPolkit:
		return remote.AuthPolkit
	}
	return remote.AuthNone
}

// authRule returns what the socket asks for that a client has come through. SSH
// leads to a unix socket.
func (c *config) authRule(p *call.Peer) libvirt.AuthType {
	switch {
	case p.Transport == call.TCP:
		return wireAuth(c.auth.TCP)
	case p.Transport == call.TLS:
		return wireAuth(c.auth.TLS)
	case p.Transport != call.Unix && p.Transport != call.SSH:
		return remote.AuthNone
	case p.ReadOnly:
		return wireAuth(c.auth.UnixRO)
	}
	return wireAuth(c.auth.UnixRW)
}

// askPolkit returns what polkit says about a client.
func (c *config) askPolkit(p *call.Peer) remote.Polkit {
	uid, known := c.uidOf(p)
	answer := c.auth.Polkit.Others
	if known {
		own, ok := c.auth.Polkit.UIDs[uid]
		if !ok && uid == 0 {
			return remote.PolkitRoot
		}
		if ok {
			answer = own
		}
	}
	switch answer {
	case PolkitDenied:
		return remote.PolkitDenied
	case PolkitNoAgent:
		return remote.PolkitNoAgent
	}
	return remote.PolkitAllowed
}

// uidOf returns the number of the user at the other end of a unix socket: who runs
// the client, or the user of the SSH login, under whom the program runs that
// connects.
func (c *config) uidOf(p *call.Peer) (uid uint32, known bool) {
	switch {
	case p.Process != nil:
		return p.Process.UID, true
	case p.SSH == nil:
		return 0, false
	}
	account, ok := c.sshAccounts[p.SSH.User]
	if !ok {
		account = c.sshAccounts[""]
	}
	switch {
	case account.UID > 0:
		return uint32(account.UID), true
	case p.SSH.User == "root":
		return 0, true
	}
	return sessionUID, true
}

// errAhead ends a connection whose client has sent more behind the last step of SASL
// before it knew how to wrap it.
var errAhead = errors.New("the client did not wait for the end of SASL")

// advise warns of settings that agree and are hardly meant.
func (a *Auth) advise(log *slog.Logger) {
	asks := slices.ContainsFunc(a.sockets(), func(s authSocket) bool { return *s.method == AuthSASL })
	anonymous := slices.ContainsFunc(a.Mechanisms, func(m string) bool { return auth.Canonical(m) == auth.Anonymous })
	switch users := len(a.Users) > 0 || a.Kerberos.wanted(); {
	case users && !asks:
		log.Warn("there are users of SASL, and no socket asks for SASL: nobody has to log in")
	case asks && !users && !anonymous:
		log.Warn("a socket asks for SASL, and there are no users: nobody can log in")
	}
}

// secured returns the connection on which a security layer may be put; nil where
// there is no need for it. Only plain tcp has one.
func (s *Server) secured(nc net.Conn, p *call.Peer) *auth.Conn {
	if p.Transport != call.TCP || s.daemonOf(p).host.Auth == nil || s.daemonOf(p).host.Auth.Rule(p) != remote.AuthSASL {
		return nil
	}
	return auth.NewConn(nc)
}

// endsSASL reports whether a procedure may end the exchange of SASL.
func endsSASL(p *rpc.Info) bool { return p == rpc.AuthSaslStart.Info || p == rpc.AuthSaslStep.Info }

// secure puts the security layer on the connection that SASL has agreed on, once the
// reply that says so is out.
func (c *conn) secure(handedOver bool) error {
	layer := c.session.TakeLayer()
	if layer == nil {
		return nil
	}
	if err := c.out.drain(); err != nil {
		return err
	}
	if !handedOver && c.reader.Pending() > 0 {
		return errAhead
	}
	sc, ok := c.above.Unwrap().(*auth.Conn)
	if !ok {
		return errors.New("a security layer where there can be none")
	}
	sc.Secure(layer)
	return nil
}

// Login implements remote.Client.
func (c *conn) Login(l call.LoginRecord) {
	l.Connection, l.Transport, l.Local, l.Remote = c.peer.Connection, c.peer.Transport, c.peer.Local, c.peer.Remote
	if l.Kind == call.PolkitLogin {
		if uid, known := c.server.cfg.uidOf(c.peer); known {
			l.User = strconv.FormatUint(uint64(uid), 10)
		}
	}
	c.server.journal.LoggedIn(l)
	user := call.MaskUser(l.User)
	if l.Accepted {
		c.log.Info("logged in", "user", user, "by", l.Method, "ssf", l.SSF)
		return
	}
	c.log.Info("login failed", "user", user, "by", l.Method, "reason", call.MaskText(l.Reason))
}
