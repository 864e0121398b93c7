package fakeserver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// silent reports whether nothing comes for a moment from a client that has a call
// to be answered. The moment decides nothing for one that must hear nothing; a
// node that answers does so well within it.
func silent(c *client) bool {
	c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	defer c.SetReadDeadline(time.Now().Add(patience))
	_, _, err := c.r.Next()
	var nerr net.Error
	return errors.As(err, &nerr) && nerr.Timeout()
}

// TestMaxClientsAsTheRealDaemon plays the same with libvirtd and with a node.
func TestMaxClientsAsTheRealDaemon(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		socket func(t *testing.T) string
	}{
		{"fake", func(t *testing.T) string { return start(t, fakeserver.WithMaxClients(2)).Addr(call.Unix) }},
		{"real", func(t *testing.T) string {
			return testdaemon.Start(t, "max_clients = 2", "max_anonymous_clients = 1").Socket
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			socket := c.socket(t)
			first, second := dialUnix(t, socket), dialUnix(t, socket)
			for _, c := range []*client{first, second} {
				c.send(openTest(1))
				c.ok(1)
			}
			third := dialUnix(t, socket) // connects
			third.send(openTest(1))
			if !silent(third) {
				t.Fatal("a third client was answered")
			}
			first.Close()
			third.ok(1)
			fourth, fifth := dialUnix(t, socket), dialUnix(t, socket)
			fourth.send(openTest(1))
			fifth.send(openTest(1))
			if !silent(fourth) || !silent(fifth) {
				t.Fatal("a fourth or fifth client was answered")
			}
			// One that gives up while it waits takes nobody's place for long.
			fourth.Close()
			second.send(request(2, 2))
			second.ok(2)
			fifth.ok(1)
		})
	}
}

func TestMaxClientsOnEveryTransport(t *testing.T) {
	t.Parallel()
	s := start(t, everywhere, fakeserver.WithMaxClients(1))
	for _, way := range ways {
		holder := memoryClient(t, s)
		holder.send(openTest(1))
		holder.ok(1)
		connected := make(chan error, 1)
		var l *libvirt.Libvirt
		go func() {
			var err error
			l, err = connect(s, way)
			connected <- err
		}()
		select {
		case err := <-connected:
			t.Fatalf("%s: a second client got in: %v", way, err)
		case <-time.After(30 * time.Millisecond): // decides nothing if all is well
		}
		if n := s.Clients(); n != 1 {
			t.Errorf("%s: %d clients", way, n)
		}
		holder.Close()
		if err := <-connected; err != nil {
			t.Fatalf("%s: %v", way, err)
		}
		if n := s.Clients(); n != 1 {
			t.Errorf("%s: %d clients once one has left", way, n)
		}
		// Over SSH the channel may be closed already when go-libvirt closes it.
		if err := l.Disconnect(); err != nil && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	}
	// A changed limit lets those in who wait, and sends nobody away.
	first, second := memoryClient(t, s), memoryClient(t, s)
	second.send(openTest(1))
	first.send(openTest(1))
	first.ok(1)
	s.SetMaxClients(2)
	second.ok(1)
	s.SetMaxClients(0)
	first.send(request(2, 2))
	first.ok(2)
	if _, err := fakeserver.Start(t.Context(), fakeserver.WithMaxClients(0)); err == nil || err.Error() != "max_clients is 0: want at least 1" {
		t.Errorf("no clients at all: %v", err)
	}
}

// A client that waits in the backlog is gone after a restart, on SSH as elsewhere.
func TestStopEndsThoseWhoWait(t *testing.T) {
	t.Parallel()
	s := start(t, everywhere, fakeserver.WithMaxClients(1))
	for _, way := range []string{"tcp", "unix", "ssh", "memory"} {
		holder := memoryClient(t, s)
		holder.send(openTest(1))
		holder.ok(1)
		connected := make(chan error, 1)
		go func() {
			_, err := connect(s, way)
			connected <- err
		}()
		// Whether it has come as far as the backlog by then or finds nobody
		// listening: it fails.
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := <-connected; err == nil {
			t.Errorf("%s: connected to a node that stopped", way)
		}
		if err := s.StartAgain(false); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStopAccepting(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the backlog of a socket changes on Linux alone")
	}
	const backlog = 3
	s := start(t, everywhere)
	for _, of := range []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH} {
		network := map[bool]string{true: "unix", false: "tcp"}[of == call.Unix]
		before := mustConnect(t, s, string(of))
		undo, err := s.StopAccepting(backlog, of)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := before.ConnectGetHostname(); err != nil {
			t.Errorf("%s: the connection from before: %v", of, err)
		}
		var waiting []net.Conn
		for range backlog {
			c, err := net.Dial(network, s.Addr(of))
			if err != nil {
				t.Fatalf("%s: %v", of, err)
			}
			waiting = append(waiting, c)
		}
		_, err = net.DialTimeout(network, s.Addr(of), 50*time.Millisecond)
		var timeout net.Error
		if !errors.Is(err, syscall.EAGAIN) && !(errors.As(err, &timeout) && timeout.Timeout()) {
			t.Errorf("%s: one more than the backlog: %v", of, err)
		}
		for other := range strings.SplitSeq("tcp tls unix ssh memory", " ") {
			if other != string(of) {
				mustConnect(t, s, other)
			}
		}
		// On TCP the connection itself waits, and comes through in the end.
		late := make(chan error, 1)
		if of == call.TCP {
			go func() {
				l, err := connect(s, "tcp")
				if err == nil {
					err = l.Disconnect()
				}
				late <- err
			}()
		} else {
			late <- nil
		}
		if err := undo(); err != nil {
			t.Fatal(err)
		}
		for _, nc := range waiting {
			if of == call.TCP || of == call.Unix {
				c := newClient(t, nc)
				c.send(openTest(1))
				c.ok(1)
			}
			nc.Close()
		}
		if err := <-late; err != nil {
			t.Errorf("%s: who waited for a connection: %v", of, err)
		}
		mustConnect(t, s, string(of))
	}
	if _, err := s.StopAccepting(-1); err == nil {
		t.Error("a negative backlog is taken")
	}
}

func TestStopAcceptingInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := fakeserver.Start(t.Context(), fakeserver.WithTransports())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var undo []func() error
		for _, backlog := range []int{5, 0, 2} { // the smallest counts
			u, err := s.StopAccepting(backlog)
			if err != nil {
				t.Fatal(err)
			}
			undo = append(undo, u)
		}
		dialed := make(chan net.Conn)
		go func() {
			c, err := s.DialContext(t.Context())
			if err != nil {
				t.Error(err)
			}
			dialed <- c
		}()
		synctest.Wait()
		select {
		case <-dialed:
			t.Fatal("Dial has returned")
		default:
		}
		if err := undo[1](); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, <-dialed)
		c.send(openTest(1))
		synctest.Wait()
		if s.Clients() != 0 {
			t.Error("a connection was accepted")
		}
		if err := errors.Join(undo[0](), undo[2]()); err != nil {
			t.Fatal(err)
		}
		c.ok(1)
		if s.Clients() != 1 {
			t.Errorf("%d clients", s.Clients())
		}
		// A restart while nobody accepts leaves it at that.
		u, err := s.StopAccepting(1)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Restart(t.Context(), fakeserver.RestartOptions{}); err != nil {
			t.Fatal(err)
		}
		waiting := memoryClient(t, s)
		waiting.send(openTest(1))
		synctest.Wait()
		if s.Clients() != 0 {
			t.Error("a connection was accepted after a restart")
		}
		if err := u(); err != nil {
			t.Fatal(err)
		}
		waiting.ok(1)
	})
}

// TestVirshWaits has virsh hang because the node is full, or accepts nobody with
// its backlog full, and go on once that ends.
func TestVirshWaits(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	s := start(t, fakeserver.WithTransports(call.TCP, call.Unix), fakeserver.WithMaxClients(1))
	for _, of := range []call.Transport{call.TCP, call.Unix} {
		network := map[bool]string{true: "unix", false: "tcp"}[of == call.Unix]
		uri, err := s.URI(of, "test:///default")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name  string
			begin func(t *testing.T) (end func())
		}{
			{"full", func(t *testing.T) func() {
				holder := memoryClient(t, s)
				holder.send(openTest(1))
				holder.ok(1)
				return func() { holder.Close() }
			}},
			{"not accepting", func(t *testing.T) func() {
				undo, err := s.StopAccepting(1)
				if err != nil {
					t.Fatal(err)
				}
				waiting, err := net.Dial(network, s.Addr(of))
				if err != nil {
					t.Fatal(err)
				}
				return func() {
					waiting.Close()
					if err := undo(); err != nil {
						t.Error(err)
					}
				}
			}},
		} {
			t.Run(string(of)+" "+c.name, func(t *testing.T) {
				end := c.begin(t)
				cmd := exec.Command(virsh, "-c", uri, "list", "--name")
				var out bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &out
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- cmd.Wait() }()
				select {
				case err := <-ended:
					t.Errorf("virsh did not wait: %v, %q", err, out.String())
					end()
					return
				case <-time.After(200 * time.Millisecond): // decides nothing if all is well
				}
				end()
				if err := <-ended; err != nil || strings.TrimSpace(out.String()) != "test" {
					t.Errorf("in the end: %v, %q", err, out.String())
				}
			})
		}
	}
}

// Whatever is asked of the node at the same time, nothing is lost or left behind.
func TestNodeChangesAtTheSameTime(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports(call.TCP, call.Unix))
	done := make(chan error)
	rounds := func(f func(i int) error) {
		go func() {
			for i := range 50 {
				if err := f(i); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	rounds(func(int) error {
		if err := s.Restart(t.Context(), fakeserver.RestartOptions{}); err != nil && err.Error() != "the node is stopped already" {
			return err
		}
		return nil
	})
	rounds(func(int) error {
		if err := s.Restart(t.Context(), fakeserver.RestartOptions{LoseState: true}); err != nil && err.Error() != "the node is stopped already" {
			return err
		}
		return nil
	})
	rounds(func(int) error {
		undo, err := s.Refuse()
		if err != nil {
			return err
		}
		return undo()
	})
	rounds(func(i int) error {
		undo, err := s.StopAccepting(i%3, call.TCP)
		if err != nil {
			return err
		}
		s.SetMaxClients(i % 3)
		return undo()
	})
	rounds(func(int) error {
		for _, at := range []struct{ network, address string }{{"tcp", s.Addr(call.TCP)}, {"unix", s.Addr(call.Unix)}} {
			// Anything may come of it, but a connection that nobody ends.
			c, err := net.DialTimeout(at.network, at.address, 20*time.Millisecond)
			if err != nil {
				continue
			}
			c.SetDeadline(time.Now().Add(20 * time.Millisecond))
			if _, err := c.Write(openTest(1)); err == nil {
				c.Read(make([]byte, 28))
			}
			c.Close()
		}
		return nil
	})
	for range 5 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	s.SetMaxClients(0)
	if s.Stopped() {
		t.Fatal("the node is stopped in the end")
	}
	c := dialUnix(t, s.Addr(call.Unix))
	c.send(openTest(1), request(int32(rpc.ConnectGetHostname.Info.Number), 2))
	c.ok(1)
	c.ok(2)
}

func ExampleServer_Restart() {
	s, err := fakeserver.Start(context.Background(), fakeserver.WithTransports(call.TCP))
	if err != nil {
		panic(err)
	}
	defer s.Close()
	uri, err := s.URI(call.TCP, "qemu:///system")
	if err != nil {
		panic(err)
	}
	u, err := url.Parse(uri)
	if err != nil {
		panic(err)
	}
	l, err := libvirt.ConnectToURI(u)
	if err != nil {
		panic(err)
	}
	if _, err := l.ConnectGetHostname(); err != nil {
		panic(err)
	}
	if err := s.Restart(context.Background(), fakeserver.RestartOptions{}); err != nil {
		panic(err)
	}
	<-l.Disconnected()
	fmt.Println("disconnected")
	l, err = libvirt.ConnectToURI(u) // the same address
	if err != nil {
		panic(err)
	}
	defer l.Disconnect()
	fmt.Println("connected again")
	// Output:
	// disconnected
	// connected again
}
