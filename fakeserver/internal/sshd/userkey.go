package sshd

import (
	"errors"
	"slices"

	gossh "golang.org/x/crypto/ssh"
)

var (
	errUsedKey      = errors.New("the key has been used for a step before")
	errAuthority    = errors.New("the certificate is not signed by a trusted authority")
	errPrincipal    = errors.New("the certificate names no principal of the user")
	errNoPrincipals = errors.New("the certificate names no principals")
)

// publicKey decides about a key that a client asks about, or signs with.
func (c *connection) publicKey(meta gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
	fingerprint := gossh.FingerprintSHA256(key)
	c.tried.fingerprint = fingerprint
	p := &gossh.Permissions{}
	if cert, ok := key.(*gossh.Certificate); ok {
		fingerprint = gossh.FingerprintSHA256(cert.Key)
		c.tried.fingerprint = fingerprint
		if err := c.certificate(meta.User(), cert); err != nil {
			return nil, err
		}
		// x/crypto/ssh holds the client to source-address by it.
		p.CriticalOptions = cert.CriticalOptions
	} else if !c.srv.cfg.AuthorizedKey(meta.User(), key) {
		return nil, errDenied
	}
	if slices.Contains(c.usedKeys, fingerprint) {
		return nil, errUsedKey
	}
	p.Extensions = map[string]string{fingerprintKey: fingerprint}
	return p, nil
}

// certificate tells why a user's certificate is not accepted. Unlike x/crypto/ssh,
// sshd takes none without principals.
func (c *connection) certificate(user string, cert *gossh.Certificate) error {
	auth := &c.srv.cfg.Auth
	if cert.CertType != gossh.UserCert {
		return errors.New("the certificate is not one for a user")
	}
	if auth.Authority == nil || !auth.Authority(cert.SignatureKey) {
		return errAuthority
	}
	if len(cert.ValidPrincipals) == 0 {
		return errNoPrincipals
	}
	checker := gossh.CertChecker{
		Clock:                    c.srv.cfg.Clock.Now,
		SupportedCriticalOptions: []string{"source-address"},
	}
	for _, principal := range auth.Principals(user) {
		if slices.Contains(cert.ValidPrincipals, principal) {
			return checker.CheckCert(principal, cert)
		}
	}
	return errPrincipal
}

// provenKey notes which of the keys that were asked about the client has.
func (c *connection) provenKey(_ gossh.ConnMetadata, _ gossh.PublicKey, p *gossh.Permissions, _ string) (*gossh.Permissions, error) {
	fingerprint := p.Extensions[fingerprintKey]
	c.tried.fingerprint = fingerprint
	if err := c.passed(MethodPublicKey); err != nil {
		c.usedKeys = append(c.usedKeys, fingerprint)
		return nil, err // with which there may be no permissions
	}
	return p, nil
}
