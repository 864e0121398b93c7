package rpc_test

import (
	"iter"
	"reflect"
	"slices"
	"testing"

	"github.com/digitalocean/go-libvirt"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// TestCounts compares with the go-libvirt that the table was made for. A newer
// one may bring more, but nothing goes away.
func TestCounts(t *testing.T) {
	type key struct {
		program uint32
		kind    rpc.Kind
	}
	counts := map[key]int{}
	for i := range rpc.All() {
		counts[key{i.Program, i.Kind}]++
	}
	for k, atLeast := range map[key]int{
		{rpc.ProgramRemote, rpc.KindCall}:  400,
		{rpc.ProgramRemote, rpc.KindEvent}: 53,
		{rpc.ProgramQEMU, rpc.KindCall}:    6,
		{rpc.ProgramQEMU, rpc.KindEvent}:   1,
	} {
		if counts[k] < atLeast {
			t.Errorf("program %#x has %d entries of kind %v, at least %d are known", k.program, counts[k], k.kind, atLeast)
		}
	}
}

func TestAllIsInOrderAndComplete(t *testing.T) {
	var last *rpc.Info
	names, constants := map[string]bool{}, map[string]bool{}
	for i := range rpc.All() {
		if last != nil && (i.Program < last.Program || i.Program == last.Program && i.Number <= last.Number) {
			t.Errorf("%s comes after %s", i.Name, last.Name)
		}
		last = i
		if names[i.Name] || constants[i.Constant] {
			t.Errorf("%s or %s is there twice", i.Name, i.Constant)
		}
		names[i.Name], constants[i.Constant] = true, true
		if rpc.Lookup(i.Program, i.Number) != i {
			t.Errorf("%s is not found by its number", i.Name)
		}
		if rpc.ByName(i.Name) != i || rpc.ByName(i.Constant) != i {
			t.Errorf("%s is not found by its names", i.Name)
		}
		if i.Function != "" && !slices.Contains(slices.Collect(rpc.Named(i.Function)), i) {
			t.Errorf("%s is not found by its function", i.Name)
		}
		if i.Since == 0 || i.DecodeArgs == nil || i.EncodeArgs == nil || i.DecodeRet == nil || i.EncodeRet == nil {
			t.Errorf("%s is incomplete", i.Name)
		}
		if (i.Kind == rpc.KindEvent) != (i.Function == "") && i.NeedsAuth {
			t.Errorf("%s: kind %v and function %q", i.Name, i.Kind, i.Function)
		}
	}
	for range rpc.All() {
		break // a range that ends early must not panic
	}
}

func TestLookupUnknown(t *testing.T) {
	for _, tt := range []struct {
		program uint32
		number  int32
	}{
		{rpc.ProgramRemote, 0}, {rpc.ProgramRemote, -1}, {rpc.ProgramRemote, 9999}, {rpc.ProgramRemote, -1 << 31},
		{rpc.ProgramQEMU, 0}, {rpc.ProgramQEMU, 100}, {rpc.ProgramLXC, 1}, {rpc.ProgramKeepalive, 1}, {0, 1},
	} {
		if i := rpc.Lookup(tt.program, tt.number); i != nil {
			t.Errorf("%#x %d is %s", tt.program, tt.number, i.Name)
		}
	}
	for _, name := range []string{"", "domainCreate", "virNothing"} {
		if i := rpc.ByName(name); i != nil {
			t.Errorf("%q is %s", name, i.Name)
		}
	}
}

func TestByFunction(t *testing.T) {
	names := func(s iter.Seq[*rpc.Info]) (names []string) {
		for i := range s {
			names = append(names, i.Name)
		}
		return names
	}
	for function, want := range map[string][]string{
		"virDomainCreate":             {"DomainCreate"},
		"virDomainQemuMonitorCommand": {"QEMUDomainMonitorCommand"},
		"virConnectDomainEventRegisterAny": {
			"ConnectDomainEventRegister", "ConnectDomainEventRegisterAny", "ConnectDomainEventCallbackRegisterAny",
		},
	} {
		if got := names(rpc.Named(function)); !slices.Equal(got, want) {
			t.Errorf("%s is %v", function, got)
		}
		if got := rpc.ByName(function); got.Name != want[len(want)-1] {
			t.Errorf("%s is %s", function, got.Name)
		}
	}
}

// TestFacts looks at some entries that cover what the table can say.
func TestFacts(t *testing.T) {
	for _, tt := range []struct {
		got  *rpc.Info
		want rpc.Info
	}{
		{rpc.DomainLookupByName.Info, rpc.Info{
			Program: rpc.ProgramRemote, Number: 23, Name: "DomainLookupByName", Constant: "REMOTE_PROC_DOMAIN_LOOKUP_BY_NAME",
			Function: "virDomainLookupByName", ErrorDomain: 20, Since: 3000, ReadOnly: true, NeedsAuth: true, ACL: []string{"domain:getattr"},
		}},
		{rpc.AuthList.Info, rpc.Info{
			Program: rpc.ProgramRemote, Number: 66, Name: "AuthList", Constant: "REMOTE_PROC_AUTH_LIST", Since: 4000, ReadOnly: true,
		}},
		{rpc.NetworkCreate.Info, rpc.Info{
			Program: rpc.ProgramRemote, Number: 39, Name: "NetworkCreate", Constant: "REMOTE_PROC_NETWORK_CREATE",
			Function: "virNetworkCreate", ErrorDomain: 19, Since: 3000, NeedsAuth: true, ACL: []string{"network:start"},
		}},
		{rpc.ConnectListAllNodeDevices.Info, rpc.Info{
			Program: rpc.ProgramRemote, Number: 285, Name: "ConnectListAllNodeDevices", Constant: "REMOTE_PROC_CONNECT_LIST_ALL_NODE_DEVICES",
			Function: "virConnectListAllNodeDevices", ErrorDomain: 22, Since: 10002, ReadOnly: true, NeedsAuth: true,
			ACL: []string{"connect:search_node_devices"}, ACLFilter: "node_device:getattr",
		}},
		{rpc.StorageVolUpload.Info, rpc.Info{
			Program: rpc.ProgramRemote, Number: 208, Name: "StorageVolUpload", Constant: "REMOTE_PROC_STORAGE_VOL_UPLOAD",
			Function: "virStorageVolUpload", ErrorDomain: 18, Since: 9000, Stream: rpc.StreamFromClient, NeedsAuth: true, ACL: []string{"storage_vol:data_write"},
		}},
		{rpc.DomainEventCallbackLifecycle.Info, rpc.Info{
			Program: rpc.ProgramRemote, Number: 318, Name: "DomainEventCallbackLifecycle", Constant: "REMOTE_PROC_DOMAIN_EVENT_CALLBACK_LIFECYCLE",
			Since: 1002001, Kind: rpc.KindEvent, ReadOnly: true, NeedsAuth: true,
		}},
		{rpc.QEMUDomainMonitorCommand.Info, rpc.Info{
			Program: rpc.ProgramQEMU, Number: 1, Name: "QEMUDomainMonitorCommand", Constant: "QEMU_PROC_DOMAIN_MONITOR_COMMAND",
			Function: "virDomainQemuMonitorCommand", Since: 8003, NeedsAuth: true, ACL: []string{"domain:write"},
		}},
	} {
		got := *tt.got
		got.DecodeArgs, got.EncodeArgs, got.DecodeRet, got.EncodeRet = nil, nil, nil, nil
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.want.Name, got, tt.want)
		}
	}
}

// TestGroups compares the small groups of procedures with what is known of the
// protocol.
func TestGroups(t *testing.T) {
	for name, tt := range map[string]struct {
		in   func(*rpc.Info) bool
		want []int32
	}{
		"callable before authentication": {func(i *rpc.Info) bool { return !i.NeedsAuth }, []int32{66, 67, 68, 69, 70}},
		"stream from the client":         {func(i *rpc.Info) bool { return i.Stream == rpc.StreamFromClient }, []int32{148, 208, 215, 304}},
		"stream to the client":           {func(i *rpc.Info) bool { return i.Stream == rpc.StreamToClient }, []int32{209, 211}},
		"stream both ways":               {func(i *rpc.Info) bool { return i.Stream == rpc.StreamBoth }, []int32{201, 296}},
		"refused depending on arguments": {func(i *rpc.Info) bool { return i.ReadOnlyUnless != nil }, []int32{14, 186, 200, 353, 388, 412}},
		"neither arguments nor result": {func(i *rpc.Info) bool {
			_, args := i.DecodeArgs(rpc.NewDecoder(nil)).(*rpc.None)
			_, ret := i.DecodeRet(rpc.NewDecoder(nil)).(*rpc.None)
			return args && ret
		}, []int32{2, 360, 361}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []int32
			for i := range rpc.All() {
				if i.Program == rpc.ProgramRemote && tt.in(i) {
					got = append(got, i.Number)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestSinceFollowsNumbers: numbers are given out in order.
func TestSinceFollowsNumbers(t *testing.T) {
	last := map[uint32]*rpc.Info{}
	for i := range rpc.All() {
		if i == rpc.ConnectFindStoragePoolSources.Info {
			continue // took over the number of an abandoned procedure
		}
		if l := last[i.Program]; l != nil && i.Since < l.Since {
			t.Errorf("%s is of %v, and %s before it of %v", i.Name, i.Since, l.Name, l.Since)
		}
		last[i.Program] = i
	}
}

func TestHighest(t *testing.T) {
	for _, tt := range []struct {
		program uint32
		version string
		want    int32
	}{
		{rpc.ProgramRemote, "9.0.0", 443},
		{rpc.ProgramRemote, "9.6.0", 443},
		{rpc.ProgramRemote, "9.7.0", 445},
		{rpc.ProgramRemote, "8.10.0", 442},
		{rpc.ProgramRemote, "1.2.1", 333},
		{rpc.ProgramRemote, "11.2.0", 453},
		{rpc.ProgramRemote, "0.2.0", 0},
		{rpc.ProgramQEMU, "9.0.0", 7},
		{rpc.ProgramQEMU, "8.1.0", 6},
		{rpc.ProgramLXC, "9.0.0", 0},
	} {
		v, err := rpc.ParseVersion(tt.version)
		if err != nil {
			t.Fatal(err)
		}
		if got := rpc.Highest(tt.program, v); got != tt.want {
			t.Errorf("program %#x at %s: %d, want %d", tt.program, tt.version, got, tt.want)
		}
	}
}

func TestVersion(t *testing.T) {
	for s, v := range map[string]rpc.Version{"9.0.0": rpc.DefaultVersion, "0.10.2": 10002, "11.2.0": 11002000, "1.2.21": 1002021} {
		if got, err := rpc.ParseVersion(s); got != v || err != nil {
			t.Errorf("%s is %d, %v", s, got, err)
		}
		if v.String() != s {
			t.Errorf("%d is %s", v, v)
		}
	}
	for _, s := range []string{"", "9", "9.0", "9.0.0.0", "9.0.x", "9..0", "-9.0.0", "+9.0.0", "9.1000.0", " 9.0.0"} {
		if v, err := rpc.ParseVersion(s); err == nil {
			t.Errorf("%q is %d", s, v)
		}
	}
}

func TestReadOnly(t *testing.T) {
	for _, tt := range []struct {
		name string
		info *rpc.Info
		args any
		want string // "" if it may be called
	}{
		{"look-up", rpc.DomainLookupByName.Info, &libvirt.DomainLookupByNameArgs{}, ""},
		{"create", rpc.DomainCreate.Info, &libvirt.DomainCreateArgs{}, "operation forbidden: read only access prevents virDomainCreate"},
		{"XML", rpc.DomainGetXMLDesc.Info, &libvirt.DomainGetXMLDescArgs{Flags: libvirt.DomainXMLInactive}, ""},
		{"secure XML", rpc.DomainGetXMLDesc.Info, &libvirt.DomainGetXMLDescArgs{Flags: libvirt.DomainXMLSecure}, "operation forbidden: virDomainGetXMLDesc with secure flag"},
		{"migratable XML", rpc.DomainGetXMLDesc.Info, &libvirt.DomainGetXMLDescArgs{Flags: libvirt.DomainXMLMigratable | libvirt.DomainXMLInactive}, "operation forbidden: virDomainGetXMLDesc with secure flag"},
		{"vcpus", rpc.DomainGetVcpusFlags.Info, &libvirt.DomainGetVcpusFlagsArgs{Flags: 4}, ""},
		{"vcpus in the guest", rpc.DomainGetVcpusFlags.Info, &libvirt.DomainGetVcpusFlagsArgs{Flags: 8 | 4}, "operation forbidden: read only access prevents virDomainGetVcpusFlags"},
		{"addresses from leases", rpc.DomainInterfaceAddresses.Info, &libvirt.DomainInterfaceAddressesArgs{Source: 0}, ""},
		{"addresses from the agent", rpc.DomainInterfaceAddresses.Info, &libvirt.DomainInterfaceAddressesArgs{Source: 1}, "operation forbidden: read only access prevents virDomainInterfaceAddresses"},
		{"addresses from ARP", rpc.DomainInterfaceAddresses.Info, &libvirt.DomainInterfaceAddressesArgs{Source: 2}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.info.RefuseReadOnly(tt.args)
			switch {
			case err == nil && tt.want == "":
			case err == nil || err.Message != tt.want || err.Code != libvirt.ErrOperationDenied || err.Domain != tt.info.ErrorDomain:
				t.Errorf("refused with %+v, want %q", err, tt.want)
			}
		})
	}
}
