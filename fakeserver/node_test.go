package fakeserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// everywhere are options that listen on every transport.
var everywhere = fakeserver.WithTransports(call.TCP, call.TLS, call.Unix, call.SSH)

// ways lists how go-libvirt reaches a node; "unix-ro" is the read-only socket.
var ways = []string{"tcp", "tls", "unix", "unix-ro", "ssh", "memory"}

// errSSH is what a test expects of clients over SSH that find no daemon.
var errSSH = errors.New("ssh")

type memoryDialer struct{ s *fakeserver.Server }

func (d memoryDialer) Dial() (net.Conn, error) { return d.s.Dial() }

// connect connects go-libvirt to qemu:///system. It makes a call as well: without
// one, ConnectToURI and the end of the connection race within go-libvirt.
func connect(s *fakeserver.Server, way string) (*libvirt.Libvirt, error) {
	l, err := connectOnly(s, way)
	if err == nil {
		_, err = l.ConnectGetHostname()
	}
	return l, err
}

func connectOnly(s *fakeserver.Server, way string) (*libvirt.Libvirt, error) {
	if way == "memory" {
		l := libvirt.NewWithDialer(memoryDialer{s})
		return l, l.ConnectToURI("qemu:///system")
	}
	var params []fakeserver.Param
	if way == "unix-ro" {
		way = "unix"
		params = append(params, fakeserver.Param{Name: "socket", Value: s.SocketReadOnly()})
	}
	text, err := s.URI(call.Transport(way), "qemu:///system", params...)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	return libvirt.ConnectToURI(u)
}

func mustConnect(t *testing.T, s *fakeserver.Server, way string) *libvirt.Libvirt {
	t.Helper()
	l, err := connect(s, way)
	if err != nil {
		t.Fatalf("%s: %v", way, err)
	}
	t.Cleanup(func() { _ = l.Disconnect() })
	return l
}

// within fails the test if done is not closed in time.
func within(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s: not within %v", what, patience)
	}
}

const tinyDomain = `<domain type="qemu"><name>tiny</name><memory>65536</memory><os><type>hvm</type></os></domain>`

func TestRestartKeepsAddressesAndState(t *testing.T) {
	t.Parallel()
	s := start(t, everywhere, fakeserver.WithRunningDomainXML("qemu", tinyDomain))
	clients := make(map[string]*libvirt.Libvirt)
	for _, way := range ways {
		clients[way] = mustConnect(t, s, way)
	}
	if n := s.Clients(); n != len(ways) {
		t.Errorf("%d clients are connected, want %d", n, len(ways))
	}
	if _, err := clients["tcp"].DomainDefineXML(strings.Replace(tinyDomain, "tiny", "later", 1)); err != nil {
		t.Fatal(err)
	}
	before, err := clients["tcp"].DomainLookupByName("tiny")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if !s.Stopped() || s.Clients() != 0 {
		t.Errorf("stopped: %v; %d clients", s.Stopped(), s.Clients())
	}
	for _, way := range ways {
		within(t, way+" is disconnected", clients[way].Disconnected())
		want := map[string]error{"unix": syscall.ENOENT, "unix-ro": syscall.ENOENT, "ssh": errSSH}[way]
		if want == nil {
			want = syscall.ECONNREFUSED
		}
		l, err := connect(s, way)
		switch {
		case err == nil:
			t.Errorf("%s: connected to a stopped node: %v", way, l)
		case want != errSSH && !errors.Is(err, want):
			t.Errorf("%s: %v, want %v", way, err, want)
		}
	}
	if err := s.Stop(); err != nil {
		t.Errorf("stopping twice: %v", err)
	}
	if err := s.Restart(t.Context(), fakeserver.RestartOptions{}); err == nil {
		t.Error("a stopped node restarted")
	}
	if err := s.StartAgain(false); err != nil {
		t.Fatal(err)
	}
	if err := s.StartAgain(false); err != nil {
		t.Errorf("starting twice: %v", err)
	}
	for _, way := range ways {
		l := mustConnect(t, s, way)
		after, err := l.DomainLookupByName("tiny")
		if err != nil || after.ID != before.ID || after.UUID != before.UUID || after.ID < 1 {
			t.Errorf("%s: %+v, %v; want %+v", way, after, err, before)
		}
		if _, err := l.DomainLookupByName("later"); err != nil {
			t.Errorf("%s: what was defined before: %v", way, err)
		}
	}
}

func TestRestartLosesState(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithDomainXML("qemu", tinyDomain))
	names := func(driver string) string {
		t.Helper()
		uri := "qemu:///system"
		if driver == "test" {
			uri = "test:///default"
		}
		l := libvirt.NewWithDialer(memoryDialer{s})
		if err := l.ConnectToURI(libvirt.ConnectURI(uri)); err != nil {
			t.Fatal(err)
		}
		defer l.Disconnect()
		all, _, err := l.ConnectListAllDomains(1, 0)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, d := range all {
			names = append(names, d.Name)
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	for _, c := range []struct {
		lose       bool
		qemu, test string
	}{
		{false, "tiny tofalse", "test"},
		{true, "tiny", "test"},
	} {
		for _, driver := range []string{"qemu", "test"} {
			d, err := s.Driver(driver)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.DefineDomain(strings.NewReplacer("tiny", fmt.Sprint("to", c.lose), `"qemu"`, `"`+driver+`"`).Replace(tinyDomain)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Restart(t.Context(), fakeserver.RestartOptions{LoseState: c.lose}); err != nil {
			t.Fatal(err)
		}
		if qemu, test := names("qemu"), names("test"); qemu != c.qemu || test != c.test {
			t.Errorf("lose %v: qemu has %q, test has %q; want %q, %q", c.lose, qemu, test, c.qemu, c.test)
		}
	}
}

// Another process may take a unix socket's path while the node is stopped.
func TestStartAgainWhereAnotherListens(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports(call.TCP, call.Unix))
	for _, path := range []string{s.Addr(call.Unix), s.SocketReadOnly()} {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		other, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.StartAgain(false); err == nil || !strings.Contains(err.Error(), "starting the node again: listen unix "+path) {
				t.Errorf("started again: %v", err)
			}
		}
		if !s.Stopped() {
			t.Error("the node is not stopped")
		}
		if _, err := net.Dial("tcp", s.Addr(call.TCP)); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("the other transport: %v", err)
		}
		if _, err := s.Dial(); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("memory: %v", err)
		}
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatalf("the other's socket: %v", err)
		}
		c.Close()
		other.Close()
		if err := s.StartAgain(false); err != nil {
			t.Fatal(err)
		}
		for _, way := range []string{"tcp", "unix", "unix-ro", "memory"} {
			mustConnect(t, s, way)
		}
	}
}

// TestRestartTwoHundredTimes has two nodes restart at the same time, and their
// clients come back to the same addresses each time.
func TestRestartTwoHundredTimes(t *testing.T) {
	nodes := []*fakeserver.Server{start(t, everywhere), start(t, everywhere)}
	round := func(s *fakeserver.Server, i int) error {
		for _, to := range []call.Transport{call.TCP, call.TLS, call.Unix} {
			network := map[bool]string{true: "unix", false: "tcp"}[to == call.Unix]
			c, err := net.Dial(network, s.Addr(to))
			if err != nil {
				return err
			}
			defer c.Close()
			if to == call.TLS {
				continue // stays in its handshake
			}
			if _, err := c.Write(openTest(1)); err != nil {
				return err
			}
			if _, err := io.ReadFull(c, make([]byte, 28)); err != nil {
				return err
			}
		}
		return s.Restart(context.Background(), fakeserver.RestartOptions{LoseState: i%2 == 0})
	}
	rounds := func(n int) {
		done := make(chan error)
		for _, s := range nodes {
			go func() {
				for i := range n {
					if err := round(s, i); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		for range nodes {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	}
	rounds(2)
	before, counted := descriptors(t)
	rounds(200)
	// The last clients' ends are closed, the node's by its restart.
	if after, _ := descriptors(t); counted && after > before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
}

func TestRestartWaitsByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := fakeserver.Start(context.Background(), fakeserver.WithTransports())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := memoryClient(t, s)
		c.send(openTest(1))
		c.ok(1)
		begin := time.Now()
		restarted := make(chan error)
		go func() { restarted <- s.Restart(t.Context(), fakeserver.RestartOptions{Down: time.Hour}) }()
		synctest.Wait()
		if _, err := s.Dial(); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("while it is down: %v", err)
		}
		if _, _, ok := c.receive(); ok {
			t.Error("a frame came from a node that is down")
		}
		if err := <-restarted; err != nil || time.Since(begin) != time.Hour {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		again := memoryClient(t, s)
		again.send(openTest(1))
		again.ok(1)

		// An end of the context cuts the time short.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Restart(ctx, fakeserver.RestartOptions{Down: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a context that ends: %v", err)
		}
		if s.Stopped() {
			t.Error("the node stays stopped")
		}
		// So does the node's end.
		go func() { restarted <- s.Restart(t.Context(), fakeserver.RestartOptions{Down: time.Hour}) }()
		synctest.Wait()
		s.Close()
		if err := <-restarted; err == nil || s.Stop() == nil || s.StartAgain(false) == nil {
			t.Errorf("a closed node restarts: %v", err)
		}
	})
}

func TestStopNamesWhatHoldsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		release := sync.OnceFunc(func() { close(hold) })
		s, err := fakeserver.Start(context.Background(), fakeserver.WithTransports(), fakeserver.WithInterceptor(
			func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
				if c.Procedure == rpc.ConnectGetType.Info {
					<-hold
				}
				return next(ctx, c)
			}))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		defer release()
		c := memoryClient(t, s)
		c.send(openTest(1))
		c.ok(1)
		c.send(request(3, 2))
		synctest.Wait()
		if err := s.Stop(); err == nil || !strings.Contains(err.Error(), "connection from memory") {
			t.Errorf("Stop: %v", err)
		}
		release()
		if err := s.StartAgain(false); err != nil {
			t.Error(err)
		}
	})
}
