package harness_test

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

func TestNodeFaults(t *testing.T) {
	t.Parallel()
	runFaultCases(t, nodeFaults())
}

// nodeFaults are the actions on the node's listeners and on its daemon.
func nodeFaults() []faultCase {
	at := []harness.Option{harness.WithManualClock(time.Unix(1e9, 0))}
	names := fault.On(rpc.ConnectGetHostname).Times(1)
	return []faultCase{
		{rule: fault.Node().Restart(fault.Kept, 0), client: goClient, over: allFour, late: true, test: restart},
		{rule: fault.Node().Restart(fault.Lost, 0), about: "lost", client: goClient, over: allFour, late: true, test: restart},
		{rule: names.Restart(fault.Kept, time.Minute), about: "by a call", client: goClient, over: allFour, opts: at, test: restartByCall},
		{rule: names.Restart(fault.Kept, 0), about: "by a call", client: virshClient, over: allFour, test: virshLoses("failed to get hostname", "hostname")},

		{rule: fault.Node().Refuse(), client: goClient, over: allFour, late: true, test: refuse},
		{rule: fault.Node().Refuse(), client: virshClient, over: []call.Transport{harness.TCP, harness.TLS, harness.Unix}, late: true, test: virshRefused},
		{rule: names.Refuse(), about: "by a call", client: goClient, over: allFour, late: true,
			test: func(t *testing.T, s *scene) {
				l := s.open(t)
				s.fault = s.host.Inject(fault.On(rpc.ConnectGetHostname).Skip(1).Do(s.rule.Action))
				for range 2 {
					s.unharmed(t)
					if err := l.hostname(); err != nil {
						t.Error(err)
					}
				}
				s.refused(t)
				s.hits(t, 1)
			}},

		{rule: fault.Node().StopAccepting(1), client: goClient, over: allFour, late: true, test: stopAccepting},
		{rule: fault.Node().StopAccepting(1), client: virshClient, over: bare, late: true, test: virshNotAccepted},
		{rule: fault.Node().MaxClients(1), client: goClient, over: allFour, test: maxClients},
		{rule: fault.Node().MaxClients(1), client: virshClient, over: allFour, test: virshTooMany},

		// Who pings is the C library alone, and by its own clock.
		{rule: fault.Node().NoKeepAlive(), client: virshClient, over: allFour, test: noKeepAlive},
		{rule: fault.Node().SlowStorage(time.Hour), client: goClient, over: allFour, opts: at, test: slowStorage},
		{rule: fault.Node().SlowStorage(time.Second), client: virshClient, over: bare, opts: at, test: virshSlowStorage},
		{rule: fault.Node().NoLease(), client: goClient, over: allFour, test: noLease},
		{rule: fault.Node().NoLease(), client: virshClient, over: bare, test: virshNoLease},
	}
}

// destroyed has the domain guest, which runs from the start, be shut off.
func (s *scene) destroyed(t *testing.T) {
	t.Helper()
	if err := s.host.Driver("qemu").DestroyDomain("guest"); err != nil {
		t.Fatal(err)
	}
}

func restart(t *testing.T, s *scene) {
	l := s.open(t)
	s.destroyed(t)
	uri := s.uri()
	s.fault = s.host.Inject(s.rule)
	await(t, s, "the end of the connection", l.Disconnected())
	if err := l.hostname(); err == nil {
		t.Error("the connection still works")
	}
	s.unharmed(t)
	want := libvirt.DomainShutoff
	if s.rule.Action.Restart.State == fault.Lost {
		want = libvirt.DomainRunning
	}
	s.state(t, want)
	if s.uri() != uri {
		t.Errorf("the node is at %s, was at %s", s.uri(), uri)
	}
	s.hits(t, 1)
}

func restartByCall(t *testing.T, s *scene) {
	s.destroyed(t)
	l := s.open(t)
	others := s.pending()
	if err := await(t, s, "the end of the call", begin(l.hostname)); !errors.Is(err, libvirt.ErrInterrupted) {
		t.Errorf("go-libvirt's error is %v", err)
	}
	s.waitTimers(t, others+1)
	s.host.Advance(time.Minute - 1)
	if w, err := s.tryOpen(t); err == nil {
		t.Errorf("a client is connected to a node that is stopped: %v", w.hostname())
	} else if s.transport == harness.Unix && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("go-libvirt's error is %v", err)
	}
	s.host.Advance(1)
	s.unharmed(t)
	s.state(t, libvirt.DomainShutoff)
	s.hits(t, 1)
}

// refused asserts that a client is refused.
func (s *scene) refused(t *testing.T) {
	t.Helper()
	if _, err := s.tryOpen(t); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("go-libvirt's error is %v", err)
	}
}

func refuse(t *testing.T, s *scene) {
	l := s.open(t)
	s.fault = s.host.Inject(s.rule)
	s.refused(t)
	if err := l.hostname(); err != nil {
		t.Errorf("a client from before: %v", err)
	}
	s.hits(t, 1)
	s.fault.Remove()
	s.unharmed(t)
}

func virshRefused(t *testing.T, s *scene) {
	s.fault = s.host.Inject(s.rule)
	want := "unable to connect to server at '" + s.host.Server.Addr(s.transport) + "': Connection refused"
	if s.transport == harness.Unix {
		want = "Failed to connect socket to '" + s.host.Server.Addr(s.transport) + "': Connection refused"
	}
	s.virsh(t, "hostname").says(t, s, "error: failed to connect to the hypervisor\nerror: "+want)
	s.fault.Remove()
	s.virsh(t, "hostname").says(t, s, "node")
}

// connecting begins to connect a client.
func (s *scene) connecting(t *testing.T) <-chan error {
	return begin(func() error {
		w, err := s.tryOpen(t)
		if err != nil {
			return err
		}
		return w.hostname()
	})
}

func stopAccepting(t *testing.T, s *scene) {
	l := s.open(t)
	s.fault = s.host.Inject(s.rule)
	done := s.connecting(t)
	if err := l.hostname(); err != nil {
		t.Errorf("a client from before: %v", err)
	}
	if returned(done) || len(s.host.Server.Journal().Connections()) != 1 {
		t.Error("a client was taken up")
	}
	s.hits(t, 1)
	s.fault.Remove()
	if err := await(t, s, "the connection", done); err != nil {
		t.Error(err)
	}
}

func virshNotAccepted(t *testing.T, s *scene) {
	l := s.open(t)
	s.fault = s.host.Inject(s.rule)
	p := s.virsh(t, "hostname")
	if err := l.hostname(); err != nil {
		t.Errorf("a client from before: %v", err)
	}
	if !p.running() || len(s.host.Server.Journal().Connections()) != 1 {
		t.Error("virsh was taken up")
	}
	s.fault.Remove()
	p.says(t, s, "node")
}

func maxClients(t *testing.T, s *scene) {
	l := s.open(t)
	done := s.connecting(t)
	if err := l.hostname(); err != nil || returned(done) || s.host.Server.Clients() != 1 {
		t.Errorf("%d clients are connected, and the first: %v", s.host.Server.Clients(), err)
	}
	if err := goodbye(l.Disconnect()); err != nil {
		t.Error(err)
	}
	if err := await(t, s, "the second connection", done); err != nil {
		t.Error(err)
	}
	third := s.connecting(t)
	s.fault.Remove()
	if err := await(t, s, "the third connection", third); err != nil {
		t.Error(err)
	}
	s.hits(t, 1)
}

func virshTooMany(t *testing.T, s *scene) {
	l := s.open(t)
	p := s.virsh(t, "hostname")
	if err := l.hostname(); err != nil || !p.running() {
		t.Errorf("the first client: %v; or virsh was taken up", err)
	}
	if err := goodbye(l.Disconnect()); err != nil {
		t.Error(err)
	}
	p.says(t, s, "node")
}

// noKeepAlive asserts that virsh gives a node up that answers no ping.
func noKeepAlive(t *testing.T, s *scene) {
	hang := s.host.Inject(fault.On(rpc.ConnectGetHostname).Hang())
	p := s.virsh(t, "-k", "1", "-K", "1", "hostname")
	p.says(t, s, "error: failed to get hostname\nerror: internal error: connection closed due to keepalive timeout")
	s.hits(t, 1)
	s.fault.Remove()
	// Now the pings are answered, and virsh waits.
	p = s.virsh(t, "-k", "1", "-K", "1", "hostname")
	if err := hang.Wait(s.ctx, 2); err != nil {
		t.Fatal(err)
	}
	hang.Remove()
	p.says(t, s, "node")
}

func slowStorage(t *testing.T, s *scene) {
	l := s.open(t)
	others := s.pending()
	done := begin(func() error { _, _, err := l.ConnectListAllStoragePools(1, 0); return err })
	s.waitTimers(t, others+1)
	s.host.Advance(time.Hour - 1)
	if err := l.hostname(); err != nil || returned(done) {
		t.Errorf("the call was answered before its time, or another not: %v", err)
	}
	s.host.Advance(1)
	if err := await(t, s, "the list", done); err != nil {
		t.Error(err)
	}
	s.hits(t, 1)
}

func virshSlowStorage(t *testing.T, s *scene) {
	p := s.virsh(t, "pool-list", "--name")
	s.hit(t, 1)
	s.waitTimers(t, 2) // with that of the client's keepalive
	if s.host.Advance(time.Second - 1); !p.running() {
		t.Error("the list came before its time")
	}
	s.host.Advance(1)
	p.says(t, s, "")
}

const lan = `<network><name>lan</name><bridge name='virbr9'/><forward/><ip address='192.0.2.1' netmask='255.255.255.0'><dhcp><range start='192.0.2.2' end='192.0.2.9'/></dhcp></ip></network>`

// leased has the network lan give a lease.
func (s *scene) leased(t *testing.T) {
	t.Helper()
	if _, err := s.host.Driver("qemu").CreateNetwork(lan); err != nil {
		t.Fatal(err)
	}
	s.host.Inject(fault.On(rpc.NetworkGetDhcpLeases).Answer(&libvirt.NetworkGetDhcpLeasesRet{Ret: 1, Leases: []libvirt.NetworkDhcpLease{{
		Iface: "virbr9", Expirytime: 1e9, Mac: libvirt.OptString{"52:54:00:00:00:01"}, Ipaddr: "192.0.2.2", Prefix: 24, Hostname: libvirt.OptString{"guest"},
	}}}))
}

func noLease(t *testing.T, s *scene) {
	s.leased(t)
	l := s.open(t)
	net, err := l.NetworkLookupByName("lan")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{0, 1} {
		leases, n, err := l.NetworkGetDhcpLeases(net, nil, 1, 0)
		if len(leases) != want || int(n) != want || err != nil {
			t.Errorf("%d leases, %d, %v; want %d", len(leases), n, err, want)
		}
		s.hits(t, 1)
		s.fault.Remove()
	}
}

func virshNoLease(t *testing.T, s *scene) {
	s.leased(t)
	const head = "Expiry Time   MAC address   Protocol   IP address   Hostname   Client ID or DUID"
	p := s.virsh(t, "net-dhcp-leases", "lan")
	await(t, s, "the end of virsh", p.done)
	if got := strings.Split(strings.TrimSpace(p.out.String()), "\n"); len(got) != 2 || got[0] != head {
		t.Errorf("virsh prints %q %s", got, p.err.String())
	}
	s.fault.Remove()
	p = s.virsh(t, "net-dhcp-leases", "lan")
	await(t, s, "the end of virsh", p.done)
	if !strings.Contains(p.out.String(), "52:54:00:00:00:01   ipv4       192.0.2.2/24   guest") {
		t.Errorf("virsh prints %q", p.out.String())
	}
}
