package hypervisor

import (
	"slices"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"
)

// newObjects makes a State whose objects are treated so, with nothing in it.
func newObjects(traits ObjectTraits) *State {
	return New(Config{Traits: &Traits{Objects: traits}})
}

func TestByNameKeepsOrder(t *testing.T) {
	var l byName[*nodeDevice]
	for _, name := range []string{"b", "a", "c", "b"} {
		l.add(&nodeDevice{name: name})
	}
	all := func(*nodeDevice) bool { return true }
	if got := l.names(10, all); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("names are %v", got)
	}
	if got := l.names(2, all); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("two names are %v", got)
	}
	if _, ok := l.get("bb"); ok {
		t.Error("found a device that is not there")
	}
}

func TestPasses(t *testing.T) {
	const with, without = 2, 1
	for _, c := range []struct {
		name  string
		flags uint32
		has   bool
		want  bool
	}{
		{"no flag, has it", 4, true, true},
		{"no flag, has it not", 4, false, true},
		{"with, has it", with, true, true},
		{"with, has it not", with, false, false},
		{"without, has it", without, true, false},
		{"without, has it not", without, false, true},
		{"both, has it", with | without, true, true},
		{"both, has it not", with | without, false, true},
	} {
		if got := passes(c.flags, with, without, c.has); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// standings are one object of every standing, named by its letters.
var standings = map[string]Standing{
	"active persistent autostart": {true, true, true},
	"active persistent":           {true, true, false},
	"active":                      {true, false, false},
	"persistent autostart":        {false, true, true},
	"persistent":                  {false, true, false},
}

func TestListAllNetworksFilters(t *testing.T) {
	s := newObjects(ObjectTraits{Network: NetworkTraits{KindTraits: KindTraits{ErrorDomain: FromNetwork, Prefix: "network", Omit: "Network"}}})
	for name, standing := range standings {
		if _, err := s.AddNetwork("<network><name>"+name+"</name></network>", standing); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		flags libvirt.ConnectListAllNetworksFlags
		want  []string
	}{
		{"all", 0, []string{"active", "active persistent", "active persistent autostart", "persistent", "persistent autostart"}},
		{"active", libvirt.ConnectListNetworksActive, []string{"active", "active persistent", "active persistent autostart"}},
		{"inactive", libvirt.ConnectListNetworksInactive, []string{"persistent", "persistent autostart"}},
		{"active or not", 3, []string{"active", "active persistent", "active persistent autostart", "persistent", "persistent autostart"}},
		{"transient", libvirt.ConnectListNetworksTransient, []string{"active"}},
		{"persistent", libvirt.ConnectListNetworksPersistent, []string{"active persistent", "active persistent autostart", "persistent", "persistent autostart"}},
		{"autostart", libvirt.ConnectListNetworksAutostart, []string{"active persistent autostart", "persistent autostart"}},
		{"active, no autostart", libvirt.ConnectListNetworksActive | libvirt.ConnectListNetworksNoAutostart, []string{"active", "active persistent"}},
		{"transient, autostart", libvirt.ConnectListNetworksTransient | libvirt.ConnectListNetworksAutostart, nil},
	} {
		refs, err := s.ConnectListAllNetworks(uint32(c.flags))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range refs {
			got = append(got, r.Name)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if n, m := s.ConnectNumOfNetworks(), s.ConnectNumOfDefinedNetworks(); n != 3 || m != 2 {
		t.Errorf("%d run and %d do not", n, m)
	}
	if got := s.ConnectListDefinedNetworks(1); !slices.Equal(got, []string{"persistent"}) {
		t.Errorf("the first that does not run is %v", got)
	}
	wantError(t, second(s.ConnectListAllNetworks(0x41)), Error{
		Code: libvirt.ErrInvalidArg, Domain: FromNetwork,
		Message: "unsupported flags (0x40) in function networkConnectListAllNetworks",
		Str1:    "networkConnectListAllNetworks", Str2: "flags",
	})
}

func TestListAllStoragePoolsFilters(t *testing.T) {
	s := newObjects(ObjectTraits{Storage: StorageTraits{KindTraits: KindTraits{ErrorDomain: FromStorage, Prefix: "storage", Omit: "Storage"}}})
	for _, kind := range poolKinds {
		if _, err := s.AddStoragePool("<pool type='"+kind+"'><name>"+kind+"</name></pool>", Standing{Active: kind == "dir", Persistent: true}); err != nil {
			t.Fatal(err)
		}
	}
	list := func(flags libvirt.ConnectListAllStoragePoolsFlags) []string {
		refs, err := s.ConnectListAllStoragePools(uint32(flags))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range refs {
			names = append(names, r.Name)
		}
		return names
	}
	for flag, kind := range map[libvirt.ConnectListAllStoragePoolsFlags]string{
		libvirt.ConnectListStoragePoolsDir: "dir", libvirt.ConnectListStoragePoolsFs: "fs",
		libvirt.ConnectListStoragePoolsNetfs: "netfs", libvirt.ConnectListStoragePoolsLogical: "logical",
		libvirt.ConnectListStoragePoolsDisk: "disk", libvirt.ConnectListStoragePoolsIscsi: "iscsi",
		libvirt.ConnectListStoragePoolsScsi: "scsi", libvirt.ConnectListStoragePoolsMpath: "mpath",
		libvirt.ConnectListStoragePoolsRbd: "rbd", libvirt.ConnectListStoragePoolsSheepdog: "sheepdog",
		libvirt.ConnectListStoragePoolsGluster: "gluster", libvirt.ConnectListStoragePoolsZfs: "zfs",
		libvirt.ConnectListStoragePoolsVstorage: "vstorage", libvirt.ConnectListStoragePoolsIscsiDirect: "iscsi-direct",
	} {
		if got := list(flag); !slices.Equal(got, []string{kind}) {
			t.Errorf("pools of %s are %v", kind, got)
		}
	}
	if got := list(libvirt.ConnectListStoragePoolsDir | libvirt.ConnectListStoragePoolsZfs); !slices.Equal(got, []string{"dir", "zfs"}) {
		t.Errorf("two kinds are %v", got)
	}
	if got := list(libvirt.ConnectListStoragePoolsInactive | libvirt.ConnectListStoragePoolsDir); got != nil {
		t.Errorf("inactive dir pools are %v", got)
	}
	if n, err := s.ConnectCountAllStoragePools(uint32(libvirt.ConnectListStoragePoolsDir)); err != nil || int(n) != len(poolKinds) {
		t.Errorf("the count alone is %d, %v", n, err)
	}
	wantError(t, second(s.ConnectListAllStoragePools(1<<20)), Error{
		Code: libvirt.ErrInvalidArg, Domain: FromStorage,
		Message: "unsupported flags (0x100000) in function storageConnectListAllStoragePools",
		Str1:    "storageConnectListAllStoragePools", Str2: "flags",
	})
}

func TestListAllNodeDevicesFilters(t *testing.T) {
	s := newObjects(ObjectTraits{NodeDevice: NodeDeviceTraits{ListFlags: ListNodeDeviceCaps | ListNodeDeviceStates, CountsNestedCaps: true}})
	for _, kind := range deviceCapKinds {
		if _, err := s.AddNodeDevice("<device><name>" + kind + "</name><capability type='" + kind + "'/></device>"); err != nil {
			t.Fatal(err)
		}
	}
	nested := "<device><name>nested</name><capability type='scsi_host'>" +
		"<capability type='fc_host'><wwnn>a</wwnn><wwpn>b</wwpn></capability>" +
		"<capability type='vport_ops'/><capability type='else'/></capability></device>"
	if _, err := s.AddNodeDevice(nested); err != nil {
		t.Fatal(err)
	}
	for i, kind := range deviceCapKinds {
		want := []string{kind}
		if kind == "scsi_host" || kind == "fc_host" || kind == "vports" {
			want = append(want, "nested")
			slices.Sort(want)
		}
		got, err := s.ConnectListAllNodeDevices(1 << i)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("devices with %s are %v, %v", kind, got, err)
		}
		byCap, err := s.NodeListDevices(&kind, 10, 0)
		if err != nil || !slices.Equal(byCap, want) {
			t.Errorf("devices listed by %s are %v, %v", kind, byCap, err)
		}
	}
	if got, err := s.NodeDeviceListCaps("nested"); err != nil || !slices.Equal(got, []string{"scsi_host", "fc_host", "vports"}) {
		t.Errorf("capabilities are %v, %v", got, err)
	}
	if got, err := s.NodeDeviceLookupSCSIHostByWWN("a", "b", 0); err != nil || got != "nested" {
		t.Errorf("the SCSI host is %q, %v", got, err)
	}
	wantError(t, second(s.NodeDeviceLookupSCSIHostByWWN("a", "a", 0)), Error{
		Code: libvirt.ErrInternalError, Message: "An error occurred, but the cause is unknown",
	})
	if got, err := s.ConnectListAllNodeDevices(uint32(libvirt.ConnectListNodeDevicesInactive)); err != nil || got != nil {
		t.Errorf("inactive devices are %v, %v", got, err)
	}
}

func TestListAllSecretsFilters(t *testing.T) {
	s := newObjects(ObjectTraits{Secret: KindTraits{ErrorDomain: FromSecret, Prefix: "secret", Omit: "Secret"}})
	for i, x := range []secret{{ephemeral: true}, {private: true}, {}, {ephemeral: true, private: true}} {
		x.UUID[0], x.UsageType, x.UsageID = byte(9-i), 1, string(rune('a'+i))
		s.addSecretLocked(&x)
	}
	for _, c := range []struct {
		name  string
		flags libvirt.ConnectListAllSecretsFlags
		want  string
	}{
		{"all, by UUID", 0, "dcba"},
		{"ephemeral", libvirt.ConnectListSecretsEphemeral, "da"},
		{"not ephemeral", libvirt.ConnectListSecretsNoEphemeral, "cb"},
		{"private", libvirt.ConnectListSecretsPrivate, "db"},
		{"neither", libvirt.ConnectListSecretsNoPrivate | libvirt.ConnectListSecretsNoEphemeral, "c"},
	} {
		refs, err := s.ConnectListAllSecrets(uint32(c.flags))
		var got string
		for _, r := range refs {
			got += r.UsageID
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %s, %v", c.name, got, err)
		}
	}
	ids, err := s.ConnectListSecrets(1)
	if err != nil || !slices.Equal(ids, []string{"06000000-0000-0000-0000-000000000000"}) {
		t.Errorf("the first UUID is %v, %v", ids, err)
	}
	if x, err := s.SecretLookupByUsage(1, "c"); err != nil || x.UUID[0] != 7 {
		t.Errorf("the secret for c is %v, %v", x, err)
	}
}

func TestInterfaceLookupByMAC(t *testing.T) {
	traits := InterfaceTraits{
		KindTraits: KindTraits{ErrorDomain: FromInterface}, MissingName: "no %s", MissingMAC: "no MAC %s",
	}
	folding := traits
	folding.FoldsMAC = true
	ambiguous := traits
	ambiguous.AmbiguousMAC = "%s is twice"
	multiple := Error{
		Code: libvirt.ErrMultipleInterfaces, Domain: FromInterface,
		Message: "multiple matching interfaces found", Str1: "multiple matching interfaces found", Int1: -1, Int2: -1,
	}
	multipleMAC := multiple
	multipleMAC.Message = "multiple matching interfaces found: cc is twice"
	multipleMAC.Str1, multipleMAC.Str2 = "multiple matching interfaces found: %s", "cc is twice"
	missing := Error{
		Code: libvirt.ErrNoInterface, Domain: FromInterface,
		Message: "Interface not found: no MAC AA", Str1: "Interface not found: %s", Str2: "no MAC AA", Int1: -1, Int2: -1,
	}
	for _, c := range []struct {
		name   string
		traits InterfaceTraits
		mac    string
		want   InterfaceRef
		err    *Error
	}{
		{"exact", traits, "aa", InterfaceRef{"eth0", "aa"}, nil},
		{"other case", traits, "AA", InterfaceRef{}, &missing},
		{"other case, folded", folding, "AA", InterfaceRef{"eth0", "AA"}, nil},
		{"two, bare", traits, "cc", InterfaceRef{}, &multiple},
		{"two, told", ambiguous, "cc", InterfaceRef{}, &multipleMAC},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newObjects(ObjectTraits{Interface: c.traits})
			for name, mac := range map[string]string{"eth0": "aa", "eth1": "cc", "eth2": "cc"} {
				if _, err := s.AddInterface("<interface name='"+name+"'><mac address='"+mac+"'/></interface>", true); err != nil {
					t.Fatal(err)
				}
			}
			got, err := s.InterfaceLookupByMACString(c.mac)
			if got != c.want {
				t.Errorf("got %v", got)
			}
			if c.err != nil {
				wantError(t, err, *c.err)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// second drops a result before its error.
func second[T any](_ T, err error) error { return err }

// wantError compares all fields of an error of libvirt's.
func wantError(t *testing.T, err error, want Error) {
	t.Helper()
	got, ok := err.(*Error)
	if !ok {
		t.Errorf("got %T %v, want %v", err, err, want.Message)
		return
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}
