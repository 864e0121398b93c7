package sshd

import (
	"errors"
	"slices"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// fingerprintKey is where the proven key's fingerprint is kept between the login
// and the channels. The permissions of a connection are those of the key that
// logged in, while a handler of gliderlabs/ssh would find the last key that the
// client asked about.
const fingerprintKey = "fingerprint@fakelibvirtd"

// errDenied is only for logs: a client is told nothing but which methods are
// left.
var errDenied = errors.New("permission denied")

// serverConfig returns the handshake's side of the configuration. Methods of
// authentication are those whose callback is set.
func (c *connection) serverConfig() *gossh.ServerConfig {
	cfg := &c.srv.cfg
	c.left = cfg.Auth.Methods
	first := c.callbacks()
	sc := &gossh.ServerConfig{
		Config: gossh.Config{
			KeyExchanges: slices.Clone(cfg.Algorithms.KeyExchanges),
			Ciphers:      slices.Clone(cfg.Algorithms.Ciphers),
			MACs:         slices.Clone(cfg.Algorithms.MACs),
		},
		PublicKeyAuthAlgorithms:     cfg.Algorithms.UserKeys,
		ServerVersion:               cfg.ServerVersion,
		MaxAuthTries:                cfg.MaxAuthTries,
		PublicKeyCallback:           first.PublicKeyCallback,
		PasswordCallback:            first.PasswordCallback,
		KeyboardInteractiveCallback: first.KeyboardInteractiveCallback,
		// gliderlabs/ssh sets NoClientAuth if none of its own handlers is set,
		// which would let everyone in by "none".
		NoClientAuthCallback:      c.none,
		VerifiedPublicKeyCallback: c.provenKey,
		AuthLogCallback:           c.logAuth,
		BannerCallback: func(meta gossh.ConnMetadata) string {
			return cfg.account(meta.User()).Banner // none if it is empty
		},
	}
	keys := cfg.HostKeys
	if cfg.HostKeysOf != nil {
		keys = cfg.HostKeysOf()
	}
	for _, key := range cfg.Algorithms.restrict(keys) {
		sc.AddHostKey(key)
	}
	return sc
}

func (c *connection) logAuth(meta gossh.ConnMetadata, method string, err error) {
	log := c.log.With("user", call.MaskUser(meta.User()), "method", method)
	c.noteTry(meta, method, err)
	if err != nil {
		log.Debug("ssh: login failed", "err", err)
		return
	}
	c.loggedIn.Store(true)
	log.Info("ssh: login", "client", string(meta.ClientVersion()))
}

// login returns what is known of a client by its login alone.
func (c *connection) login(conn *gossh.ServerConn) Login {
	l := Login{
		User:          conn.User(),
		Remote:        c.remote(),
		Local:         c.local(),
		ClientVersion: string(conn.ClientVersion()),
		Conn:          c.nc,
	}
	if conn.Permissions != nil {
		l.KeyFingerprint = conn.Permissions.Extensions[fingerprintKey]
	}
	return l
}
