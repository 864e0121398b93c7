package netfault_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen.
const patience = 2 * time.Minute

// A link is a connection with a server's end, on which faults are armed.
type link struct {
	client net.Conn
	server net.Conn       // what the server reads and writes
	fault  *netfault.Conn // where faults are armed
	clock  *clock.Manual
}

// A kind is a kind of link.
type kind struct {
	name string
	make func(t testing.TB) link
	// frames says that bytes and offsets are the server's own, not those of an
	// encryption.
	frames bool
	socket bool
}

var kinds = []kind{
	{"tcp", plain(tcpPair), true, true},
	{"unix", plain(unixPair), true, true},
	{"memory", plain(memoryPair), true, false},
	{"tls-above", func(t testing.TB) link { return tlsLink(t, true) }, true, true},
	{"tls-beneath", func(t testing.TB) link { return tlsLink(t, false) }, false, true},
	{"ssh-above", sshLink, true, true},
}

// each runs a test on each kind of link that pick wants.
func each(t *testing.T, pick func(kind) bool, f func(t *testing.T, k kind, l link)) {
	for _, k := range kinds {
		if pick != nil && !pick(k) {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			f(t, k, k.make(t))
		})
	}
}

func framed(k kind) bool { return k.frames }

func plain(pair func(testing.TB) (client, server net.Conn)) func(testing.TB) link {
	return func(t testing.TB) link {
		client, server := pair(t)
		clk := newClock()
		c := netfault.Wrap(server, clk)
		t.Cleanup(func() { client.Close(); c.CloseNow() })
		return link{client, c, c, clk}
	}
}

func newClock() *clock.Manual { return clock.NewManual(time.Unix(1_700_000_000, 0)) }

func tcpPair(t testing.TB) (client, server net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return accepted(t, l)
}

func unixPair(t testing.TB) (client, server net.Conn) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	return accepted(t, l)
}

func accepted(t testing.TB, l net.Listener) (client, server net.Conn) {
	t.Helper()
	defer l.Close()
	client, err := net.Dial(l.Addr().Network(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

func memoryPair(testing.TB) (client, server net.Conn) { return transport.Pipe() }

var pki = sync.OnceValues(func() (*certs.PKI, error) { return certs.New() })

func tlsLink(t testing.TB, above bool) link {
	t.Helper()
	p, err := pki()
	if err != nil {
		t.Fatal(err)
	}
	rawClient, rawServer := tcpPair(t)
	clk := newClock()
	beneath := netfault.Wrap(rawServer, clk)
	client := tls.Client(rawClient, p.ClientTLS("localhost"))
	confirmed := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(client, make([]byte, 1))
		confirmed <- err
	}()
	server, _, err := transport.TLS(t.Context(), beneath, transport.Handshake{
		Config: p.ServerTLS(),
		Verify: func([]*x509.Certificate) error { return nil },
	})
	if err := errors.Join(err, <-confirmed); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rawClient.Close(); beneath.CloseNow() })
	if !above {
		return link{client, server, beneath, clk}
	}
	c := netfault.Wrap(server, clk)
	c.Over(beneath)
	t.Cleanup(func() { c.CloseNow() })
	return link{client, c, c, clk}
}

// frame returns a frame of n bytes, at least 5, filled with a letter.
func frame(n int, letter byte) []byte {
	f := bytes.Repeat([]byte{letter}, n)
	binary.BigEndian.PutUint32(f, uint32(n))
	return f
}

func within[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("not reached")
	}
}

// waitPending waits until n waits for the clock are under way.
func (l link) waitPending(t testing.TB, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := l.clock.WaitPending(ctx, n); err != nil {
		t.Fatal(err)
	}
}

// arm arms an action from the bytes on that pass next.
func (l link) arm(a fault.Action, d fault.Direction) (disarm func(), hit <-chan struct{}) {
	hits := make(chan struct{}, 10)
	disarm = l.fault.Arm(a, l.fault.Offset(d), func() { hits <- struct{}{} })
	return disarm, hits
}

// write writes in a goroutine of its own.
func write(w io.Writer, p []byte) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := w.Write(p)
		done <- err
	}()
	return done
}

type answer struct {
	data []byte
	err  error
}

// readAll reads until the end in a goroutine of its own.
func readAll(r io.Reader) <-chan answer {
	done := make(chan answer, 1)
	go func() {
		data, err := io.ReadAll(r)
		done <- answer{data, err}
	}()
	return done
}

// readN reads n bytes.
func readN(t testing.TB, r net.Conn, n int) []byte {
	t.Helper()
	got := make([]byte, n)
	done := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(r, got)
		done <- err
	}()
	if err := within(t, done, "bytes"); err != nil {
		t.Fatalf("reading %d bytes: %v", n, err)
	}
	return got
}

func to(n int64) fault.Place   { return fault.Place{Direction: fault.ToClient, After: n} }
func from(n int64) fault.Place { return fault.Place{Direction: fault.FromClient, After: n} }
