package remote

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

var polkitDir = flag.String("polkit", "", "where testdata/polkit.sh, which sets it, runs a libvirtd that asks polkit")

// denial is a rule of the access managers of both sides: what is denied on which
// objects, "" for all. A * at the end stands for any end.
type denial struct{ permission, object string }

// accessCase is calls of one connection, made while something is denied.
type accessCase struct {
	denied    []denial
	questions []question
}

const accessUUID = "5b3cb1e6-6d7a-4a0a-9d0c-0242ac11000"

func accessDomain(name, digit string) (libvirt.Domain, string) {
	return libvirt.Domain{Name: name, UUID: mustUUID(accessUUID + digit), ID: -1}, fmt.Sprintf(
		"<domain type='qemu'><name>%s</name><uuid>%s%s</uuid><memory>65536</memory><os><type>hvm</type></os></domain>", name, accessUUID, digit)
}

func accessNetwork(name, digit string) (libvirt.Network, string) {
	return libvirt.Network{Name: name, UUID: mustUUID(accessUUID + digit)}, fmt.Sprintf(
		"<network><name>%s</name><uuid>%s%s</uuid><forward mode='bridge'/><bridge name='br0'/></network>", name, accessUUID, digit)
}

func deny(permission string) denial { return denial{permission: permission} }

// accessCases are made one after the other with one daemon. The first defines two
// domains and two networks.
func accessCases() []accessCase {
	web, webXML := accessDomain("web1", "1")
	db, dbXML := accessDomain("db1", "2")
	blue, blueXML := accessNetwork("blue", "3")
	red, redXML := accessNetwork("red", "4")
	gone, goneXML := accessDomain("web-gone", "5")
	_, webNextXML := accessDomain("web-next", "6")
	wrong := web
	wrong.Name = "db1" // which is not what its UUID says
	nobody := libvirt.Domain{Name: "nope", UUID: noUUID, ID: -1}
	define := func(xml string) question {
		return ask(rpc.DomainDefineXMLFlags, libvirt.DomainDefineXMLFlagsArgs{XML: xml})
	}
	defineNetwork := func(xml string) question {
		return ask(rpc.NetworkDefineXML, libvirt.NetworkDefineXMLArgs{XML: xml})
	}
	memory := func(flags uint32) question {
		return ask(rpc.DomainSetMemoryFlags, libvirt.DomainSetMemoryFlagsArgs{Dom: web, Memory: 65536, Flags: flags})
	}
	xml := func(d libvirt.Domain, flags libvirt.DomainXMLFlags) question {
		return ask(rpc.DomainGetXMLDesc, libvirt.DomainGetXMLDescArgs{Dom: d, Flags: flags})
	}
	lookUp := []question{
		ask(rpc.DomainLookupByName, libvirt.DomainLookupByNameArgs{Name: "web1"}),
		ask(rpc.DomainLookupByName, libvirt.DomainLookupByNameArgs{Name: "db1"}),
		ask(rpc.DomainLookupByName, libvirt.DomainLookupByNameArgs{Name: "nope"}),
		ask(rpc.DomainLookupByUUID, libvirt.DomainLookupByUUIDArgs{UUID: web.UUID}),
		ask(rpc.DomainLookupByID, libvirt.DomainLookupByIDArgs{ID: 77}),
		ask(rpc.ConnectListAllDomains, libvirt.ConnectListAllDomainsArgs{NeedResults: 1}),
		ask(rpc.ConnectListAllDomains, libvirt.ConnectListAllDomainsArgs{}),
		ask(rpc.ConnectListAllDomains, libvirt.ConnectListAllDomainsArgs{NeedResults: 1, Flags: 1 << 20}),
		ask(rpc.ConnectNumOfDomains, rpc.None{}),
		ask(rpc.ConnectListDomains, libvirt.ConnectListDomainsArgs{Maxids: 10}),
		ask(rpc.ConnectNumOfDefinedDomains, rpc.None{}),
		ask(rpc.ConnectListDefinedDomains, libvirt.ConnectListDefinedDomainsArgs{Maxnames: 10}),
		ask(rpc.ConnectListDefinedDomains, libvirt.ConnectListDefinedDomainsArgs{Maxnames: -1}),
	}
	lookUpNetworks := []question{
		ask(rpc.NetworkLookupByName, libvirt.NetworkLookupByNameArgs{Name: "blue"}),
		ask(rpc.NetworkLookupByUUID, libvirt.NetworkLookupByUUIDArgs{UUID: blue.UUID}),
		ask(rpc.NetworkLookupByName, libvirt.NetworkLookupByNameArgs{Name: "nope"}),
		ask(rpc.ConnectListAllNetworks, libvirt.ConnectListAllNetworksArgs{NeedResults: 1}),
		ask(rpc.ConnectListAllNetworks, libvirt.ConnectListAllNetworksArgs{}),
		ask(rpc.ConnectNumOfNetworks, rpc.None{}),
		ask(rpc.ConnectNumOfDefinedNetworks, rpc.None{}),
		ask(rpc.ConnectListDefinedNetworks, libvirt.ConnectListDefinedNetworksArgs{Maxnames: 10}),
		ask(rpc.ConnectListNetworks, libvirt.ConnectListNetworksArgs{Maxnames: 10}),
	}
	searches := []question{
		ask(rpc.ConnectNumOfStoragePools, rpc.None{}),
		ask(rpc.ConnectListAllStoragePools, libvirt.ConnectListAllStoragePoolsArgs{}),
		ask(rpc.ConnectListDefinedStoragePools, libvirt.ConnectListDefinedStoragePoolsArgs{Maxnames: 10}),
		ask(rpc.ConnectNumOfSecrets, rpc.None{}),
		ask(rpc.ConnectListSecrets, libvirt.ConnectListSecretsArgs{Maxuuids: 10}),
		ask(rpc.ConnectListAllSecrets, libvirt.ConnectListAllSecretsArgs{NeedResults: 1}),
	}
	searchesElsewhere := []question{
		ask(rpc.ConnectNumOfNwfilters, rpc.None{}),
		ask(rpc.ConnectListAllNwfilters, libvirt.ConnectListAllNwfiltersArgs{}),
		ask(rpc.NodeNumOfDevices, libvirt.NodeNumOfDevicesArgs{}),
		ask(rpc.NodeListDevices, libvirt.NodeListDevicesArgs{Maxnames: 10}),
		ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{}),
		ask(rpc.ConnectNumOfInterfaces, rpc.None{}),
		ask(rpc.ConnectListAllInterfaces, libvirt.ConnectListAllInterfacesArgs{}),
		ask(rpc.ConnectListAllNwfilterBindings, libvirt.ConnectListAllNwfilterBindingsArgs{NeedResults: 1}),
	}
	images := libvirt.StoragePool{Name: "images", UUID: noUUID}
	const computer = "computer"
	lo := libvirt.Interface{Name: "lo", Mac: "00:00:00:00:00:00"}
	return []accessCase{
		{nil, []question{define(webXML), define(dbXML), defineNetwork(blueXML), defineNetwork(redXML)}},
		{nil, slices.Concat(lookUp, lookUpNetworks, searches)},
		{[]denial{deny("domain.getattr"), {"network.getattr", "blue"}}, slices.Concat(lookUp, lookUpNetworks, []question{
			ask(rpc.DomainGetState, libvirt.DomainGetStateArgs{Dom: web}),
			ask(rpc.NetworkIsActive, libvirt.NetworkIsActiveArgs{Net: blue}),
			ask(rpc.NetworkIsActive, libvirt.NetworkIsActiveArgs{Net: red}),
		})},
		{[]denial{{"domain.getattr", "web*"}}, lookUp},
		{[]denial{deny("connect.search-*")}, slices.Concat(lookUp, lookUpNetworks, searches, searchesElsewhere, []question{
			ask(rpc.ConnectDomainEventCallbackRegisterAny, libvirt.ConnectDomainEventCallbackRegisterAnyArgs{}),
			ask(rpc.ConnectDomainEventCallbackRegisterAny, libvirt.ConnectDomainEventCallbackRegisterAnyArgs{EventID: 99}),
			ask(rpc.ConnectNetworkEventRegisterAny, libvirt.ConnectNetworkEventRegisterAnyArgs{}),
		})},
		{[]denial{deny("connect.*")}, []question{
			ask(rpc.ConnectGetType, rpc.None{}),
			ask(rpc.ConnectGetVersion, rpc.None{}),
			ask(rpc.ConnectGetLibVersion, rpc.None{}),
			ask(rpc.ConnectGetUri, rpc.None{}),
			ask(rpc.ConnectGetHostname, rpc.None{}),
			ask(rpc.ConnectIsSecure, rpc.None{}),
			ask(rpc.ConnectGetMaxVcpus, libvirt.ConnectGetMaxVcpusArgs{}),
			ask(rpc.ConnectGetCapabilities, rpc.None{}),
			ask(rpc.ConnectGetSysinfo, libvirt.ConnectGetSysinfoArgs{}),
			ask(rpc.NodeGetInfo, rpc.None{}),
			ask(rpc.NodeGetSecurityModel, rpc.None{}),
			ask(rpc.NodeGetMemoryStats, libvirt.NodeGetMemoryStatsArgs{CellNum: -1}),
			ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{}),
			ask(rpc.ConnectGetStoragePoolCapabilities, libvirt.ConnectGetStoragePoolCapabilitiesArgs{}),
			ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "x86_64"}),
			ask(rpc.ConnectSupportsFeature, libvirt.ConnectSupportsFeatureArgs{Feature: featureRemoteEventCallback}),
			ask(rpc.ConnectSupportsFeature, libvirt.ConnectSupportsFeatureArgs{Feature: featureTypedParamString}),
			ask(rpc.ConnectSupportsFeature, libvirt.ConnectSupportsFeatureArgs{Feature: 1}),
			ask(rpc.ConnectRegisterCloseCallback, rpc.None{}),
			ask(rpc.ConnectUnregisterCloseCallback, rpc.None{}),
		}},
		{[]denial{{"domain.*", "web*"}}, []question{
			ask(rpc.DomainGetInfo, libvirt.DomainGetInfoArgs{Dom: web}),
			ask(rpc.DomainGetInfo, libvirt.DomainGetInfoArgs{Dom: wrong}),
			ask(rpc.DomainGetInfo, libvirt.DomainGetInfoArgs{Dom: nobody}),
			ask(rpc.DomainGetState, libvirt.DomainGetStateArgs{Dom: db}),
			ask(rpc.DomainGetState, libvirt.DomainGetStateArgs{Dom: web, Flags: 5}),
			ask(rpc.DomainIsActive, libvirt.DomainIsActiveArgs{Dom: web}),
			ask(rpc.DomainIsPersistent, libvirt.DomainIsPersistentArgs{Dom: web}),
			ask(rpc.DomainIsUpdated, libvirt.DomainIsUpdatedArgs{Dom: web}),
			ask(rpc.DomainGetOsType, libvirt.DomainGetOsTypeArgs{Dom: web}),
			ask(rpc.DomainGetMaxMemory, libvirt.DomainGetMaxMemoryArgs{Dom: web}),
			ask(rpc.DomainGetMaxVcpus, libvirt.DomainGetMaxVcpusArgs{Dom: web}),
			ask(rpc.DomainGetVcpusFlags, libvirt.DomainGetVcpusFlagsArgs{Dom: web, Flags: 2}),
			ask(rpc.DomainGetAutostart, libvirt.DomainGetAutostartArgs{Dom: web}),
			ask(rpc.DomainGetControlInfo, libvirt.DomainGetControlInfoArgs{Dom: web}),
			ask(rpc.DomainGetHostname, libvirt.DomainGetHostnameArgs{Dom: web}),
			ask(rpc.DomainGetSecurityLabel, libvirt.DomainGetSecurityLabelArgs{Dom: web}),
			ask(rpc.DomainGetMessages, libvirt.DomainGetMessagesArgs{Dom: web}),
			ask(rpc.DomainGetMetadata, libvirt.DomainGetMetadataArgs{Dom: web, Type: 0}),
			ask(rpc.DomainHasManagedSaveImage, libvirt.DomainHasManagedSaveImageArgs{Dom: web}),
			xml(web, 0), xml(web, 1<<20),
			ask(rpc.DomainCreate, libvirt.DomainCreateArgs{Dom: web}),
			ask(rpc.DomainCreateWithFlags, libvirt.DomainCreateWithFlagsArgs{Dom: web}),
			ask(rpc.DomainCreateWithFlags, libvirt.DomainCreateWithFlagsArgs{Dom: web, Flags: 1 << 20}),
			ask(rpc.DomainDestroy, libvirt.DomainDestroyArgs{Dom: web}),
			ask(rpc.DomainDestroyFlags, libvirt.DomainDestroyFlagsArgs{Dom: web, Flags: 1 << 20}),
			ask(rpc.DomainDestroy, libvirt.DomainDestroyArgs{Dom: db}),
			ask(rpc.DomainShutdown, libvirt.DomainShutdownArgs{Dom: web}),
			ask(rpc.DomainReboot, libvirt.DomainRebootArgs{Dom: web}),
			ask(rpc.DomainReset, libvirt.DomainResetArgs{Dom: web}),
			ask(rpc.DomainSuspend, libvirt.DomainSuspendArgs{Dom: web}),
			ask(rpc.DomainResume, libvirt.DomainResumeArgs{Dom: web}),
			ask(rpc.DomainUndefine, libvirt.DomainUndefineArgs{Dom: web}),
			ask(rpc.DomainUndefineFlags, libvirt.DomainUndefineFlagsArgs{Dom: web, Flags: 1 << 25}),
			ask(rpc.DomainSetAutostart, libvirt.DomainSetAutostartArgs{Dom: web, Autostart: 1}),
			ask(rpc.DomainManagedSave, libvirt.DomainManagedSaveArgs{Dom: web}),
			ask(rpc.DomainManagedSaveRemove, libvirt.DomainManagedSaveRemoveArgs{Dom: web}),
			ask(rpc.DomainRename, libvirt.DomainRenameArgs{Dom: web, NewName: libvirt.OptString{"other"}}),
			ask(rpc.DomainSetMetadata, libvirt.DomainSetMetadataArgs{Dom: web, Type: 0, Metadata: libvirt.OptString{"x"}}),
			ask(rpc.DomainSetVcpusFlags, libvirt.DomainSetVcpusFlagsArgs{Dom: web, Nvcpus: 1, Flags: 2}),
			memory(0), memory(1 << 20),
			define(webXML), define(webNextXML), define("<domain type='qemu'><name>web2</name></domain>"), define("<domain"),
			ask(rpc.DomainDefineXMLFlags, libvirt.DomainDefineXMLFlagsArgs{XML: webXML, Flags: 1 << 20}),
			ask(rpc.DomainCreateXML, libvirt.DomainCreateXMLArgs{XMLDesc: webNextXML}),
			ask(rpc.DomainCreateXML, libvirt.DomainCreateXMLArgs{XMLDesc: "<domain type='qemu'><name>web2</name></domain>"}),
		}},
		{[]denial{deny("domain.save"), deny("domain.read-secure")}, []question{
			memory(0), memory(1), memory(2), memory(3), xml(web, 1), xml(web, 8),
			ask(rpc.DomainSetAutostart, libvirt.DomainSetAutostartArgs{Dom: web}),
			define(webXML),
		}},
		{[]denial{deny("domain.init-control"), deny("domain.suspend")}, []question{
			ask(rpc.DomainShutdown, libvirt.DomainShutdownArgs{Dom: web}),
			ask(rpc.DomainSuspend, libvirt.DomainSuspendArgs{Dom: web}),
			ask(rpc.DomainResume, libvirt.DomainResumeArgs{Dom: web}),
			ask(rpc.DomainDestroy, libvirt.DomainDestroyArgs{Dom: web}),
		}},
		{[]denial{deny("domain.write")}, []question{
			ask(rpc.DomainShutdownFlags, libvirt.DomainShutdownFlagsArgs{Dom: web, Flags: 2}),
			ask(rpc.DomainShutdownFlags, libvirt.DomainShutdownFlagsArgs{Dom: web, Flags: 1}),
			ask(rpc.DomainReboot, libvirt.DomainRebootArgs{Dom: web, Flags: 2}),
			ask(rpc.DomainGetVcpusFlags, libvirt.DomainGetVcpusFlagsArgs{Dom: web, Flags: 8}),
		}},
		{[]denial{{"network.*", "blue"}}, []question{
			ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: blue}),
			ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: red}),
			ask(rpc.NetworkIsActive, libvirt.NetworkIsActiveArgs{Net: blue}),
			ask(rpc.NetworkIsPersistent, libvirt.NetworkIsPersistentArgs{Net: blue}),
			ask(rpc.NetworkGetBridgeName, libvirt.NetworkGetBridgeNameArgs{Net: blue}),
			ask(rpc.NetworkGetAutostart, libvirt.NetworkGetAutostartArgs{Net: blue}),
			ask(rpc.NetworkSetAutostart, libvirt.NetworkSetAutostartArgs{Net: blue, Autostart: 1}),
			ask(rpc.NetworkGetDhcpLeases, libvirt.NetworkGetDhcpLeasesArgs{Net: blue}),
			ask(rpc.NetworkCreate, libvirt.NetworkCreateArgs{Net: blue}),
			ask(rpc.NetworkDestroy, libvirt.NetworkDestroyArgs{Net: blue}),
			ask(rpc.NetworkUndefine, libvirt.NetworkUndefineArgs{Net: blue}),
			ask(rpc.NetworkUndefine, libvirt.NetworkUndefineArgs{Net: libvirt.Network{Name: "blue", UUID: noUUID}}),
			defineNetwork(blueXML), defineNetwork("<network><forward mode='bridge'/></network>"),
			ask(rpc.NetworkCreateXML, libvirt.NetworkCreateXMLArgs{XML: blueXML}),
		}},
		{[]denial{deny("storage-pool.*"), deny("node-device.*"), deny("interface.*")}, []question{
			ask(rpc.StoragePoolLookupByName, libvirt.StoragePoolLookupByNameArgs{Name: "images"}),
			ask(rpc.StoragePoolLookupByName, libvirt.StoragePoolLookupByNameArgs{Name: "nope"}),
			ask(rpc.StoragePoolLookupByTargetPath, libvirt.StoragePoolLookupByTargetPathArgs{Path: "/mnt"}),
			ask(rpc.StoragePoolIsActive, libvirt.StoragePoolIsActiveArgs{Pool: images}),
			ask(rpc.ConnectNumOfDefinedStoragePools, rpc.None{}),
			ask(rpc.ConnectListDefinedStoragePools, libvirt.ConnectListDefinedStoragePoolsArgs{Maxnames: 10}),
			ask(rpc.ConnectListAllStoragePools, libvirt.ConnectListAllStoragePoolsArgs{NeedResults: 1}),
			ask(rpc.NodeDeviceLookupByName, libvirt.NodeDeviceLookupByNameArgs{Name: computer}),
			ask(rpc.NodeDeviceLookupByName, libvirt.NodeDeviceLookupByNameArgs{Name: "nope"}),
			ask(rpc.NodeDeviceGetXMLDesc, libvirt.NodeDeviceGetXMLDescArgs{Name: computer}),
			ask(rpc.NodeDeviceGetParent, libvirt.NodeDeviceGetParentArgs{Name: computer}),
			ask(rpc.NodeDeviceNumOfCaps, libvirt.NodeDeviceNumOfCapsArgs{Name: computer}),
			ask(rpc.NodeNumOfDevices, libvirt.NodeNumOfDevicesArgs{}),
			ask(rpc.NodeListDevices, libvirt.NodeListDevicesArgs{Maxnames: 10}),
			ask(rpc.ConnectListAllNodeDevices, libvirt.ConnectListAllNodeDevicesArgs{NeedResults: 1}),
			ask(rpc.InterfaceLookupByName, libvirt.InterfaceLookupByNameArgs{Name: "lo"}),
			ask(rpc.InterfaceGetXMLDesc, libvirt.InterfaceGetXMLDescArgs{Iface: lo}),
			ask(rpc.InterfaceIsActive, libvirt.InterfaceIsActiveArgs{Iface: lo}),
			ask(rpc.ConnectNumOfInterfaces, rpc.None{}),
			ask(rpc.ConnectListAllInterfaces, libvirt.ConnectListAllInterfacesArgs{NeedResults: 1}),
		}},
		{[]denial{{"domain.getattr", "web-gone"}, {"network.getattr", "blue"}}, []question{
			ask(rpc.ConnectDomainEventCallbackRegisterAny, libvirt.ConnectDomainEventCallbackRegisterAnyArgs{}),
			ask(rpc.ConnectNetworkEventRegisterAny, libvirt.ConnectNetworkEventRegisterAnyArgs{}),
			define(goneXML), ask(rpc.DomainUndefine, libvirt.DomainUndefineArgs{Dom: gone}),
			ask(rpc.NetworkUndefine, libvirt.NetworkUndefineArgs{Net: blue}),
			ask(rpc.NetworkUndefine, libvirt.NetworkUndefineArgs{Net: red}),
			ask(rpc.DomainUndefine, libvirt.DomainUndefineArgs{Dom: web}),
			ask(rpc.DomainUndefine, libvirt.DomainUndefineArgs{Dom: db}), // whose event is the last
		}},
	}
}

// accessTranscript makes the calls of all cases. begin puts denials in force, and
// returns how a new connection asks; events returns those that have come to it.
func accessTranscript(t *testing.T, begin func([]denial) (answer func(question) (any, error)), events func() []question) string {
	t.Helper()
	heading := strings.NewReplacer(recordedBy+"\n\n", "")
	text := "Recorded from libvirtd 9.0.0 of root by: go test -exec testdata/polkit.sh -run TestAnswersOfPolkit -update\n"
	for _, c := range accessCases() {
		text += "\n"
		for _, d := range c.denied {
			text += strings.TrimSpace("denied "+d.permission+" "+d.object) + "\n"
		}
		text += heading.Replace(transcript(t, c.questions, begin(c.denied)))
	}
	for _, e := range events() {
		text += e.info.Name + " " + asJSON(t, e.args) + "\n"
	}
	return text
}

const accessFile, accessURI = "answers-polkit.txt", "qemu:///system"

// TestAnswersOfPolkit compares what is denied, and with which words, with what root's
// libvirtd denies whose access manager asks polkit.
func TestAnswersOfPolkit(t *testing.T) {
	if *polkitDir != "" {
		record(t, accessFile, recordAccess(t, *polkitDir))
		return
	}
	var denied []denial
	d := driver.QEMU()
	node := driver.NewNode(driver.Config{Drivers: []*driver.Driver{d}, NewState: func(d *driver.Driver) (*hypervisor.State, error) {
		st := hypervisor.New(hypervisor.Config{Traits: &d.Traits})
		if err := d.Populate(st); err != nil {
			return nil, err
		}
		_, err := st.AddStoragePool("<pool type='dir'><name>images</name><target><path>/mnt</path></target></pool>", hypervisor.Standing{Persistent: true})
		return st, err
	}})
	host := &Host{Drivers: node, Version: 9000000, Access: func(c AccessCheck) bool {
		return !slices.ContainsFunc(denied, func(d denial) bool { return d.means(c) })
	}}
	var heard eventRecorder
	table := Supported()
	got := accessTranscript(t, func(now []denial) func(question) (any, error) {
		s := NewSession(host, &call.Peer{Transport: call.Unix}, &heard)
		t.Cleanup(s.End)
		denied = nil
		if _, err := connectOpen(s, &libvirt.ConnectOpenArgs{Name: libvirt.OptString{accessURI}}); err != nil {
			t.Fatal(err)
		}
		denied = now
		return func(q question) (any, error) { return table.Serve(s, q.info, q.args) }
	}, func() []question { return heard.events })
	compareRecorded(t, accessFile, got)
}

// means reports whether a denial is about what is asked.
func (d denial) means(c AccessCheck) bool {
	matches := func(pattern, text string) bool {
		start, star := strings.CutSuffix(pattern, "*")
		return text == pattern || star && strings.HasPrefix(text, start)
	}
	return matches(d.permission, c.Permission) &&
		(d.object == "" || slices.ContainsFunc(c.Objects, func(o naming.Object) bool { return matches(d.object, o.Name) }))
}

// eventRecorder is a Client that keeps the events. They come before the call returns
// that causes them.
type eventRecorder struct {
	Client
	events []question
}

func (r *eventRecorder) SendEvent(info *rpc.Info, msg any) {
	r.events = append(r.events, question{info, msg})
}

// recordAccess asks the real daemon of testdata/polkit.sh.
func recordAccess(t *testing.T, dir string) string {
	t.Helper()
	write := func(denied []denial) {
		var lines string
		for _, d := range denied {
			lines += strings.TrimSpace(d.permission+" "+d.object) + "\n"
		}
		if err := os.WriteFile(filepath.Join(dir, "denied"), []byte(lines), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var conn *daemonConn
	return accessTranscript(t, func(denied []denial) func(question) (any, error) {
		write(nil)
		conn = dialDaemon(t, filepath.Join(dir, "libvirt-sock"))
		conn.mustCall(t, ask(rpc.AuthList, rpc.None{}))
		conn.mustCall(t, ask(rpc.ConnectOpen, libvirt.ConnectOpenArgs{Name: libvirt.OptString{accessURI}}))
		write(denied)
		return conn.call
	}, func() []question {
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		for {
			for _, m := range conn.messages {
				if e, ok := m.args.(*libvirt.DomainEventCallbackLifecycleMsg); ok && e.Msg.Dom.Name == "db1" {
					return conn.messages
				}
			}
			if err := conn.next(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
