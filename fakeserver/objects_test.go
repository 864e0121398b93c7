package fakeserver_test

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

const lanNetwork = "<network><name>lan</name><forward mode='nat'/><ip address='10.5.5.1' netmask='255.255.255.0'/></network>"

func driverOf(t testing.TB, s *fakeserver.Server, name string) *fakeserver.Driver {
	t.Helper()
	d, err := s.Driver(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// busy brings a node into a state with something of everything.
func busy(t testing.TB, s *fakeserver.Server) {
	t.Helper()
	q := driverOf(t, s, "qemu")
	_, err := q.DefineNetwork(lanNetwork)
	must(t, err)
	must(t, q.StartNetwork("lan"))
	must(t, q.SetNetworkAutostart("lan", true))
	for _, name := range []string{"off", "up", "paused", "crashed"} {
		_, err := q.DefineDomain(guest(name))
		must(t, err)
	}
	_, err = q.CreateDomain(guest("transient"))
	must(t, err)
	for _, name := range []string{"up", "paused", "crashed"} {
		must(t, q.StartDomain(name))
	}
	must(t, q.SuspendDomain("paused"))
	must(t, q.RebootDomain("paused"))
	must(t, q.CrashDomain("crashed"))
	must(t, q.SetDomainAutostart("up", true))
	must(t, driverOf(t, s, "test").DestroyDomain("test"))
}

func guest(name string) string {
	return "<domain type='kvm'><name>" + name + "</name><memory>65536</memory><os><type>hvm</type></os><devices>" +
		"<interface type='network'><source network='lan'/></interface><serial type='pty'/><graphics type='vnc' passwd='secret'/>" +
		"</devices></domain>"
}

// TestObjectsOfANodeMakeAnother asks two nodes the same through virsh.
func TestObjectsOfANodeMakeAnother(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	s := start(t, fakeserver.WithTransports(call.Unix))
	busy(t, s)
	opts := []fakeserver.Option{fakeserver.WithTransports(call.Unix), fakeserver.WithSeed(42)}
	for _, name := range []string{"qemu", "test"} {
		opts = append(opts, fakeserver.WithObjects(name, driverOf(t, s, name).Objects()))
	}
	again := start(t, opts...)
	for _, name := range []string{"qemu", "test"} {
		if diff := cmp.Diff(driverOf(t, s, name).Objects(), driverOf(t, again, name).Objects()); diff != "" {
			t.Errorf("%s (-first +second):\n%s", name, diff)
		}
	}
	for _, command := range []string{
		"list --all --title", "list --all --autostart", "net-list --all", "pool-list --all", "iface-list --all", "nodedev-list",
		"dumpxml up", "dumpxml --inactive up", "dumpxml --security-info paused", "domstate --reason crashed",
		"domstate --reason paused", "dominfo transient", "net-dumpxml lan", "domid paused", "vncdisplay up", "domiflist transient",
	} {
		ask := func(s *fakeserver.Server) string {
			uri, err := s.URI(call.Unix, "qemu:///system")
			must(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			out, err := exec.CommandContext(ctx, virsh, append([]string{"-c", uri}, strings.Fields(command)...)...).CombinedOutput()
			if err != nil {
				t.Errorf("%s: %v\n%s", command, err, out)
			}
			return string(out)
		}
		// The CPU time of a domain that runs goes on.
		if diff := cmp.Diff(withoutCPUTime(ask(s)), withoutCPUTime(ask(again))); diff != "" {
			t.Errorf("virsh %s (-first +second):\n%s", command, diff)
		}
	}
}

func withoutCPUTime(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "CPU time:") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestWithObjectsReplacesOnlyTheFirstObjects(t *testing.T) {
	t.Parallel()
	s := start(t,
		fakeserver.WithTransports(),
		fakeserver.WithRunningDomainXML("test", strings.ReplaceAll(tinyDomain, `"qemu"`, `"test"`)),
		fakeserver.WithObjects("test", fakeserver.Objects{
			Domains: []fakeserver.DomainObject{{XML: "<domain type='test'><name>replaced</name><memory>1024</memory><os><type>hvm</type></os></domain>"}},
		}),
		fakeserver.WithObjects("test", fakeserver.Objects{
			Domains: []fakeserver.DomainObject{{XML: "<domain type='test'><name>own</name><memory>1024</memory><os><type>hvm</type></os></domain>", State: "paused", ID: 5}},
		}))
	var names []string
	for _, dom := range driverOf(t, s, "test").Domains() {
		names = append(names, dom.Name)
		if dom.Name == "own" && dom.ID != 5 || dom.Name == "tiny" && dom.ID != 6 {
			t.Errorf("%s has the id %d", dom.Name, dom.ID)
		}
	}
	if diff := cmp.Diff([]string{"own", "tiny"}, names); diff != "" {
		t.Errorf("domains (-want +got):\n%s", diff)
	}
	if all := driverOf(t, s, "test").Networks(); len(all) != 0 {
		t.Errorf("networks %v", all)
	}
	if all := driverOf(t, s, "qemu").Objects().NodeDevices; len(all) == 0 {
		t.Error("the other driver lost its objects")
	}
}

func TestBadObjectsFailStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		driver string
		o      fakeserver.Objects
		want   string
	}{
		"driver": {"xen", fakeserver.Objects{}, `an object for driver "xen", which the node does not have: it has [qemu test]`},
		"network": {"test", fakeserver.Objects{Networks: []fakeserver.NetworkObject{{XML: "<network>"}}},
			"driver test: network 0: (network_definition):1: Premature end of data"},
		"state": {"qemu", fakeserver.Objects{Domains: []fakeserver.DomainObject{{XML: tinyDomain, State: "up"}}},
			`driver qemu: domain 0: no state "up"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := fakeserver.Start(t.Context(), fakeserver.WithTransports(), fakeserver.WithObjects(c.driver, c.o))
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

func TestNetworksInGo(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports())
	q := driverOf(t, s, "qemu")
	net, err := q.DefineNetwork(lanNetwork)
	must(t, err)
	if found, err := q.Network("lan"); err != nil || found != net {
		t.Errorf("network %v, %v", found, err)
	}
	must(t, q.StartNetwork("lan"))
	if active, err := q.NetworkActive("lan"); err != nil || !active {
		t.Errorf("active is %v, %v", active, err)
	}
	if xml, err := q.NetworkXML("lan", 0); err != nil || !strings.Contains(xml, "<name>lan</name>") {
		t.Errorf("%s%v", xml, err)
	}
	must(t, q.DestroyNetwork("lan"))
	must(t, q.UndefineNetwork("lan"))
	_, err = q.CreateNetwork(lanNetwork)
	must(t, err)
	must(t, q.RemoveNetwork("lan"))
	for name, err := range map[string]error{
		"StartNetwork": q.StartNetwork("lan"), "RemoveNetwork": q.RemoveNetwork("lan"), "SetNetworkAutostart": q.SetNetworkAutostart("lan", true),
	} {
		var e *fakeserver.Error
		if !errors.As(err, &e) || e.Code != libvirt.ErrNoNetwork {
			t.Errorf("%s of no network: %v", name, err)
		}
	}
}

// TestEventsThatATestMakes lets a client see a crash, a removal and a storm.
func TestEventsThatATestMakes(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports(), fakeserver.WithRunningDomainXML("qemu", tinyDomain))
	l := libvirt.NewWithDialer(memoryDialer{s})
	must(t, l.ConnectToURI("qemu:///system"))
	defer l.Disconnect()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	events, err := l.LifecycleEvents(ctx)
	must(t, err)
	next := func(event libvirt.DomainEventType, detail int32) {
		t.Helper()
		select {
		case e := <-events:
			if e.Event != int32(event) || e.Detail != detail {
				t.Errorf("event %d, %d, want %d, %d", e.Event, e.Detail, event, detail)
			}
		case <-time.After(patience):
			t.Fatal("no event")
		}
	}
	q := driverOf(t, s, "qemu")
	must(t, q.StormDomain("tiny", 5))
	for i := range 5 {
		next([]libvirt.DomainEventType{libvirt.DomainEventSuspended, libvirt.DomainEventResumed}[i%2], 0)
	}
	must(t, q.EmitDomainLifecycle("tiny", libvirt.DomainEventPmsuspended, 1))
	next(libvirt.DomainEventPmsuspended, 1)
	must(t, q.CrashDomain("tiny"))
	next(libvirt.DomainEventStopped, int32(libvirt.DomainEventStoppedFailed))
	if state, reason, err := q.DomainState("tiny"); err != nil || state != libvirt.DomainShutoff || reason != int32(libvirt.DomainShutoffCrashed) {
		t.Errorf("state %v, %d, %v", state, reason, err)
	}
	must(t, q.RemoveDomain("tiny"))
	next(libvirt.DomainEventUndefined, int32(libvirt.DomainEventUndefinedRemoved))
	var e *fakeserver.Error
	if err := q.CrashDomain("tiny"); !errors.As(err, &e) || e.Code != libvirt.ErrNoDomain {
		t.Errorf("a crash of no domain: %v", err)
	}
}
