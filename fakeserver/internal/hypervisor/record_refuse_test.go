package hypervisor_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// short is a definition as a person writes it.
func short(name, devices string) hypervisor.DomainObject {
	return hypervisor.DomainObject{XML: document(name, devices)}
}

func with(o hypervisor.DomainObject, change func(*hypervisor.DomainObject)) hypervisor.DomainObject {
	change(&o)
	return o
}

const lanXML = "<network><name>lan</name><bridge name='virbr5'/></network>"

func TestSetObjectsFillsIn(t *testing.T) {
	t.Parallel()
	st := newQEMU(t, 0)
	const nic = "<interface type='network'><source network='lan'/></interface><serial type='pty'/>"
	err := st.SetObjects(hypervisor.Objects{
		Networks: []hypervisor.NetworkObject{{XML: lanXML, Active: true, Autostart: true}},
		Pools:    []hypervisor.PoolObject{{XML: "<pool type='dir'><name>images</name><target><path>/i</path></target></pool>", Active: true}},
		Domains: []hypervisor.DomainObject{
			short("off", nic),
			with(short("up", nic), func(o *hypervisor.DomainObject) { o.State = "running" }),
			with(short("held", nic), func(o *hypervisor.DomainObject) { o.State, o.ID = "paused", 7 }),
			with(short("gone", nic), func(o *hypervisor.DomainObject) {
				o.State, o.Reason, o.Transient, o.Autostart = "running", "booted", true, true
			}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range st.Objects().Domains {
		names := []string{o.State, o.Reason}
		for _, want := range []string{"/dev/pts/0", "/dev/pts/1", "/dev/pts/2", "vnet0", "vnet1", "vnet2"} {
			if strings.Contains(o.LiveXML, "'"+want+"'") {
				names = append(names, want)
			}
		}
		got = append(got, strings.Join(names, " "))
	}
	want := []string{
		"shutoff unknown",
		"running unknown /dev/pts/0 vnet0",
		"paused user /dev/pts/1 vnet1",
		"running booted /dev/pts/2 vnet2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int32{8, 7, 9}, st.ConnectListDomains(10)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	gone, err := st.DomainLookupByName("gone")
	if err != nil {
		t.Fatal(err)
	}
	if err := st.DomainDestroy(gone); err != nil {
		t.Fatal(err)
	}
	if _, err := st.DomainLookupByName("gone"); err == nil {
		t.Error("a transient domain is there after its end")
	}
}

// TestSetObjectsClaimsWhatRuns starts a domain beside one that was made as it ran.
func TestSetObjectsClaimsWhatRuns(t *testing.T) {
	t.Parallel()
	const devices = "<serial type='pty'/><graphics type='vnc' websocket='-1'/><vsock/><interface type='bridge'><source bridge='br0'/></interface>"
	st := newQEMU(t, 0)
	mustStart(t, st, define(t, st, "first", devices))
	o := st.Objects()
	o.LastDomainID, o.NetworkDevices = 0, 0
	again := newQEMU(t, 1)
	if err := again.SetObjects(o); err != nil {
		t.Fatal(err)
	}
	for _, st := range []*hypervisor.State{st, again} {
		second := define(t, st, "second", devices)
		mustStart(t, st, second)
		xml := xmlOf(t, st, second)
		for _, want := range []string{"id='2'", "/dev/pts/1'", "port='5901'", "websocket='5701'", "address='4'", "'vnet1'"} {
			if !strings.Contains(xml, want) {
				t.Errorf("no %s in:\n%s", want, xml)
			}
		}
	}
}

func TestSetObjectsRefuses(t *testing.T) {
	t.Parallel()
	running := newQEMU(t, 0)
	mustStart(t, running, define(t, running, "a", "<serial type='pty'/>"))
	live := running.Objects().Domains[0]
	one := func(change func(*hypervisor.DomainObject)) hypervisor.Objects {
		return hypervisor.Objects{Domains: []hypervisor.DomainObject{with(live, change)}}
	}
	for name, c := range map[string]struct {
		o    hypervisor.Objects
		want string
	}{
		"no XML":        {hypervisor.Objects{Domains: []hypervisor.DomainObject{{}}}, "domain 0: no XML"},
		"no domain":     {hypervisor.Objects{Domains: []hypervisor.DomainObject{{XML: "<network/>"}}}, "domain 0: XML error: expecting root element of 'domain', not 'network'"},
		"state":         {one(func(o *hypervisor.DomainObject) { o.State = "up" }), `domain 0: no state "up": there are ["shutoff" "running" "paused"]`},
		"reason":        {one(func(o *hypervisor.DomainObject) { o.Reason = "user" }), `domain 0: no reason "user" to be running: there are ["unknown" "booted"`},
		"off, live":     {one(func(o *hypervisor.DomainObject) { o.State, o.Reason = "", "" }), "domain 0: LiveXML, StartXML or an ID of a domain that is shut off"},
		"no definition": {one(func(o *hypervisor.DomainObject) { o.XML = "" }), "domain 0: LiveXML alone, of a domain that is not transient"},
		"off and transient": {hypervisor.Objects{Domains: []hypervisor.DomainObject{
			with(short("a", ""), func(o *hypervisor.DomainObject) { o.Transient = true }),
		}}, "domain 0: transient and not active: it would not be there"},
		"StartXML":   {one(func(o *hypervisor.DomainObject) { o.LiveXML, o.StartXML = "", o.XML }), "domain 0: StartXML without LiveXML"},
		"id":         {one(func(o *hypervisor.DomainObject) { o.ID = -1 }), "domain 0: id -1: want 1 to 1073741824"},
		"reboot":     {one(func(o *hypervisor.DomainObject) { o.RebootPending = true }), "domain 0: RebootPending of a domain that is not paused"},
		"other live": {one(func(o *hypervisor.DomainObject) { o.LiveXML = strings.ReplaceAll(o.LiveXML, "<name>a<", "<name>b<") }), "domain 0: LiveXML: it is of another domain than a ("},
		"memory":     {one(func(o *hypervisor.DomainObject) { o.LiveXML = strings.ReplaceAll(o.LiveXML, ">65536<", ">many<") }), "domain 0: LiveXML: "},
		"bare live":  {one(func(o *hypervisor.DomainObject) { o.LiveXML = "<domain type='kvm'/>" }), ""},
		"twice":      {hypervisor.Objects{Domains: []hypervisor.DomainObject{live, live}}, "domain 1: a ("},
		"twice by name": {hypervisor.Objects{Domains: []hypervisor.DomainObject{
			short("a", ""), short("a", ""),
		}}, "domain 1: a ("},
		"one id": {hypervisor.Objects{Domains: []hypervisor.DomainObject{
			live, with(short("b", ""), func(o *hypervisor.DomainObject) { o.State, o.ID = "running", 1 }),
		}}, "domain 1: a ("},
		"one terminal": {hypervisor.Objects{Domains: []hypervisor.DomainObject{
			live, with(live, func(o *hypervisor.DomainObject) {
				id := live.XML[strings.Index(live.XML, "<uuid>")+6:][:36]
				for _, xml := range []*string{&o.XML, &o.LiveXML, &o.StartXML} {
					*xml = strings.NewReplacer("<name>a<", "<name>b<", id, "00000000-0000-4000-8000-000000000001").Replace(*xml)
				}
				o.ID = 5
			}),
		}}, "domain 1: b (00000000-0000-4000-8000-000000000001): it holds a terminal, port or address 0, which another domain holds"},
		"no network": {hypervisor.Objects{Domains: []hypervisor.DomainObject{
			with(short("a", "<interface type='network'><source network='lan'/></interface>"), func(o *hypervisor.DomainObject) { o.State = "running" }),
		}}, "domain 0 (a): Network not found: no network with matching name 'lan'"},
		"two networks": {hypervisor.Objects{Networks: []hypervisor.NetworkObject{{XML: lanXML}, {XML: strings.ReplaceAll(lanXML, "virbr5", "virbr6")}}}, "network 1: lan ("},
		"one bridge":   {hypervisor.Objects{Networks: []hypervisor.NetworkObject{{XML: lanXML}, {XML: strings.ReplaceAll(lanXML, "lan", "wan")}}}, "network 1: internal error: bridge name 'virbr5' already in use."},
		"transient network": {hypervisor.Objects{Networks: []hypervisor.NetworkObject{{XML: lanXML, Transient: true}}},
			`network 0: "lan" is transient and not active: it would not be there`},
		"live network": {hypervisor.Objects{Networks: []hypervisor.NetworkObject{{XML: lanXML, LiveXML: lanXML, Active: true}}}, "network 0: LiveXML is of another network: lan ("},
		"pool":         {hypervisor.Objects{Pools: []hypervisor.PoolObject{{XML: "<pool/>"}}}, "storage pool 0: "},
		"interface":    {hypervisor.Objects{Interfaces: []hypervisor.InterfaceObject{{XML: "<interface/>"}}}, "interface 0: "},
		"device":       {hypervisor.Objects{NodeDevices: []hypervisor.NodeDeviceObject{{XML: "<device>"}}}, "node device 0: "},
		"counters":     {hypervisor.Objects{LastDomainID: -1}, "counters -1 and 0: want 0 to 1073741824"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newQEMU(t, 0)
			mustStart(t, st, define(t, st, "kept", "<serial type='pty'/>"))
			before := st.Copy()
			err := st.SetObjects(c.o)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				dump(t, st) // asks everything
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("error %v, want %s", err, c.want)
			}
			if diff := cmp.Diff(dumpOf(t, before), dump(t, st)); diff != "" {
				t.Errorf("it failed and changed the State:\n%s", diff)
			}
			// Nor has it drawn from the seed.
			a, b := define(t, st, "next", ""), define(t, restored(t, before), "next", "")
			if a.UUID != b.UUID {
				t.Error("it failed and took something of the seed")
			}
		})
	}
}

// restored makes a State out of a copy.
func restored(t testing.TB, c *hypervisor.Copy) *hypervisor.State {
	st := newQEMU(t, 9)
	st.Restore(c)
	return st
}

func dumpOf(t testing.TB, c *hypervisor.Copy) string { return dump(t, restored(t, c)) }
