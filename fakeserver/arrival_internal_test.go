package fakeserver

import (
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// ended returns once the node has given back what n clients held, or fails.
func ended(t *testing.T, s *Server, before int) {
	t.Helper()
	count := func() (owned, armed int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.armed.mu.Lock()
		defer s.armed.mu.Unlock()
		return len(s.closer), len(s.armed.list)
	}
	for deadline := time.Now().Add(2 * time.Minute); ; runtime.Gosched() {
		owned, armed := count()
		if owned == before && armed == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the node keeps %d things to close, %d before the first client, and faults of %d connections", owned, before, armed)
		}
	}
}

// TestConnectionsLeaveNothing counts what a node keeps of clients that have left,
// under a rule about all of them.
func TestConnectionsLeaveNothing(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), WithTransports(call.TCP, call.TLS, call.Unix))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Inject(fault.Connections().Throttle(fault.ToClient, 1<<30)); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	before := len(s.closer)
	s.mu.Unlock()
	for range 10 {
		nc, err := s.Dial()
		if err != nil {
			t.Fatal(err)
		}
		nc.Close()
		tlsConn, err := net.Dial("tcp", s.Addr(call.TLS)) // leaves during the handshake
		if err != nil {
			t.Fatal(err)
		}
		tlsConn.Close()
	}
	ended(t, s, before)
}

// TestCloseDoesNotWaitForAClientThatWasCut closes a node whose clock stands still
// while a client does not close the connection that a fault has cut.
func TestCloseDoesNotWaitForAClientThatWasCut(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), WithTransports(call.TCP), WithClock(clock.NewManual(time.Unix(1_700_000_000, 0))))
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Inject(fault.On(rpc.ConnectGetLibVersion).Cut(fault.ToClient, 10))
	if err != nil {
		t.Fatal(err)
	}
	nc, err := net.Dial("tcp", s.Addr(call.TCP))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	frame := rpc.AppendHeader(nil, rpc.Header{Program: rpc.ProgramRemote, Version: rpc.ProtocolVersion, Procedure: 157, Serial: 1})
	rpc.FinishFrame(frame, 0)
	if _, err := nc.Write(frame); err != nil {
		t.Fatal(err)
	}
	if err := h.Wait(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
