package hypervisor_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// newQEMU makes the QEMU driver's state, which is empty of domains.
func newQEMU(t testing.TB, seed byte) *hypervisor.State {
	t.Helper()
	d := driver.QEMU()
	st := hypervisor.New(hypervisor.Config{Traits: &d.Traits, Seed: [32]byte{seed}, Now: fixedNow})
	if err := d.Populate(st); err != nil {
		t.Fatal(err)
	}
	return st
}

// define defines a domain of that name with devices.
func define(t testing.TB, st *hypervisor.State, name, devices string) hypervisor.DomainRef {
	t.Helper()
	ref, err := st.DomainDefineXMLFlags(document(name, devices), 0)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func document(name, devices string) string {
	return "<domain type='kvm'><name>" + name + "</name><memory>65536</memory><vcpu>2</vcpu><os><type>hvm</type></os>" +
		"<devices>" + devices + "</devices></domain>"
}

func xmlOf(t testing.TB, st *hypervisor.State, ref hypervisor.DomainRef) string {
	t.Helper()
	xml, err := st.DomainGetXMLDesc(ref, 0)
	if err != nil {
		t.Fatal(err)
	}
	return xml
}

func mustStart(t testing.TB, st *hypervisor.State, ref hypervisor.DomainRef) {
	t.Helper()
	if err := st.DomainCreate(ref); err != nil {
		t.Fatal(err)
	}
}

// wantError holds an error against code, domain and text of libvirt's.
func wantError(t testing.TB, err error, code libvirt.ErrorNumber, from libvirt.ErrorDomain, text string) {
	t.Helper()
	var e *hypervisor.Error
	if !errors.As(err, &e) || e.Code != code || e.Domain != from || e.Message != text {
		t.Errorf("error %#v, want %d from %d: %s", err, code, from, text)
	}
}

func TestWhatDomainsGetAtRandom(t *testing.T) {
	const devices = "<interface type='user'/>"
	st := newQEMU(t, 1)
	ref := define(t, st, "a", devices)
	if v4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`); !v4.MatchString(ref.UUID.String()) {
		t.Errorf("UUID %s is none of version 4", ref.UUID)
	}
	xml := xmlOf(t, st, ref)
	if mac := regexp.MustCompile(`<mac address='52:54:00(:[0-9a-f]{2}){3}'/>`); !mac.MatchString(xml) {
		t.Errorf("no MAC address under QEMU's prefix in:\n%s", xml)
	}
	same, other := newQEMU(t, 1), newQEMU(t, 2)
	if diff := cmp.Diff(xml, xmlOf(t, same, define(t, same, "a", devices))); diff != "" {
		t.Errorf("the same seed made another domain:\n%s", diff)
	}
	if xmlOf(t, other, define(t, other, "a", devices)) == xml {
		t.Error("another seed made the same domain")
	}
}

func TestStartTakesAnActiveNetwork(t *testing.T) {
	st := newQEMU(t, 0)
	ref := define(t, st, "a", "<interface type='network'><source network='lan'/></interface><interface type='bridge'><source bridge='br0'/></interface>")
	wantError(t, st.DomainCreate(ref), libvirt.ErrNoNetwork, hypervisor.FromNetwork,
		"Network not found: no network with matching name 'lan'")
	if state, reason, _ := st.DomainGetState(ref, 0); state != int32(libvirt.DomainShutoff) || reason != int32(libvirt.DomainShutoffFailed) {
		t.Errorf("state %d, %d after the failure", state, reason)
	}
	const lan = "<network><name>lan</name><forward mode='nat'/><bridge name='virbr5'/><ip address='10.5.5.1' netmask='255.255.255.0'/></network>"
	if _, err := st.AddNetwork(lan, hypervisor.Standing{Persistent: true}); err != nil {
		t.Fatal(err)
	}
	wantError(t, st.DomainCreate(ref), libvirt.ErrOperationInvalid, hypervisor.FromNetwork,
		"Requested operation is not valid: network 'lan' is not active")
	if _, err := st.AddNetwork(lan, hypervisor.Standing{Active: true, Persistent: true}); err != nil {
		t.Fatal(err)
	}
	mustStart(t, st, ref)
	xml := xmlOf(t, st, ref)
	for _, want := range []string{"bridge='virbr5'/>", "<target dev='vnet0'/>", "<target dev='vnet1'/>", "portid='"} {
		if !strings.Contains(xml, want) {
			t.Errorf("no %s in:\n%s", want, xml)
		}
	}
	_, err := st.DomainCreateXML(document("b", "<interface type='network'><source network='wan'/></interface>"), 0)
	wantError(t, err, libvirt.ErrNoNetwork, hypervisor.FromNetwork, "Network not found: no network with matching name 'wan'")
	if _, err := st.DomainLookupByName("b"); err == nil {
		t.Error("a transient domain that did not start is there")
	}
}

func TestWhatARunTakesIsGivenBack(t *testing.T) {
	st := newQEMU(t, 0)
	const devices = "<graphics type='vnc' autoport='yes'/><serial type='pty'/><vsock/>"
	a, b := define(t, st, "a", devices), define(t, st, "b", devices)
	mustStart(t, st, a)
	mustStart(t, st, b)
	has := func(ref hypervisor.DomainRef, port, pty, cid int) {
		t.Helper()
		xml := xmlOf(t, st, ref)
		for _, want := range []string{
			fmt.Sprintf("port='%d' autoport='yes'", port), fmt.Sprintf("<source path='/dev/pts/%d'/>", pty),
			fmt.Sprintf("<cid auto='yes' address='%d'/>", cid),
		} {
			if !strings.Contains(xml, want) {
				t.Errorf("no %s in:\n%s", want, xml)
			}
		}
	}
	has(a, 5900, 0, 3)
	has(b, 5901, 1, 4)
	if err := st.DomainDestroy(a); err != nil {
		t.Fatal(err)
	}
	c := define(t, st, "c", devices)
	mustStart(t, st, c)
	has(c, 5900, 0, 3)
}

func TestHostModelBecomesTheHostsCPU(t *testing.T) {
	st := newQEMU(t, 0)
	ref, err := st.DomainDefineXMLFlags(strings.Replace(document("a", ""), "<devices>", "<cpu mode='host-model'/><devices>", 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	xml, err := st.DomainGetXMLDesc(ref, uint32(libvirt.DomainXMLUpdateCPU))
	if err != nil || !strings.Contains(xml, "<cpu mode='custom' match='exact' check='partial'>\n    <model fallback='allow'>") {
		t.Errorf("%v; the guest's CPU is not spelt out:\n%s", err, xml)
	}
	mustStart(t, st, ref)
	xml = xmlOf(t, st, ref)
	if !strings.Contains(xml, "<cpu mode='custom' match='exact' check='full'>\n    <model fallback='forbid'>") ||
		!strings.Contains(xml, "<feature policy='require' name='hypervisor'/>") {
		t.Errorf("the guest's CPU is not spelt out:\n%s", xml)
	}
}

func TestVcpusAndWhereTheyRun(t *testing.T) {
	st := newQEMU(t, 0)
	ref, err := st.DomainDefineXMLFlags(strings.Replace(document("a", ""), "<vcpu>2</vcpu>",
		"<vcpu cpuset='1-2' current='2'>3</vcpu><cputune><vcpupin vcpu='1' cpuset='7'/></cputune>", 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = st.DomainGetVcpus(ref, 4, 1)
	wantError(t, err, libvirt.ErrOperationInvalid, hypervisor.FromQEMU,
		"Requested operation is not valid: cannot retrieve vcpu information for inactive domain")
	n, maps, err := st.DomainGetVcpuPinInfo(ref, 9, 1, 0)
	if err != nil || n != 3 {
		t.Fatalf("%d pins, %v", n, err)
	}
	if diff := cmp.Diff([]byte{0x06, 0x80, 0x06}, maps); diff != "" {
		t.Error(diff)
	}
	mustStart(t, st, ref)
	info, maps, err := st.DomainGetVcpus(ref, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range info {
		info[i].CPUTime = 0
	}
	want := []hypervisor.VcpuInfo{
		{Number: 0, State: int32(libvirt.VCPURunning), CPU: 2}, {Number: 1, State: int32(libvirt.VCPURunning), CPU: 7},
	}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]byte{0x06, 0, 0x80, 0}, maps); diff != "" {
		t.Error(diff)
	}
}

// TestDocumentsOutOfThisWorld has numbers that must not be taken for sizes.
func TestDocumentsOutOfThisWorld(t *testing.T) {
	const most = "4294967295"
	st := newQEMU(t, 0)
	test := driver.Test()
	all := map[string]*hypervisor.State{"qemu": st, "test": hypervisor.New(hypervisor.Config{Traits: &test.Traits})}
	for name, xml := range map[string]string{
		"vcpus":        strings.Replace(document("x", ""), "<vcpu>2", "<vcpu>"+most, 1),
		"negative":     strings.Replace(document("x", ""), "<vcpu>2", "<vcpu>-1", 1),
		"listed vcpus": strings.Replace(document("x", ""), "<vcpu>2</vcpu>", "<vcpu>"+most+"</vcpu><vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/></vcpus>", 1),
		"controllers":  document("x", "<controller type='pci' index='2147483647' model='pci-bridge'/>"),
		"usb":          document("x", "<controller type='usb' index='2147483647'/><input type='tablet' bus='usb'/>"),
		"drive":        document("x", "<disk><source file='/x'/><target dev='sda' bus='scsi'/><address type='drive' controller='"+most+"' bus='0' unit='0'/></disk>"),
		"port":         document("x", "<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='"+most+"' bus='0' port='1'/></channel>"),
		"ports":        document("x", "<controller type='virtio-serial' ports='2147483647'/>"),
		"xhci":         document("x", "<controller type='usb' model='qemu-xhci' ports='2147483647'/>"),
		"slots":        strings.Replace(document("x", "<memory model='dimm'><target><size>1</size></target></memory>"), "<vcpu>", "<maxMemory slots='"+most+"'>99999999</maxMemory><vcpu>", 1),
		"cpuset":       strings.Replace(document("x", ""), "<vcpu>2", "<vcpu cpuset='0-"+most+"'>2", 1),
		"disk name":    document("x", "<disk><source file='/x'/><target dev='vd"+strings.Repeat("z", 1000)+"'/></disk>"),
		"deep":         document("x", strings.Repeat("<a>", 200)+strings.Repeat("</a>", 200)),
		"threads":      strings.Replace(document("x", ""), "<vcpu>", "<iothreads>"+most+"</iothreads><vcpu>", 1),
	} {
		for driver, st := range all {
			t.Run(driver+"/"+name, func(t *testing.T) {
				if ref, err := st.DomainDefineXMLFlags(xml, 0); err == nil {
					if err := st.DomainUndefine(ref); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	st := newQEMU(t, 0)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name := fmt.Sprintf("d%d", i%4)
			for range 20 {
				// Whatever the others do meanwhile, each call succeeds or fails
				// in libvirt's way.
				ref, err := st.DomainDefineXMLFlags(document(name, "<graphics type='vnc'/>"), 0)
				if err != nil {
					if ref, err = st.DomainLookupByName(name); err != nil {
						continue
					}
				}
				_ = st.DomainCreate(ref)
				_, _ = st.DomainGetXMLDesc(ref, 0)
				_, _ = st.ConnectListAllDomains(0)
				_ = st.DomainReboot(ref, 0)
				_ = st.DomainShutdown(ref)
				_ = st.DomainUndefine(ref)
			}
		})
	}
	wg.Wait()
	if _, err := st.ConnectListAllDomains(0); err != nil {
		t.Error(err)
	}
}

func BenchmarkThousandDomains(b *testing.B) {
	st := newQEMU(b, 0)
	var refs []hypervisor.DomainRef
	for i := range 1000 {
		refs = append(refs, define(b, st, fmt.Sprintf("d%d", i), "<disk><source file='/x'/><target dev='vda'/></disk><interface type='user'/>"))
	}
	b.Run("define", func(b *testing.B) {
		for b.Loop() {
			if _, err := st.DomainDefineXMLFlags(document("d0", "<disk><source file='/x'/><target dev='vda'/></disk>"), 0); err == nil {
				b.Fatal("another UUID was taken")
			}
		}
	})
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			if list, err := st.ConnectListAllDomains(uint32(libvirt.ConnectListDomainsInactive)); err != nil || len(list) != 1000 {
				b.Fatal(len(list), err)
			}
		}
	})
	b.Run("xml", func(b *testing.B) {
		for b.Loop() {
			if _, err := st.DomainGetXMLDesc(refs[7], 0); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cycle", func(b *testing.B) {
		for b.Loop() {
			if err := st.DomainCreate(refs[3]); err != nil {
				b.Fatal(err)
			}
			if err := st.DomainDestroy(refs[3]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
