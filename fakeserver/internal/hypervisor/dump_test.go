package hypervisor_test

import (
	"fmt"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// dump asks a State everything that clients can ask about its objects.
func dump(t testing.TB, st *hypervisor.State) string {
	t.Helper()
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for _, flags := range []uint32{0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048} {
		refs, err := st.ConnectListAllDomains(flags)
		say("domains %d: %v %v", flags, refs, err)
	}
	say("ids %v, defined %v", st.ConnectListDomains(1000), st.ConnectListDefinedDomains(1000))
	refs, err := st.ConnectListAllDomains(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range refs {
		dumpDomain(st, ref, say)
	}
	networks, err := st.ConnectListAllNetworks(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range networks {
		say("network %s %s", ref.Name, ref.UUID)
		for flags := range uint32(2) {
			xml, err := st.NetworkGetXMLDesc(ref, flags)
			say("%s%v", xml, err)
		}
		for _, ask := range []func(hypervisor.NetworkRef) (bool, error){
			st.NetworkIsActive, st.NetworkIsPersistent, st.NetworkGetAutostart,
		} {
			yes, err := ask(ref)
			say("%v %v", yes, err)
		}
		bridge, err := st.NetworkGetBridgeName(ref)
		say("%s %v", bridge, err)
	}
	pools, err := st.ConnectListAllStoragePools(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range pools {
		xml, err := st.StoragePoolGetXMLDesc(ref, 0)
		info, _ := st.StoragePoolGetInfo(ref)
		active, _ := st.StoragePoolIsActive(ref)
		persistent, _ := st.StoragePoolIsPersistent(ref)
		autostart, _ := st.StoragePoolGetAutostart(ref)
		say("pool %s %s\n%s%v %v %v %v %v", ref.Name, ref.UUID, xml, err, info, active, persistent, autostart)
	}
	interfaces, err := st.ConnectListAllInterfaces(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range interfaces {
		xml, err := st.InterfaceGetXMLDesc(ref, 0)
		active, _ := st.InterfaceIsActive(ref)
		say("interface %s\n%s%v %v", ref, xml, err, active)
	}
	devices, err := st.ConnectListAllNodeDevices(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		xml, err := st.NodeDeviceGetXMLDesc(d, 0)
		parent, _ := st.NodeDeviceGetParent(d)
		caps, _ := st.NodeDeviceListCaps(d)
		say("device %s\n%s%v %s %v", d, xml, err, parent, caps)
	}
	stats, _, err := st.NodeGetCPUStats(-1, 4, 0)
	say("%v %v", stats, err)
	return b.String()
}

func dumpDomain(st *hypervisor.State, ref hypervisor.DomainRef, say func(string, ...any)) {
	say("domain %s", ref)
	for _, flags := range []uint32{0, 1, 2, 3, 4, 8, 12} {
		xml, err := st.DomainGetXMLDesc(ref, flags)
		say("flags %d: %s%v", flags, xml, err)
	}
	state, reason, err := st.DomainGetState(ref, 0)
	say("state %d %d %v", state, reason, err)
	info, err := st.DomainGetInfo(ref)
	say("info %v %v", info, err)
	for _, ask := range []func(hypervisor.DomainRef) (bool, error){
		st.DomainIsActive, st.DomainIsPersistent, st.DomainGetAutostart,
		func(ref hypervisor.DomainRef) (bool, error) { return st.DomainHasManagedSaveImage(ref, 0) },
	} {
		yes, err := ask(ref)
		say("%v %v", yes, err)
	}
	osType, err := st.DomainGetOSType(ref)
	say("%s %v", osType, err)
	uri := "http://example.org/x"
	for flags := range uint32(3) {
		for kind, uri := range []*string{nil, nil, &uri} {
			text, err := st.DomainGetMetadata(ref, int32(kind), uri, flags)
			say("metadata %d %d: %s %v", kind, flags, text, err)
		}
		n, maps, err := st.DomainGetVcpuPinInfo(ref, 100, 4, flags)
		say("%d %x %v", n, maps, err)
		for _, max := range []uint32{0, uint32(libvirt.DomainVCPUMaximum)} {
			n, err := st.DomainGetVcpusFlags(ref, flags|max)
			say("%d %v", n, err)
		}
	}
	vcpus, maps, err := st.DomainGetVcpus(ref, 100, 4)
	say("%v %x %v", vcpus, maps, err)
	labels, err := st.DomainGetSecurityLabelList(ref)
	say("%v %v", labels, err)
}
