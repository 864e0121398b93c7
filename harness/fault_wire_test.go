package harness_test

import (
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket"
	"github.com/digitalocean/go-libvirt/socket/dialers"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// A wire is a go-libvirt client whose bytes the test sees, above TLS and SSH.
type wire struct {
	*libvirt.Libvirt
	conn *recorder
}

// open connects go-libvirt to the node over the scene's transport. The
// connection is closed at the end of the test, without a word.
func (s *scene) open(t *testing.T) *wire {
	t.Helper()
	w, err := s.tryOpen(t)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	return w
}

func (s *scene) tryOpen(t *testing.T) (*wire, error) {
	t.Helper()
	d := &recordingDialer{dialer: s.dialer(t)}
	l := libvirt.NewWithDialer(d)
	err := l.ConnectToURI(libvirt.QEMUSystem)
	if d.conn != nil {
		t.Cleanup(func() {
			d.conn.Close()
			<-l.Disconnected()
		})
	}
	if err == nil {
		// go-libvirt writes what its other goroutine reads at the end of the
		// connection; between the two a call has to be made, or they race.
		_, _ = l.ConnectGetLibVersion()
	}
	return &wire{l, d.conn}, err
}

// dialer returns what go-libvirt's ConnectToURI makes of the node's URI.
func (s *scene) dialer(t *testing.T) socket.Dialer {
	t.Helper()
	srv := s.host.Server
	switch s.transport {
	case harness.Unix:
		return dialers.NewLocal(dialers.WithSocket(srv.Addr(harness.Unix)))
	case readOnly:
		return dialers.NewLocal(dialers.WithSocket(srv.SocketReadOnly()))
	}
	host, port, err := net.SplitHostPort(srv.Addr(s.transport))
	if err != nil {
		t.Fatal(err)
	}
	switch s.transport {
	case harness.TCP:
		return dialers.NewRemote(host, dialers.UsePort(port))
	case harness.TLS:
		pki, err := srv.PKIPath()
		if err != nil {
			t.Fatal(err)
		}
		return dialers.NewTLS(host, dialers.UseTLSPort(port), dialers.UsePKIPath(pki))
	case harness.SSH:
		files, err := srv.SSHFiles()
		if err != nil {
			t.Fatal(err)
		}
		return dialers.NewSSH(host, dialers.UseSSHPort(port), dialers.UseSSHUsername("root"), dialers.UseKeyFile(files.Key),
			dialers.UseKnownHostsFile(files.KnownHosts), dialers.WithSSHAuthMethods((&dialers.SSHAuthMethods{}).PrivKey()))
	}
	t.Fatalf("no dialer for %s", s.transport)
	return nil
}

type recordingDialer struct {
	dialer socket.Dialer
	conn   *recorder
}

func (d *recordingDialer) Dial() (net.Conn, error) {
	nc, err := d.dialer.Dial()
	if err != nil {
		return nil, err
	}
	d.conn = &recorder{Conn: nc, changed: make(chan struct{})}
	return d.conn, nil
}

// A recorder keeps what a client reads.
type recorder struct {
	net.Conn

	mu      sync.Mutex
	got     []byte
	pieces  []int         // how many bytes each Read brought
	err     error         // the first; go-libvirt may read on
	changed chan struct{} // closed and replaced by each Read
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > 0 {
		r.got = append(r.got, p[:n]...)
		r.pieces = append(r.pieces, n)
	}
	if r.err == nil {
		r.err = err
	}
	close(r.changed)
	r.changed = make(chan struct{})
	return n, err
}

// wait waits until so many bytes were read since forget.
func (r *recorder) wait(t *testing.T, s *scene, n int) {
	t.Helper()
	for {
		r.mu.Lock()
		got, changed := len(r.got), r.changed
		r.mu.Unlock()
		if got >= n {
			return
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			t.Fatalf("the client has read %d bytes, want %d", got, n)
		}
	}
}

// end returns what Read failed with first.
func (r *recorder) end() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// forget drops what was read so far.
func (r *recorder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got, r.pieces = nil, nil
}

// read returns what was read since forget.
func (r *recorder) read() (got []byte, pieces []int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got), slices.Clone(r.pieces)
}

// begin makes a call whose answer may take its time.
func begin(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

// returned reports whether a call that was begun has its answer.
func returned(done <-chan error) bool { return len(done) > 0 }

// hostname is a call for begin.
func (w *wire) hostname() error {
	name, err := w.ConnectGetHostname()
	if err == nil && name != "node" {
		err = errors.New("the node's name is " + name)
	}
	return err
}

// frames returns the headers of what was read since forget.
func (r *recorder) frames() []rpc.Header {
	got, _ := r.read()
	var list []rpc.Header
	word := func(i int) uint32 { return binary.BigEndian.Uint32(got[i:]) }
	for len(got) >= rpc.HeaderSize && int(word(0)) <= len(got) {
		list = append(list, rpc.Header{
			Program: word(4), Version: word(8), Procedure: int32(word(12)),
			Type: rpc.Type(word(16)), Serial: word(20), Status: rpc.Status(word(24)),
		})
		got = got[word(0):]
	}
	return list
}
