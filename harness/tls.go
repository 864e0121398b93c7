package harness

import (
	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// WithTLS sets whom the node lets in over TLS, and which versions of it; see
// fakeserver.TLSSettings.
func WithTLS(settings fakeserver.TLSSettings) Option { return fakeserver.WithTLS(settings) }

// WithCertificates replaces certificates of the node, or of all its clients, by others
// of the catalogue:
//
//	host := harness.Start(t, harness.WithCertificates(certs.ServerExpired))
func WithCertificates(variants ...certs.Variant) Option {
	return fakeserver.WithCertificates(variants...)
}

// ClientCertificate gives one client other certificates than the rest, of itself or of
// its CA:
//
//	uri := host.URI(harness.TLS, "qemu:///system", host.ClientCertificate(certs.ClientExpired))
//
// libvirt's own clients look at their files before they connect, and tell what is wrong
// with them; with Param("no_sanity", "1") as well it is the node that does.
func (h *Host) ClientCertificate(variants ...certs.Variant) fakeserver.Param {
	h.t.Helper()
	dir, err := h.Server.ClientPKIPath(variants...)
	if err != nil {
		h.t.Fatal(err)
	}
	return Param("pkipath", dir)
}
