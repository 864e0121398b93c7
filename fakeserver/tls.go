package fakeserver

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/transport"
)

// tlsListener is what the node needs to speak TLS.
type tlsListener struct {
	// pki is the node's own; clients is what URIs lead to, and differs from it by
	// the certificates of the CA and the client.
	pki, clients *certs.PKI
	config       *tls.Config
}

func (s *Server) makeTLS() error {
	good, err := s.makePKI()
	if err != nil {
		return err
	}
	all, err := good.With(s.cfg.certificates...)
	if err != nil {
		return err
	}
	// The node goes on trusting the CA as it was: a libvirtd whose own CA is no good
	// does not start.
	own := *all
	own.CA = good.CA
	l := &s.listener.tls
	l.pki, l.clients = &own, all
	l.config = own.ServerTLS()
	if v := s.cfg.tls.MinVersion; v != 0 {
		l.config.MinVersion = uint16(v)
	}
	l.config.MaxVersion = uint16(s.cfg.tls.MaxVersion)
	return nil
}

func (s *Server) makePKI() (*certs.PKI, error) {
	opts := []certs.Option{certs.Names(s.cfg.names...)}
	if s.cfg.pkiUnchecked {
		opts = append(opts, certs.Unchecked())
	}
	switch {
	case s.cfg.pki != nil:
		return s.cfg.pki, nil
	case s.cfg.serverFiles != certs.ServerFiles{}:
		return certs.LoadServer(s.cfg.serverFiles, opts...)
	case s.cfg.pkiDir != "":
		return certs.LoadOrNew(s.cfg.pkiDir, opts...)
	default:
		return certs.New(certs.Names(s.cfg.names...))
	}
}

func (s *Server) serveTLS(a *arrival) {
	nc, peer, err := transport.TLS(s.ctx, a.conn, s.handshake(a))
	if err != nil {
		if s.ctx.Err() == nil {
			s.log.Info("refused", "transport", "tls", "peer", a.peer.Remote, "reason", err)
		}
		return
	}
	p := a.peer
	p.TLS = peer
	s.serve(a, nc, p)
}

// logged is an error in the words in which libvirtd logs it.
type logged string

func (l logged) Error() string { return string(l) }

var errDN error = logged("Client's Distinguished Name is not on the list of allowed clients (tls_allowed_dn_list). " +
	"Use 'virt-pki-query-dn clientcert.pem' to view the Distinguished Name field in the client certificate, " +
	"or run this daemon with --verbose option.")

// admitTLS tells why a client with these certificates is refused.
func (s *Server) admitTLS(chain []*x509.Certificate) error {
	settings := &s.cfg.tls
	err := s.listener.tls.pki.VerifyClient(chain, time.Now())
	if settings.NoVerifyCertificate {
		// What ends the handshake itself ends it all the same.
		var refused *certs.VerifyError
		if errors.As(err, &refused) && refused.Handshake {
			return err
		}
		return nil
	}
	if err != nil {
		return err
	}
	if settings.AllowedDN != nil && !certs.AllowsDN(settings.AllowedDN, certs.DN(chain[0])) {
		return errDN
	}
	return nil
}

// ClientPKIPath returns a directory for the URI parameter pkipath whose files are
// those of PKIPath but for these certificates of the catalogue: how one client gets
// another certificate than the rest. The same variants give the same directory. The
// node's own certificate is not changed, and so variants of the server's are
// refused; nor does it know of what is revoked here.
func (s *Server) ClientPKIPath(variants ...certs.Variant) (string, error) {
	if s.listener.tls.clients == nil {
		return "", errNotListening(call.TLS)
	}
	name := "pki"
	for _, v := range variants {
		e, err := certs.Lookup(v)
		if err != nil {
			return "", err
		}
		if e.Side == certs.OfServer {
			return "", errors.New("the certificate " + string(v) + " is the server's: want WithCertificates")
		}
		name += "," + string(v)
	}
	f := &s.files
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, err := f.makeDir(s.cfg.dir)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	if slices.Contains(f.pkiVariants, path) {
		return path, nil
	}
	changed, err := s.listener.tls.clients.With(variants...)
	if err != nil {
		return "", err
	}
	if err := changed.WritePKIPath(path); err != nil {
		return "", err
	}
	f.pkiVariants = append(f.pkiVariants, path)
	return path, nil
}
