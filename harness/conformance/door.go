package conformance

import (
	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// Door is whom a row's node lets in, and by what certificates it is known: what a real
// daemon can be told as well. The zero value is the door of any other row.
type Door struct {
	// PKI has the certificates; nil is some that are good.
	PKI *certs.PKI
	// Certificates are those of the catalogue that take their place.
	Certificates []certs.Variant
	TLS          fakeserver.TLSSettings
	Auth         fakeserver.Auth
}

// Certified returns the certificates of the door: the client's and the node's. They
// differ where the entry of the catalogue is the client's authority.
func (d Door) Certified() (client, node *certs.PKI, err error) {
	good := d.PKI
	if good == nil {
		if good, err = certs.New(); err != nil {
			return nil, nil, err
		}
	}
	if client, err = good.With(d.Certificates...); err != nil {
		return nil, nil, err
	}
	own := *client
	own.CA = good.CA
	return client, &own, nil
}

// isOpen reports whether the row is content with any door.
func (d Door) isOpen() bool {
	tls, auth := d.TLS, d.Auth
	return d.PKI == nil && len(d.Certificates) == 0 &&
		!tls.NoVerifyCertificate && tls.AllowedDN == nil && tls.MinVersion == 0 && tls.MaxVersion == 0 &&
		auth.TCP == "" && auth.TLS == "" && auth.UnixRW == "" && auth.UnixRO == ""
}

// options are those of a fake node with that door.
func (d Door) options() []fakeserver.Option {
	opts := []fakeserver.Option{fakeserver.WithTLS(d.TLS), fakeserver.WithAuth(d.Auth), fakeserver.WithCertificates(d.Certificates...)}
	if d.PKI != nil {
		opts = append(opts, fakeserver.WithPKI(d.PKI))
	}
	return opts
}
