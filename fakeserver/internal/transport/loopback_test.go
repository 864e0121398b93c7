package transport

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
)

// freePorts returns ports that are free on most of the loopback addresses.
func freePorts(t *testing.T, n int) []uint16 {
	t.Helper()
	var ports []uint16
	for range n {
		l, err := net.Listen("tcp4", netip.AddrPortFrom(randomLoopback(), 0).String())
		if err != nil {
			t.Skipf("no loopback addresses but 127.0.0.1: %v", err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).AddrPort().Port())
	}
	return ports
}

// sequence offers these addresses, and then the last one for ever.
func sequence(addrs ...netip.Addr) func(int) (netip.Addr, bool) {
	return func(try int) (netip.Addr, bool) { return addrs[min(try, len(addrs)-1)], true }
}

func TestListenLoopback(t *testing.T) {
	t.Parallel()
	ports := freePorts(t, 3)
	taken, free := randomLoopback(), randomLoopback()
	first := listenLoopback(ports[:2], sequence(taken))
	defer first.Close()
	if len(first.Doors) != 2 || len(first.Failed) != 0 {
		t.Fatalf("listening on %d ports, and not: %v", len(first.Doors), first.Failed)
	}
	// The last port is free there, but its own address has all three.
	second := listenLoopback([]uint16{ports[2], ports[1], ports[0]}, sequence(taken, taken, free))
	defer second.Close()
	if second.Addr != free || len(second.Doors) != 3 || len(second.Failed) != 0 {
		t.Errorf("has %s with %d ports, and not: %v; want %s", second.Addr, len(second.Doors), second.Failed, free)
	}
	for port, d := range second.Doors {
		if want := netip.AddrPortFrom(free, port).String(); d.Addr().String() != want {
			t.Errorf("listening on %s, want %s", d.Addr(), want)
		}
	}
	// Nothing was left behind on the address that was tried.
	l, err := net.Listen("tcp4", netip.AddrPortFrom(taken, ports[2]).String())
	if err != nil {
		t.Error(err)
	} else {
		l.Close()
	}
}

// A port that is taken everywhere is given up after some tries; the others are
// had all the same.
func TestListenLoopbackGivesUp(t *testing.T) {
	t.Parallel()
	ports := freePorts(t, 2)
	addr := randomLoopback()
	blocker := listenLoopback(ports[:1], sequence(addr))
	defer blocker.Close()
	tries := 0
	got := listenLoopback(ports, func(int) (netip.Addr, bool) {
		tries++
		return addr, true
	})
	defer got.Close()
	if tries != loopbackTries {
		t.Errorf("%d tries, want %d", tries, loopbackTries)
	}
	if got.Doors[ports[1]] == nil || got.Doors[ports[0]] != nil || !errors.Is(got.Failed[ports[0]], syscall.EADDRINUSE) {
		t.Errorf("has %v, and not %v", got.Doors, got.Failed)
	}
	if at := ListenLoopbackAt(addr, ports[:1]); len(at.Doors) != 0 || !errors.Is(at.Failed[ports[0]], syscall.EADDRINUSE) {
		t.Errorf("at a taken address it has %v, and not %v", at.Doors, at.Failed)
	}
}

func TestRandomLoopback(t *testing.T) {
	t.Parallel()
	for range 10_000 {
		if addr := randomLoopback(); !OwnLoopback(addr) || addr.As4()[3] == 0 || addr.As4()[3] == 255 {
			t.Fatalf("%s", addr)
		}
	}
	for _, not := range []string{"127.0.0.1", "127.0.1.1", "10.1.1.1", "::1"} {
		if OwnLoopback(netip.MustParseAddr(not)) {
			t.Errorf("a node may have %s to itself", not)
		}
	}
}
