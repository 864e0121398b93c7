package fakeserver_test

import (
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

func startTLS(t *testing.T) (*fakeserver.Server, *certs.PKI) {
	t.Helper()
	pki, err := certs.New()
	if err != nil {
		t.Fatal(err)
	}
	return start(t, fakeserver.WithTransports(call.TLS), fakeserver.WithPKI(pki)), pki
}

// dialTLS ends with the handshake and the confirmation byte.
func dialTLS(t *testing.T, s *fakeserver.Server, pki *certs.PKI) *tls.Conn {
	t.Helper()
	c, err := tls.Dial("tcp", s.Addr(call.TLS), pki.ClientTLS("localhost"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	if _, err := io.ReadFull(c, b[:]); err != nil || b[0] != 1 {
		t.Fatalf("got %v, %v; want the byte 1", b, err)
	}
	return c
}

// A client that polls its socket does not see what lies in a record behind the
// frame that it has read.
func TestEachFrameHasATLSRecordOfItsOwn(t *testing.T) {
	s, pki := startTLS(t)
	c := dialTLS(t, s, pki)
	var calls []byte
	const n = 20
	for i := range uint32(n) {
		calls = append(calls, request(66, i)...)
	}
	if _, err := c.Write(calls); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<16)
	for range n {
		// Go's Read returns what one record holds.
		if got, err := c.Read(b); got != 36 || err != nil {
			t.Fatalf("read %d bytes, %v; want one reply of 36", got, err)
		}
	}
}

// A client whose certificate is no good finds TCP closed: no alert, no
// close_notify, no byte.
func TestRefusedTLSClientGetsNoAlert(t *testing.T) {
	s, pki := startTLS(t)
	foreign, err := certs.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		cert []tls.Certificate
	}{
		{"no certificate", nil},
		{"certificate of another CA", []tls.Certificate{foreign.Client.TLS()}},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(c.name+"/"+tls.VersionName(version), func(t *testing.T) {
				config := pki.ClientTLS("localhost")
				config.Certificates, config.MaxVersion = c.cert, version
				raw, err := net.Dial("tcp", s.Addr(call.TLS))
				if err != nil {
					t.Fatal(err)
				}
				defer raw.Close()
				nc := tls.Client(raw, config)
				if err := nc.Handshake(); err != nil {
					t.Fatal(err)
				}
				// Beneath TLS: both an alert and a close_notify would be seen here.
				if got := drain(raw); len(got) != 0 {
					t.Errorf("after the handshake came %x, want the bare end of TCP", got)
				}
			})
		}
	}
}

func TestTLSIgnoresWhatIsNotTLS(t *testing.T) {
	s, _ := startTLS(t)
	for name, input := range map[string][]byte{
		"rpc":  request(66, 1),
		"http": []byte("GET / HTTP/1.0\r\n\r\n"),
		"zero": make([]byte, 64),
	} {
		t.Run(name, func(t *testing.T) {
			nc, err := net.Dial("tcp", s.Addr(call.TLS))
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			if _, err := nc.Write(input); err != nil {
				t.Fatal(err)
			}
			if got := drain(nc); len(got) != 0 {
				t.Errorf("got %x, want nothing", got)
			}
		})
	}
}
