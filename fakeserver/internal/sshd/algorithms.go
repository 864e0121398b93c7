package sshd

import (
	"fmt"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// Algorithms are what a server offers, each list in its order. One without members
// is that of x/crypto/ssh. Names are those of the protocol, "rsa-sha2-256".
type Algorithms struct {
	KeyExchanges, Ciphers, MACs []string
	// HostKeys are the signatures by which the server proves itself: ssh-rsa,
	// rsa-sha2-256, rsa-sha2-512, ssh-ed25519, ecdsa-sha2-nistp256 … They hold for
	// certificates of such keys as well.
	HostKeys []string
	// UserKeys are the signatures that users may log in with.
	UserKeys []string
}

// check finds names that x/crypto/ssh would silently drop, or fail with at the first
// client.
func (a *Algorithms) check(keys []gossh.Signer) error {
	good, weak := gossh.SupportedAlgorithms(), gossh.InsecureAlgorithms()
	for _, c := range []struct {
		what        string
		names, have []string
	}{
		{"key exchange", a.KeyExchanges, slices.Concat(good.KeyExchanges, weak.KeyExchanges)},
		{"cipher", a.Ciphers, slices.Concat(good.Ciphers, weak.Ciphers)},
		{"MAC", a.MACs, slices.Concat(good.MACs, weak.MACs)},
		{"host key algorithm", a.HostKeys, slices.Concat(good.HostKeys, weak.HostKeys)},
		{"user key algorithm", a.UserKeys, slices.Concat(good.PublicKeyAuths, weak.PublicKeyAuths)},
	} {
		for _, name := range c.names {
			if !slices.Contains(c.have, name) {
				return fmt.Errorf("sshd: there is no %s %q: want one of %s", c.what, name, strings.Join(c.have, ", "))
			}
		}
	}
	if len(keys) > 0 && len(a.restrict(keys)) == 0 {
		return fmt.Errorf("sshd: no host key signs with %s", strings.Join(a.HostKeys, ", "))
	}
	return nil
}

// Allow tells whether there is a key that signs with what is allowed.
func (a Algorithms) Allow(keys []gossh.Signer) bool { return len(a.restrict(keys)) > 0 }

// restrict returns the keys that sign with what is allowed, and with nothing else.
func (a *Algorithms) restrict(keys []gossh.Signer) []gossh.Signer {
	if len(a.HostKeys) == 0 {
		return keys
	}
	var kept []gossh.Signer
	for _, key := range keys {
		signer, ok := key.(gossh.AlgorithmSigner)
		if !ok {
			continue
		}
		var algorithms []string
		for _, name := range a.HostKeys {
			if slices.Contains(signatures(key), name) {
				algorithms = append(algorithms, name)
			}
		}
		if len(algorithms) == 0 {
			continue
		}
		if restricted, err := gossh.NewSignerWithAlgorithms(signer, algorithms); err == nil {
			kept = append(kept, restricted)
		}
	}
	return kept
}

// signatures returns what a key can sign with.
func signatures(key gossh.Signer) []string {
	public := key.PublicKey()
	if cert, ok := public.(*gossh.Certificate); ok {
		public = cert.Key
	}
	able := []string{public.Type()}
	if public.Type() == gossh.KeyAlgoRSA {
		able = []string{gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSA}
	}
	if multi, ok := key.(gossh.MultiAlgorithmSigner); ok {
		return slices.DeleteFunc(able, func(name string) bool { return !slices.Contains(multi.Algorithms(), name) })
	}
	return able
}

// checkVersion refuses an identification string that RFC 4253 section 4.2 does not
// have.
func checkVersion(version string) error {
	switch {
	case !strings.HasPrefix(version, "SSH-2.0-"):
		return fmt.Errorf("sshd: the version %q does not begin with SSH-2.0-", version)
	case len(version)+len("\r\n") > maxVersion:
		return fmt.Errorf("sshd: the version is longer than %d bytes", maxVersion-len("\r\n"))
	case strings.ContainsFunc(version, func(r rune) bool { return r < ' ' || r > '~' }):
		return fmt.Errorf("sshd: the version %q has characters that are not of ASCII's printable ones", version)
	}
	return nil
}
