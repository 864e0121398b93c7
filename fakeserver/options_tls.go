package fakeserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"

	"github.com/fakelibvirt/fakelibvirtd/certs"
)

// TLSSettings say whom the node lets in over TLS, and with what. The zero value is
// what a libvirtd does without any setting: it wants a certificate of its CA's.
type TLSSettings struct {
	// NoVerifyCertificate is tls_no_verify_certificate of libvirtd.conf: the node
	// asks for a certificate, and lets any client in, one without among them.
	// AllowedDN then does not count either.
	NoVerifyCertificate bool `yaml:"no_verify_certificate,omitempty"`
	// AllowedDN is tls_allowed_dn_list: the patterns of which one must match the
	// client's name; certs.AllowsDN has the rules. Without a list every name is right;
	// with an empty one, which is not nil, none is.
	AllowedDN []string `yaml:"allowed_dn,omitempty"`
	// MinVersion is the oldest TLS that the node speaks, 1.2 if nothing is said: what
	// tls_priority says in another way. A client that has nothing as new finds its
	// handshake refused.
	MinVersion TLSVersion `yaml:"min_version,omitempty"`
	// MaxVersion is the newest TLS that the node speaks, 1.3 if nothing is said.
	MaxVersion TLSVersion `yaml:"max_version,omitempty"`
}

// WithTLS sets whom the node lets in over TLS.
func WithTLS(settings TLSSettings) Option {
	return func(c *config) {
		c.tls = settings
		// A list without entries is not the same as no list, and stays one.
		c.tls.AllowedDN = slices.Clone(settings.AllowedDN)
	}
}

// WithCertificates replaces certificates by others of the catalogue of package
// certs, such as certs.ServerExpired: those of the server, and of the client and
// the CA in the files that URIs lead to. See Server.ClientPKIPath for a client that
// has another certificate than the rest.
func WithCertificates(variants ...certs.Variant) Option {
	return func(c *config) {
		for _, v := range variants {
			if _, err := certs.Lookup(v); err != nil {
				c.errs = append(c.errs, fmt.Errorf("WithCertificates: %w", err))
			}
		}
		c.certificates = append(c.certificates, variants...)
	}
}

func (c *config) checkTLS() error {
	if c.pkiDir != "" && c.serverFiles != (certs.ServerFiles{}) {
		return errors.New("WithPKIDir and WithServerFiles both say which certificates the node has: want one of them")
	}
	oldest, newest := c.tls.MinVersion, c.tls.MaxVersion
	for _, v := range []TLSVersion{oldest, newest} {
		if v != 0 && (v < tls.VersionTLS10 || v > tls.VersionTLS13) {
			return fmt.Errorf("there is no TLS version %#x: want tls.VersionTLS10 to tls.VersionTLS13", uint16(v))
		}
	}
	if oldest == 0 {
		oldest = tls.VersionTLS12
	}
	if newest != 0 && newest < oldest {
		return fmt.Errorf("the newest TLS is TLS %s and the oldest TLS %s: want them in order", newest, oldest)
	}
	return nil
}
