package fault

import (
	"reflect"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

var testUUID = libvirt.UUID{0xde, 0xad, 0xbe, 0xef, 15: 7}

const testUUIDText = "deadbeef-0000-0000-0000-000000000007"

func TestObjects(t *testing.T) {
	t.Parallel()
	dom := libvirt.Domain{Name: "vm-1", UUID: testUUID, ID: 3}
	pool := libvirt.StoragePool{Name: "default", UUID: testUUID}
	vol := libvirt.StorageVol{Pool: "default", Name: "disk", Key: "/pool/disk"}
	snap := libvirt.DomainSnapshot{Name: "before", Dom: dom}
	for _, c := range []struct {
		procedure *rpc.Info
		args      any
		name      string // as ObjectOf has them
		uuid      string
		matches   string // patterns that match, apart by spaces
		not       string // patterns that do not
	}{
		{rpc.DomainCreate.Info, &libvirt.DomainCreateArgs{Dom: dom}, "vm-1", testUUIDText,
			"vm-1 vm-* * DEADBEEF-0000-0000-0000-000000000007 deadbeef000000000000000000000007 dead*", "vm-2 3 [^vd]*"},
		{rpc.DomainLookupByName.Info, &libvirt.DomainLookupByNameArgs{Name: "vm-1"}, "vm-1", "", "vm-?", "vm"},
		{rpc.DomainLookupByUUID.Info, &libvirt.DomainLookupByUUIDArgs{UUID: testUUID}, "", testUUIDText, testUUIDText, "vm-1"},
		{rpc.DomainLookupByID.Info, &libvirt.DomainLookupByIDArgs{ID: 3}, "3", "", "3", "4"},
		{rpc.DomainDefineXML.Info, &libvirt.DomainDefineXMLArgs{XML: "<?xml version='1.0' encoding='latin1'?>\n<domain type='test'>\n<metadata><name>no</name></metadata> <name> a&amp;b\n</name><uuid>" + testUUIDText + "</uuid></domain>"},
			"a&b", testUUIDText, "a&b " + testUUIDText, "no"},
		{rpc.DomainDefineXML.Info, &libvirt.DomainDefineXMLArgs{XML: "<domain><name>half</name><uu"}, "half", "", "half", "x"},
		{rpc.DomainCreateXML.Info, &libvirt.DomainCreateXMLArgs{XMLDesc: "<domain><name>x</name></domain>"}, "x", "", "x", "y"},
		{rpc.DomainAttachDevice.Info, &libvirt.DomainAttachDeviceArgs{Dom: dom, XML: "<disk><name>d</name></disk>"}, "vm-1", testUUIDText, "vm-1", "d"},
		{rpc.DomainMigratePrepare3.Info, &libvirt.DomainMigratePrepare3Args{Dname: libvirt.OptString{"new"}, DomXML: "<domain><name>old</name></domain>"}, "new", "", "new old", "x"},
		{rpc.DomainMigrateFinish.Info, &libvirt.DomainMigrateFinishArgs{Dname: "new"}, "new", "", "new", "x"},
		{rpc.DomainMigratePrepare3Params.Info, &libvirt.DomainMigratePrepare3ParamsArgs{Params: []libvirt.TypedParam{
			{Field: "destination_xml", Value: libvirt.TypedParamValue{D: 7, I: "<domain><name>old</name></domain>"}}}}, "old", "", "old", "x"},
		{rpc.ConnectGetAllDomainStats.Info, &libvirt.ConnectGetAllDomainStatsArgs{Doms: []libvirt.Domain{{Name: "a"}, {Name: "b"}}}, "a", "00000000-0000-0000-0000-000000000000", "a b", "c"},
		{rpc.ConnectDomainEventCallbackRegisterAny.Info, &libvirt.ConnectDomainEventCallbackRegisterAnyArgs{Dom: libvirt.OptDomain{dom}}, "vm-1", testUUIDText, "vm-1", "b"},
		{rpc.DomainSnapshotDelete.Info, &libvirt.DomainSnapshotDeleteArgs{Snap: snap}, "before", "", "before vm-1", "after"},
		{rpc.DomainSnapshotCreateXML.Info, &libvirt.DomainSnapshotCreateXMLArgs{Dom: dom, XMLDesc: "<domainsnapshot><name>s</name></domainsnapshot>"}, "vm-1", testUUIDText, "vm-1 s", "x"},
		{rpc.DomainSnapshotLookupByName.Info, &libvirt.DomainSnapshotLookupByNameArgs{Dom: dom, Name: "s"}, "vm-1", testUUIDText, "vm-1 s", "x"},
		{rpc.DomainCheckpointDelete.Info, &libvirt.DomainCheckpointDeleteArgs{Checkpoint: libvirt.DomainCheckpoint{Name: "c", Dom: dom}}, "c", "", "c vm-1", "x"},
		{rpc.NetworkCreate.Info, &libvirt.NetworkCreateArgs{Net: libvirt.Network{Name: "default", UUID: testUUID}}, "default", testUUIDText, "default", "x"},
		{rpc.NetworkPortLookupByUUID.Info, &libvirt.NetworkPortLookupByUUIDArgs{OptNetwork: libvirt.Network{Name: "n"}, UUID: testUUID}, "", testUUIDText, "n " + testUUIDText, "x"},
		{rpc.NetworkPortDelete.Info, &libvirt.NetworkPortDeleteArgs{Port: libvirt.NetworkPort{UUID: testUUID, Net: libvirt.Network{Name: "n"}}}, "", testUUIDText, "n " + testUUIDText, "x"},
		{rpc.StoragePoolRefresh.Info, &libvirt.StoragePoolRefreshArgs{Pool: pool}, "default", testUUIDText, "default", "x"},
		{rpc.StoragePoolLookupByTargetPath.Info, &libvirt.StoragePoolLookupByTargetPathArgs{Path: "/pool"}, "/pool", "", "/pool /*", "*"},
		{rpc.StorageVolDelete.Info, &libvirt.StorageVolDeleteArgs{Vol: vol}, "disk", "", "disk /pool/disk default", "x"},
		{rpc.StorageVolCreateXML.Info, &libvirt.StorageVolCreateXMLArgs{Pool: pool, XML: "<volume><name>v</name><key>k</key></volume>"}, "v", "", "v default", "x"},
		{rpc.StorageVolLookupByName.Info, &libvirt.StorageVolLookupByNameArgs{Pool: pool, Name: "v"}, "v", "", "v default", "x"},
		{rpc.StorageVolLookupByKey.Info, &libvirt.StorageVolLookupByKeyArgs{Key: "/pool/disk"}, "/pool/disk", "", "/pool/*", "*"},
		{rpc.StorageVolLookupByPath.Info, &libvirt.StorageVolLookupByPathArgs{Path: "/p"}, "/p", "", "/p", "x"},
		{rpc.NodeDeviceGetXMLDesc.Info, &libvirt.NodeDeviceGetXMLDescArgs{Name: "pci_0"}, "pci_0", "", "pci*", "x"},
		{rpc.NodeDeviceUpdate.Info, &libvirt.NodeDeviceUpdateArgs{Name: "mdev", XMLDesc: "<device><name>d</name></device>"}, "mdev", "", "mdev", "d"},
		{rpc.InterfaceCreate.Info, &libvirt.InterfaceCreateArgs{Iface: libvirt.Interface{Name: "eth1", Mac: "aa:bb"}}, "eth1", "", "eth1 aa:bb", "x"},
		{rpc.InterfaceLookupByMacString.Info, &libvirt.InterfaceLookupByMacStringArgs{Mac: "aa:bb"}, "aa:bb", "", "aa:*", "x"},
		{rpc.InterfaceDefineXML.Info, &libvirt.InterfaceDefineXMLArgs{XML: "<interface type='ethernet' name='eth1'><name>no</name></interface>"}, "eth1", "", "eth1", "no"},
		{rpc.SecretSetValue.Info, &libvirt.SecretSetValueArgs{OptSecret: libvirt.Secret{UUID: testUUID, UsageID: "ceph"}}, "ceph", testUUIDText, "ceph " + testUUIDText, "x"},
		{rpc.SecretLookupByUsage.Info, &libvirt.SecretLookupByUsageArgs{UsageID: "ceph"}, "ceph", "", "ceph", "x"},
		{rpc.SecretDefineXML.Info, &libvirt.SecretDefineXMLArgs{XML: "<secret><usage type='ceph'><name>ceph</name></usage><uuid>" + testUUIDText + "</uuid></secret>"}, "ceph", testUUIDText, "ceph " + testUUIDText, "x"},
		{rpc.NwfilterUndefine.Info, &libvirt.NwfilterUndefineArgs{OptNwfilter: libvirt.Nwfilter{Name: "clean", UUID: testUUID}}, "clean", testUUIDText, "clean", "x"},
		{rpc.NwfilterDefineXML.Info, &libvirt.NwfilterDefineXMLArgs{XML: "<filter name='clean'><uuid>" + testUUIDText + "</uuid></filter>"}, "clean", testUUIDText, "clean", "x"},
		{rpc.NwfilterBindingDelete.Info, &libvirt.NwfilterBindingDeleteArgs{OptNwfilter: libvirt.NwfilterBinding{Portdev: "vnet0"}}, "vnet0", "", "vnet0", "x"},
		{rpc.NwfilterBindingLookupByPortDev.Info, &libvirt.NwfilterBindingLookupByPortDevArgs{Name: "vnet0"}, "vnet0", "", "vnet0", "x"},
		{rpc.NwfilterBindingCreateXML.Info, &libvirt.NwfilterBindingCreateXMLArgs{XML: "<filterbinding><owner><name>o</name></owner><portdev name='vnet0'/></filterbinding>"}, "vnet0", "", "vnet0", "o"},
		{rpc.QEMUDomainMonitorCommand.Info, &libvirt.QEMUDomainMonitorCommandArgs{Dom: dom}, "vm-1", testUUIDText, "vm-1", "x"},
	} {
		t.Run(c.procedure.Name, func(t *testing.T) {
			t.Parallel()
			object := ObjectOf(c.procedure)
			if object == nil {
				t.Fatal("names no object")
			}
			name, uuid, ok := object(c.args)
			if !ok || name != c.name || uuid != c.uuid {
				t.Errorf("got %q %q %v", name, uuid, ok)
			}
			find := naming.FinderOf(c.procedure)
			for _, p := range strings.Fields(c.matches) {
				if o := naming.ParsePattern(p); !o.Among(find, c.args) {
					t.Errorf("%s does not match", p)
				}
			}
			for _, p := range strings.Fields(c.not) {
				if o := naming.ParsePattern(p); o.Among(find, c.args) {
					t.Errorf("%s matches", p)
				}
			}
		})
	}
}

// TestObjectOfAll asks every procedure for the object of empty arguments, and
// compares those that name none with the list of them.
func TestObjectOfAll(t *testing.T) {
	t.Parallel()
	var none []string
	for p := range rpc.All() {
		object := ObjectOf(p)
		if p.Kind == rpc.KindEvent {
			if object != nil {
				t.Errorf("%s is an event and names an object", p.Name)
			}
			continue
		}
		if object == nil {
			none = append(none, p.Name)
			continue
		}
		object(p.DecodeArgs(rpc.NewDecoder(nil)))
	}
	for _, name := range none {
		p := rpc.ByName(name)
		v := reflect.ValueOf(p.DecodeArgs(rpc.NewDecoder(nil))).Elem()
		switch {
		case strings.HasPrefix(name, "Connect"), strings.HasPrefix(name, "Node"), strings.HasPrefix(name, "Auth"), strings.HasPrefix(name, "InterfaceChange"):
		// Saved images and processes, which are named by a file or a number.
		case strings.HasPrefix(name, "DomainRestore"), strings.HasPrefix(name, "DomainSaveImage"), name == "QEMUDomainAttach",
			strings.HasPrefix(name, "QEMUConnect"):
		default:
			t.Errorf("%s names no object: %v", name, v.Type())
		}
	}
}

func TestObjectOfNothing(t *testing.T) {
	t.Parallel()
	if ObjectOf(rpc.NodeGetInfo.Info) != nil || ObjectOf(rpc.ConnectOpen.Info) != nil || ObjectOf(rpc.ConnectCompareCPU.Info) != nil {
		t.Error("calls about the node name an object")
	}
	for _, xml := range []string{"", "<", "<domain>", "</domain>", "text", "<a><b/></a>", "<domain><uuid>x</uuid></domain>", "\x00<domain><name>", strings.Repeat("<a>", 1<<20)} {
		if _, _, ok := ObjectOf(rpc.DomainDefineXML.Info)(&libvirt.DomainDefineXMLArgs{XML: xml}); ok {
			t.Errorf("%.20q names an object", xml)
		}
	}
	if _, _, ok := ObjectOf(rpc.ConnectDomainEventCallbackRegisterAny.Info)(&libvirt.ConnectDomainEventCallbackRegisterAnyArgs{}); ok {
		t.Error("nothing names an object")
	}
}
