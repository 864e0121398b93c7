package sshd

import (
	"errors"

	gossh "golang.org/x/crypto/ssh"
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
	sc := &gossh.ServerConfig{
		ServerVersion:     cfg.ServerVersion,
		MaxAuthTries:      cfg.MaxAuthTries,
		PublicKeyCallback: c.publicKey,
		// gliderlabs/ssh sets NoClientAuth if none of its own handlers is set,
		// which would let everyone in by "none".
		NoClientAuthCallback: func(gossh.ConnMetadata) (*gossh.Permissions, error) {
			return nil, errDenied
		},
		AuthLogCallback: c.logAuth,
	}
	if banner := cfg.Account.Banner; banner != "" {
		sc.BannerCallback = func(gossh.ConnMetadata) string { return banner }
	}
	for _, key := range cfg.HostKeys {
		sc.AddHostKey(key)
	}
	return sc
}

func (c *connection) publicKey(meta gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
	if !c.srv.cfg.AuthorizedKey(meta.User(), key) {
		return nil, errDenied
	}
	return &gossh.Permissions{
		Extensions: map[string]string{fingerprintKey: gossh.FingerprintSHA256(key)},
	}, nil
}

func (c *connection) logAuth(meta gossh.ConnMetadata, method string, err error) {
	log := c.log.With("user", meta.User(), "method", method)
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
	}
	if conn.Permissions != nil {
		l.KeyFingerprint = conn.Permissions.Extensions[fingerprintKey]
	}
	return l
}
