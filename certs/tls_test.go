package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

// served is what a server saw of one client.
type served struct {
	state tls.ConnectionState
	err   error // of the handshake, or of VerifyClient
	frame []byte
}

// serve does with conn what a libvirtd does: handshake, check, one byte, first frame.
func serve(conn net.Conn, config *tls.Config, verify func([]*x509.Certificate, time.Time) error) (s served) {
	defer conn.Close()
	c := tls.Server(conn, config)
	if s.err = c.Handshake(); s.err != nil {
		return s
	}
	s.state = c.ConnectionState()
	if s.err = verify(s.state.PeerCertificates, time.Now()); s.err != nil {
		return s // and closes beneath TLS, without a word
	}
	if _, s.err = c.Write([]byte{1}); s.err != nil {
		return s
	}
	s.frame = make([]byte, 28)
	_, s.err = io.ReadFull(c, s.frame)
	return s
}

// meet lets a client and a server shake hands in memory. The client reads the byte
// of confirmation and sends 28 bytes.
func meet(t *testing.T, server *PKI, serverConfig, clientConfig *tls.Config) (s served, clientErr error) {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan served, 1)
	go func() { done <- serve(far, serverConfig, server.VerifyClient) }()
	clientErr = func() error {
		defer near.Close()
		c := tls.Client(near, clientConfig)
		confirmation := make([]byte, 1)
		if _, err := io.ReadFull(c, confirmation); err != nil {
			return err
		}
		if confirmation[0] != 1 {
			return fmt.Errorf("the byte of confirmation is %d", confirmation[0])
		}
		_, err := c.Write(make([]byte, 28))
		return err
	}()
	return <-done, clientErr
}

func TestHandshake(t *testing.T) {
	for _, kind := range []KeyType{P256, P384, P521, Ed25519, RSA2048} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
				t.Run(fmt.Sprintf("%s/%s/%s", kind, tls.VersionName(version), name), func(t *testing.T) {
					p := pkiOf(t, kind)
					client := p.ClientTLS(name)
					client.MinVersion, client.MaxVersion = version, version
					s, err := meet(t, p, p.ServerTLS(), client)
					if err != nil || s.err != nil {
						t.Fatalf("client: %v; server: %v", err, s.err)
					}
					if s.state.Version != version {
						t.Errorf("they spoke %s", tls.VersionName(s.state.Version))
					}
					if got, want := DN(s.state.PeerCertificates[0]), "O=fakelibvirtd,CN=client"; got != want {
						t.Errorf("the server saw %s, want %s", got, want)
					}
				})
			}
		}
	}
}

func TestHandshakeRefused(t *testing.T) {
	p, foreign := mustNew(t), mustNew(t)
	for _, c := range []struct {
		name   string
		client func() *tls.Config
		server string // what the server finds wrong
	}{
		{"no certificate", func() *tls.Config {
			c := p.ClientTLS("localhost")
			c.Certificates = nil
			return c
		}, "Unable to verify TLS peer: No certificate was found."},
		{"client of a foreign CA", func() *tls.Config {
			c := p.ClientTLS("localhost")
			c.Certificates = []tls.Certificate{foreign.Client.TLS()}
			return c
		}, "Certificate failed validation: The certificate hasn't got a known issuer."},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := meet(t, p, p.ServerTLS(), c.client())
			var refused *VerifyError
			if !errors.As(s.err, &refused) || refused.Text != c.server {
				t.Errorf("the server says %v, want %s", s.err, c.server)
			}
			// The handshake itself went well: the client learns from the missing byte.
			if !errors.Is(err, io.EOF) {
				t.Errorf("the client says %v, want EOF", err)
			}
		})
	}
	t.Run("server of a foreign CA", func(t *testing.T) {
		_, err := meet(t, p, p.ServerTLS(), foreign.ClientTLS("localhost"))
		var unknown x509.UnknownAuthorityError
		if !errors.As(err, &unknown) {
			t.Errorf("the client says %v, want an unknown authority", err)
		}
	})
	t.Run("server under another name", func(t *testing.T) {
		_, err := meet(t, p, p.ServerTLS(), p.ClientTLS("node.example.com"))
		var hostname x509.HostnameError
		if !errors.As(err, &hostname) {
			t.Errorf("the client says %v, want a wrong host name", err)
		}
	})
}

// ticketCounter counts the session tickets that a client was given.
type ticketCounter struct{ tickets int }

func (c *ticketCounter) Get(string) (*tls.ClientSessionState, bool) { return nil, false }
func (c *ticketCounter) Put(string, *tls.ClientSessionState)        { c.tickets++ }

func TestServerTLSForLibvirt(t *testing.T) {
	p := mustNew(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			client := p.ClientTLS("localhost")
			client.MinVersion, client.MaxVersion = version, version
			counter := &ticketCounter{}
			client.ClientSessionCache = counter
			var asked *tls.CertificateRequestInfo
			client.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
				asked = info
				return &client.Certificates[0], nil
			}
			if s, err := meet(t, p, p.ServerTLS(), client); err != nil || s.err != nil {
				t.Fatalf("client: %v; server: %v", err, s.err)
			}
			if counter.tickets != 0 {
				t.Errorf("the server sent %d session tickets", counter.tickets)
			}
			if asked == nil || len(asked.AcceptableCAs) != 0 {
				t.Errorf("the server asked for %+v, want a certificate of whatever CA", asked)
			}
		})
	}
	t.Run("TLS 1.1", func(t *testing.T) {
		client := p.ClientTLS("localhost")
		client.MinVersion, client.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		if _, err := meet(t, p, p.ServerTLS(), client); err == nil {
			t.Error("the server speaks TLS 1.1")
		}
	})
}

// TestHandshakeClock: both sides of a host with a clock of its own go by it.
func TestHandshakeClock(t *testing.T) {
	now := at("2001-02-03 04:05:06")
	p := mustNew(t, Clock(now), Validity(time.Hour, time.Hour))
	near, far := net.Pipe()
	done := make(chan served, 1)
	go func() {
		done <- serve(far, p.ServerTLS(), func(chain []*x509.Certificate, _ time.Time) error { return p.VerifyClient(chain, now()) })
	}()
	c := tls.Client(near, p.ClientTLS("localhost"))
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Errorf("in 2001, with certificates of 2001: %v", err)
	}
	near.Close()
	if s := <-done; !slices.Equal(s.state.PeerCertificates[0].Raw, p.Client.Certificate.Raw) {
		t.Errorf("the server saw %v", s.state.PeerCertificates)
	}
}
