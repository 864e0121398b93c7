package fakeserver_test

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// descriptors returns how many the process has open, or false where that cannot
// be known.
func descriptors(t *testing.T) (int, bool) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0, false
	}
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all), true
}

// nodeDirs lists what nodes left in the temporary directory.
func nodeDirs(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(os.TempDir(), "fakelibvirt-*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTwoHundredNodes has two hundred nodes at once, with clients that work, that
// were broken off in a handshake, and that still wait in one when the node ends.
func TestTwoHundredNodes(t *testing.T) {
	// A directory of its own, since other packages' tests run at the same time;
	// not t.TempDir, whose path is too long for sockets.
	tmp, err := os.MkdirTemp("", "fl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	t.Setenv("TMPDIR", tmp)

	// The first use of the network opens descriptors that stay.
	useAndClose(t, newNode(t))
	ignore := goleak.IgnoreCurrent()
	before, counted := descriptors(t)
	dirs := nodeDirs(t)

	const n = 200
	nodes := make([]*fakeserver.Server, n)
	for i := range nodes {
		nodes[i] = newNode(t)
	}
	for _, s := range nodes {
		useAndClose(t, s)
	}

	if err := goleak.Find(ignore); err != nil {
		t.Error(err)
	}
	if after, _ := descriptors(t); counted && after > before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
	if left := slices.DeleteFunc(nodeDirs(t), func(d string) bool { return slices.Contains(dirs, d) }); len(left) > 0 {
		t.Errorf("directories were left behind: %v", left)
	}
}

func newNode(t *testing.T) *fakeserver.Server {
	t.Helper()
	s, err := fakeserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func useAndClose(t *testing.T, s *fakeserver.Server) {
	t.Helper()
	if _, err := s.URI(call.SSH, "test:///default"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.URI(call.TLS, "test:///default"); err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	dial := func(network string, of call.Transport, hello string) net.Conn {
		c, err := net.Dial(network, s.Addr(of))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(hello)); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
		return c
	}
	worker := dial("unix", call.Unix, string(openTest(1)))
	drop := dial("tcp", call.TLS, "\x16\x03\x01")
	drop.Close()
	drop = dial("tcp", call.SSH, "SSH-2.0-")
	drop.Close()
	dial("tcp", call.TLS, "\x16\x03\x01") // both still wait at the end
	dial("tcp", call.SSH, "SSH-2.0-x\r\n")
	dial("tcp", call.TCP, "\x00\x00")
	stranger := tls.Client(dial("tcp", call.TLS, ""), &tls.Config{InsecureSkipVerify: true})
	_ = stranger.Handshake() // refused afterwards, for want of a certificate
	if b := make([]byte, 28); true {
		if _, err := worker.Read(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range conns {
		c.Close()
	}
}

func TestCloseTwice(t *testing.T) {
	s := start(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Dial(); err == nil {
		t.Error("Dial works after Close")
	}
	if _, err := s.Driver("test"); err == nil {
		t.Error("Driver works after Close")
	}
}

func TestContextEndsTheNode(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := fakeserver.Start(ctx, fakeserver.WithTransports(call.Unix))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-s.Done()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestStartRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  fakeserver.Option
		want string
	}{
		{"unknown driver", fakeserver.WithDrivers("xen2"), `no driver "xen2": there are [qemu test xen lxc openvz bhyve vbox vz ch]`},
		{"object for an absent driver", fakeserver.WithDomainXML("xen2", "<domain/>"), `an object for driver "xen2", which the node does not have: it has [qemu test]`},
		{"broken XML", fakeserver.WithDomainXML("test", "<domain"), "driver test: (domain_definition):1: Couldn't find end of Start Tag domain line 1\n<domain\n-------^"},
		{"transport of URIs", fakeserver.WithTransports(call.LibSSH), `cannot listen on transport "libssh": want one of [tcp tls unix ssh]`},
		{"requests", fakeserver.WithMaxClientRequests(0), "max_client_requests is 0: want at least 1"},
		{"address", fakeserver.WithListener(call.TCP, "nonsense"), `transport tcp: listening on "nonsense": want HOST:PORT: address nonsense: missing port in address`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := fakeserver.Start(t.Context(), c.opt)
			if err == nil {
				s.Close()
				t.Fatal("Start succeeded")
			}
			if err.Error() != c.want {
				t.Errorf("got  %q\nwant %q", err, c.want)
			}
		})
	}
}

// A directory that the user gave keeps what the user has in it.
func TestWithDirLeavesOthersFilesAlone(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "pki", "mine.pem")
	if err := os.Mkdir(filepath.Dir(mine), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mine, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := fakeserver.Start(t.Context(), fakeserver.WithDir(dir), fakeserver.WithTransports(call.TLS))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.URI(call.TLS, "test:///default"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(mine); err != nil || string(b) != "precious" {
		t.Errorf("the user's file: %q, %v", b, err)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("the directory holds %v, %v; want pki alone", all, err)
	}
}
