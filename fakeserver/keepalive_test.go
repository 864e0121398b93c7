package fakeserver_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

var (
	ping        = rpc.Header{Program: rpc.ProgramKeepalive, Version: 1, Procedure: rpc.KeepalivePing, Type: rpc.TypeMessage}
	pong        = rpc.Header{Program: rpc.ProgramKeepalive, Version: 1, Procedure: rpc.KeepalivePong, Type: rpc.TypeMessage}
	askFeature  = request(60, 1, words(10))
	bubbleLimit = 24 * time.Hour
)

// bubble runs a node and a client of it in time that costs nothing.
func bubble(t *testing.T, test func(t *testing.T, c *client), opts ...fakeserver.Option) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, append(opts, fakeserver.WithTransports())...)
		c := memoryClient(t, s)
		if err := c.SetDeadline(time.Now().Add(bubbleLimit)); err != nil {
			t.Fatal(err)
		}
		test(t, c)
		c.Close()
	})
}

// expect fails the test unless the next frame is want and comes after elapsed.
func (c *client) expect(want rpc.Header, begin time.Time, elapsed time.Duration) {
	c.t.Helper()
	h, _, ok := c.receive()
	if !ok || h != want || time.Since(begin) != elapsed {
		c.t.Fatalf("got %+v (open: %v) after %v, want %+v after %v", h, ok, time.Since(begin), want, elapsed)
	}
}

func TestKeepAliveDropsASilentClient(t *testing.T) {
	bubble(t, func(t *testing.T, c *client) {
		begin := time.Now()
		c.send(askFeature)
		c.ok(1)
		c.expect(ping, begin, 1*time.Second)
		c.expect(ping, begin, 2*time.Second)
		c.ended()
		if got := time.Since(begin); got != 3*time.Second {
			t.Errorf("the connection ended after %v, want 3s", got)
		}
	}, fakeserver.WithKeepAlive(time.Second, 2))
}

func TestKeepAliveAnyFrameIsASignOfLife(t *testing.T) {
	bubble(t, func(t *testing.T, c *client) {
		begin := time.Now()
		c.send(askFeature)
		c.ok(1)
		c.expect(ping, begin, 5*time.Second)
		c.send(frame(pong))
		c.expect(ping, begin, 10*time.Second)
		time.Sleep(time.Second) // of the bubble's time
		c.send(request(66, 2))
		c.ok(2)
		for i := range 5 {
			c.expect(ping, begin, time.Duration(16+5*i)*time.Second)
		}
		c.ended()
		if got := time.Since(begin); got != 41*time.Second {
			t.Errorf("the connection ended after %v, want 41s", got)
		}
	})
}

func TestKeepAliveIsSilentUnlessAskedFor(t *testing.T) {
	bubble(t, func(t *testing.T, c *client) {
		begin := time.Now()
		if err := c.SetReadDeadline(begin.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if h, _, err := c.r.Next(); err == nil || time.Since(begin) != time.Hour {
			t.Errorf("after %v came %+v, %v; want nothing for an hour", time.Since(begin), h, err)
		}
	})
}

func TestPingIsAnsweredWhileACallIsSlow(t *testing.T) {
	g := newGate(rpc.AuthList.Info)
	s := start(t, fakeserver.WithInterceptor(g.intercept))
	c := dialUnix(t, s.Addr(call.Unix))
	c.send(request(66, 1), frame(ping))
	if h, payload, ok := c.receive(); !ok || h != pong || len(payload) != 0 {
		t.Fatalf("got %+v %x %v, want a PONG", h, payload, ok)
	}
	g.release()
	c.ok(1)
}
