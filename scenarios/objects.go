package scenarios

import "time"

// objectKeys are the objects of each driver. Domains of others than qemu and test
// are described by their XML.
type objectKeys struct {
	place
	// qemu:///system
	QEMU *driverKeys `yaml:"qemu"`
	// test:///default
	Test *driverKeys `yaml:"test"`
	// xen:///system
	Xen *driverKeys `yaml:"xen"`
	// lxc:///system
	LXC *driverKeys `yaml:"lxc"`
	// openvz:///system
	OpenVZ *driverKeys `yaml:"openvz"`
	// bhyve:///system
	Bhyve *driverKeys `yaml:"bhyve"`
	// vbox:///session
	VBox *driverKeys `yaml:"vbox"`
	// vz:///system
	VZ *driverKeys `yaml:"vz"`
	// ch:///session
	CH *driverKeys `yaml:"ch"`
}

// driverKeys are the objects of one driver. They are there before the first
// client comes, and a driver that begins anew when nobody uses it (test) begins
// with them.
type driverKeys struct {
	place
	// What is there beside the objects listed here: default, what the driver has
	// by itself; host, the host's interfaces and devices of that alone; or empty,
	// nothing. Default: default.
	Preset presetName `yaml:"preset"`
	// Domains, in the order in which lists show them.
	Domains []domainKeys `yaml:"domains"`
	// Virtual networks.
	Networks []networkKeys `yaml:"networks"`
	// Storage pools.
	Pools []poolKeys `yaml:"pools"`
	// Interfaces of the host.
	Interfaces []interfaceKeys `yaml:"interfaces"`
	// Devices of the host.
	NodeDevices []nodeDeviceKeys `yaml:"node_devices"`
	// The highest id that a domain ever had. Default: the highest that one has.
	LastDomainID int32 `yaml:"last_domain_id"`
	// How many network devices domains ever got, which numbers the next (vnet3).
	// Default: as many as the domains have need of.
	NetworkDevices int `yaml:"network_devices"`
	// Whether documents that are as libvirt writes them are taken to the letter,
	// even if no client could define such a thing: true in a dump. Default: false.
	Verbatim bool `yaml:"verbatim"`
}

// sourceKeys say what an object is: a document, or the keys of its short form;
// and how many of it there are.
type sourceKeys struct {
	place
	// The object's document, as a client would define it.
	XML string `yaml:"xml"`
	// A file that holds the document, relative to the scenario's directory.
	File string `yaml:"file"`
	// Makes so many of it, up to 100000. {n} stands for the number of each in every
	// text of the object, {n:04} for the number with at least four digits, and {{
	// for a brace.
	Count *int `yaml:"count"`
	// The number of the first. Default: 1.
	First *int `yaml:"first"`
}

// domainKeys are a domain: xml or file, or the keys of the short form, of which
// name alone is required; and how it stands.
type domainKeys struct {
	sourceKeys `yaml:",inline"`
	domainForm `yaml:",inline"`

	// How it stands: shutoff, running or paused. A domain that runs got there by
	// a start, which chose what starts choose. Default: shutoff.
	State domainState `yaml:"state"`
	// Libvirt's name for how it came to that state: booted, user, destroyed.
	// Default: unknown, or user for a paused domain.
	Reason string `yaml:"reason"`
	// Whether it starts with the daemon.
	Autostart bool `yaml:"autostart"`
	// Whether it is gone once it ends.
	Transient bool `yaml:"transient"`
	// Whether its state was saved by virDomainManagedSave.
	ManagedSave bool `yaml:"managed_save"`

	// The rest is what a dump has of a domain, to the letter.

	// The id of an active domain. Default: the next.
	ID int32 `yaml:"id"`
	// When an active domain was started. Default: now.
	Started time.Time `yaml:"started"`
	// The document of an active domain as it runs.
	LiveXML string `yaml:"live_xml"`
	// What an active domain was started with, if that is not xml.
	StartXML string `yaml:"start_xml"`
	// Whether the saved domain was paused.
	SavedPaused bool `yaml:"saved_paused"`
	// Whether a paused domain was asked to reboot.
	RebootPending bool `yaml:"reboot_pending"`
}

// domainForm is a domain's short form.
type domainForm struct {
	// The domain's name.
	Name string `yaml:"name"`
	// Its UUID. Default: made up from the seed.
	UUID string `yaml:"uuid"`
	// Its title, one line.
	Title string `yaml:"title"`
	// A description.
	Description string `yaml:"description"`
	// The content of its metadata element, as XML: elements of other namespaces
	// than libvirt's.
	Metadata string `yaml:"metadata"`
	// Its memory: a number of MiB, or a text with a unit, such as 2GiB. Default:
	// 1GiB.
	Memory memory `yaml:"memory"`
	// How many virtual CPUs it has. Default: 1.
	VCPUs *int `yaml:"vcpus"`
	// The type of domain: kvm or qemu for the driver qemu, test for test.
	// Default: kvm, or test.
	Type string `yaml:"type"`
	// The architecture. Default: the driver's.
	Arch string `yaml:"arch"`
	// The machine type, such as q35. Default: the driver's.
	Machine string `yaml:"machine"`
	// Its disks: paths, or mappings.
	Disks []diskKeys `yaml:"disks"`
	// Its network devices: names of networks, or mappings.
	Networks []nicKeys `yaml:"networks"`
}

// diskKeys are a disk, in the order of its bus: vda, vdb. A text alone is its
// path.
type diskKeys struct {
	place
	// The file or, below /dev, the block device behind it. None for a drive
	// without a medium.
	Path string `yaml:"path"`
	// The bus: virtio, sata, scsi, ide, usb or fdc. Default: virtio, for a cdrom
	// sata.
	Bus string `yaml:"bus"`
	// The image's format: raw, qcow2. Default: by the path's ending, else raw.
	Format string `yaml:"format"`
	// The device: disk, cdrom, floppy or lun. Default: disk.
	Device string `yaml:"device"`
	// Whether the guest may only read it.
	ReadOnly bool `yaml:"read_only"`
}

// nicKeys are a network device. A text alone is the name of its network.
type nicKeys struct {
	place
	// The virtual network that it is in.
	Network string `yaml:"network"`
	// The host's bridge that it is in, instead of a network.
	Bridge string `yaml:"bridge"`
	// Its MAC address. Default: made up from the seed.
	MAC string `yaml:"mac"`
	// Its model. Default: virtio.
	Model string `yaml:"model"`
}

// networkKeys are a virtual network: xml or file, or the keys of the short form,
// of which name alone is required.
type networkKeys struct {
	sourceKeys `yaml:",inline"`

	// The network's name.
	Name string `yaml:"name"`
	// Its UUID. Default: made up from the seed.
	UUID string `yaml:"uuid"`
	// How its guests reach others: nat, route or open, or none. Default: none.
	Forward string `yaml:"forward"`
	// The name of its bridge. Default: virbr and a number.
	Bridge string `yaml:"bridge"`
	// The host's address in it and the length of the prefix, 192.168.100.1/24.
	Address string `yaml:"address"`
	// Whether it gives addresses to guests: all of the network but the host's.
	DHCP bool `yaml:"dhcp"`

	// How it stands: active or inactive. Default: active.
	State activeState `yaml:"state"`
	// Whether it starts with the daemon.
	Autostart bool `yaml:"autostart"`
	// Whether it is gone once it stops.
	Transient bool `yaml:"transient"`
	// The document in effect, if it is not xml.
	LiveXML string `yaml:"live_xml"`
}

// poolKeys are a storage pool: xml or file, or the keys of the short form, of
// which name alone is required: a pool of type dir.
type poolKeys struct {
	sourceKeys `yaml:",inline"`

	// The pool's name.
	Name string `yaml:"name"`
	// Its UUID. Default: made up from the seed.
	UUID string `yaml:"uuid"`
	// Its directory. Default: /var/lib/libvirt/images/ and its name.
	Path string `yaml:"path"`

	// How it stands: active or inactive. Default: active.
	State activeState `yaml:"state"`
	// Whether it starts with the daemon.
	Autostart bool `yaml:"autostart"`
	// Whether it is gone once it stops.
	Transient bool `yaml:"transient"`
}

// interfaceKeys are an interface of the host: xml or file.
type interfaceKeys struct {
	sourceKeys `yaml:",inline"`

	// How it stands: active or inactive. Default: active.
	State activeState `yaml:"state"`
}

// nodeDeviceKeys are a device of the host: xml or file.
type nodeDeviceKeys struct {
	sourceKeys `yaml:",inline"`
}
