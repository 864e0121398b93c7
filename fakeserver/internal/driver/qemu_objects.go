package driver

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// qemuObjects are libvirt's own secondary drivers, which serve every connection
// whose hypervisor driver has none: the bridge, storage, udev and so on.
var qemuObjects = hypervisor.ObjectTraits{
	Network: hypervisor.NetworkTraits{
		KindTraits: hypervisor.KindTraits{ErrorDomain: hypervisor.FromNetwork, Prefix: "network", Omit: "Network"},
		XMLFlags:   uint32(libvirt.NetworkXMLInactive),

		Runs:               true,
		AlreadyActive:      "network is already active",
		NotActive:          "network '%s' is not active",
		TransientAutostart: "cannot set autostart for transient network",
		RestoresDefinition: true,
	},
	Storage: hypervisor.StorageTraits{
		KindTraits:       hypervisor.KindTraits{ErrorDomain: hypervisor.FromStorage, Prefix: "storage", Omit: "Storage"},
		XMLFlags:         uint32(libvirt.StorageXMLInactive),
		SanitizesPaths:   true,
		PoolCapabilities: recorded("kvm.txt", "pool-capabilities"),
		MissingKey:       "no storage vol with matching key %s",
		InactiveListAll:  "storage pool '%s' is not active",
	},
	NodeDevice: hypervisor.NodeDeviceTraits{
		KindTraits:       hypervisor.KindTraits{ErrorDomain: hypervisor.FromNodeDev, Prefix: "node", Omit: "Node"},
		ListFlags:        hypervisor.ListNodeDeviceCaps | hypervisor.ListNodeDeviceStates,
		CountsNestedCaps: true,
	},
	Interface: hypervisor.InterfaceTraits{
		KindTraits:   hypervisor.KindTraits{ErrorDomain: hypervisor.FromInterface, Prefix: "udev"},
		XMLFlags:     uint32(libvirt.InterfaceXMLInactive),
		MissingName:  "couldn't find interface named '%s'",
		MissingMAC:   "couldn't find interface with MAC address '%s'",
		AmbiguousMAC: "the MAC address '%s' matches multiple interfaces",
	},
	Secret:   hypervisor.KindTraits{ErrorDomain: hypervisor.FromSecret, Prefix: "secret", Omit: "Secret"},
	NWFilter: hypervisor.KindTraits{ErrorDomain: hypervisor.FromNWFilter, Prefix: "nwfilter", Omit: "NWFilter"},
}

// populateQEMUObjects makes what the host of qemu:///system has: devices and
// interfaces, and nothing that somebody would have defined.
func populateQEMUObjects(s *hypervisor.State) error {
	if err := addDevices(s, "kvm.txt", "computer", "pci_0000_00_00_0", "pci_0000_00_03_0", "pci_0000_00_1f_2",
		"block_sda_DISK_00000001", "net_eth0_52_54_00_6a_1d_01", "net_lo_00_00_00_00_00_00"); err != nil {
		return err
	}
	if _, err := s.AddInterface(recorded("kvm.txt", "iface-dumpxml eth0"), true); err != nil {
		return err
	}
	// The kernel calls the loopback interface's state unknown, and so libvirt
	// does not count it among those that are up.
	_, err := s.AddInterface(recorded("kvm.txt", "iface-dumpxml lo"), false)
	return err
}
