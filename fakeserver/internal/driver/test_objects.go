package driver

import "github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"

// testKind is how the test driver, which does everything itself, treats every
// kind of object that it has.
var testKind = hypervisor.KindTraits{ErrorDomain: hypervisor.FromTest, Prefix: "test"}

// testKindWithout is testKind without functions of libvirt's API.
func testKindWithout(functions ...string) hypervisor.KindTraits {
	k := testKind
	k.Lacks = functions
	return k
}

var testObjects = hypervisor.ObjectTraits{
	Network: hypervisor.NetworkTraits{
		KindTraits:  testKindWithout("NetworkGetDHCPLeases"),
		FindsByName: true,

		AlreadyActive: "Network '%s' is already running",
		StillActive:   "Network '%s' is still running",
	},
	Storage: hypervisor.StorageTraits{
		KindTraits:      testKindWithout("ConnectGetStoragePoolCapabilities", "StoragePoolLookupByTargetPath", "StorageVolGetInfoFlags"),
		FindsByName:     true,
		MissingKey:      "no storage vol with matching key '%s'",
		InactiveListAll: "storage pool is not active",
	},
	NodeDevice: hypervisor.NodeDeviceTraits{
		KindTraits: testKindWithout("NodeDeviceLookupSCSIHostByWWN",
			"NodeDeviceIsActive", "NodeDeviceIsPersistent", "NodeDeviceGetAutostart"),
		ListFlags: hypervisor.ListNodeDeviceCaps,
	},
	Interface: hypervisor.InterfaceTraits{
		KindTraits:   testKind,
		MissingName:  "no interface with matching name '%s'",
		MissingMAC:   "no interface with matching mac '%s'",
		FoldsMAC:     true,
		CountsListed: true,
	},
	Secret:   hypervisor.KindTraits{Absent: true},
	NWFilter: hypervisor.KindTraits{Absent: true},
}

// populateTestObjects makes what test:///default has besides its domain.
func populateTestObjects(s *hypervisor.State) error {
	running := hypervisor.Standing{Active: true, Persistent: true}
	if _, err := s.AddNetwork(recorded("test.txt", "net-dumpxml default"), running); err != nil {
		return err
	}
	if _, err := s.AddStoragePool(recorded("test.txt", "pool-dumpxml default-pool"), running); err != nil {
		return err
	}
	if err := addDevices(s, "test.txt", "computer", "scsi_host1", "scsi_host2", "scsi_host11"); err != nil {
		return err
	}
	_, err := s.AddInterface(recorded("test.txt", "iface-dumpxml eth1"), true)
	return err
}
