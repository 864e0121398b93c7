package uri

import (
	"slices"
	"strings"
)

// DriverInfo describes a driver of hypervisors.
type DriverInfo struct {
	Name    string `json:"name"`
	Meaning string `json:"meaning"`
	// Paths are the paths that it takes; the first is the usual one.
	Paths []string `json:"paths"`
	// Daemon is the modular daemon that serves it, where there is one.
	Daemon string `json:"daemon,omitempty"`
	// InClient is set for a driver that runs in the client's library if the URI has
	// no transport, and for local drivers no host either: no daemon hears of it.
	InClient bool `json:"in_client,omitempty"`
	// NeedsHost is set for a driver in the client that reaches a server of its own
	// kind, not libvirtd.
	NeedsHost bool `json:"needs_host,omitempty"`
	// Absent is set where Debian's libvirt 9.0.0 is built without it, and knows it
	// only to say so.
	Absent bool `json:"absent,omitempty"`
	// Section is the part of libvirt's documentation, "" for the general one.
	Section string `json:"section,omitempty"`
}

// Drivers returns the table of drivers that libvirt's client knows something
// about. It takes any other name as well, and leaves it to the daemon.
func Drivers() []DriverInfo {
	return []DriverInfo{
		{Name: "qemu", Meaning: "QEMU and KVM", Paths: []string{"/system", "/session"}, Daemon: "virtqemud", Section: "#qemu-qemu-and-kvm-uris"},
		{Name: "xen", Meaning: "Xen, by libxl", Paths: []string{"/system", "/"}, Daemon: "virtxend", Section: "#xen-system-uri"},
		{Name: "lxc", Meaning: "Linux containers", Paths: []string{"/system", "/"}, Daemon: "virtlxcd"},
		{Name: "test", Meaning: "libvirt's test driver, which has everything in memory", Paths: []string{"/default", "/PATH-OF-A-NODE'S-XML"}, InClient: true, Section: "#test-test-uris"},
		{Name: "remote", Meaning: "none in particular: the daemon opens the first hypervisor that it finds", Paths: []string{"/"}},
		{Name: "openvz", Meaning: "OpenVZ", Paths: []string{"/system"}, InClient: true},
		{Name: "bhyve", Meaning: "FreeBSD's bhyve", Paths: []string{"/system"}, Daemon: "virtbhyved"},
		{Name: "vbox", Meaning: "VirtualBox", Paths: []string{"/session"}, Daemon: "virtvboxd"},
		{Name: "vz", Meaning: "Virtuozzo", Paths: []string{"/system", "/session"}, Daemon: "virtvzd"},
		{Name: "ch", Meaning: "Cloud Hypervisor", Paths: []string{"/system", "/session"}, Daemon: "virtchd"},
		{Name: "vmwareplayer", Meaning: "VMware Player", Paths: []string{"/session"}, InClient: true},
		{Name: "vmwarews", Meaning: "VMware Workstation", Paths: []string{"/session"}, InClient: true},
		{Name: "vmwarefusion", Meaning: "VMware Fusion", Paths: []string{"/session"}, InClient: true},
		{Name: "esx", Meaning: "VMware ESX", Paths: []string{"/"}, InClient: true, NeedsHost: true},
		{Name: "gsx", Meaning: "VMware GSX", Paths: []string{"/"}, InClient: true, NeedsHost: true},
		{Name: "vpx", Meaning: "VMware vCenter", Paths: []string{"/DATACENTER/COMPUTE-RESOURCE"}, InClient: true, NeedsHost: true},
		{Name: "hyperv", Meaning: "Microsoft Hyper-V", Paths: []string{"/"}, InClient: true, NeedsHost: true, Absent: true},
		{Name: "parallels", Meaning: "Parallels, the name that vz had", Paths: []string{"/system"}, Absent: true},
		{Name: "network", Meaning: "virtual networks alone", Paths: []string{"/system", "/session"}, Daemon: "virtnetworkd"},
		{Name: "storage", Meaning: "storage alone", Paths: []string{"/system", "/session"}, Daemon: "virtstoraged"},
		{Name: "nodedev", Meaning: "devices of the node alone", Paths: []string{"/system", "/session"}, Daemon: "virtnodedevd"},
		{Name: "secret", Meaning: "secrets alone", Paths: []string{"/system", "/session"}, Daemon: "virtsecretd"},
		{Name: "interface", Meaning: "interfaces of the node alone", Paths: []string{"/system", "/session"}, Daemon: "virtinterfaced"},
		{Name: "nwfilter", Meaning: "network filters alone", Paths: []string{"/system"}, Daemon: "virtnwfilterd"},
	}
}

func driverInfo(name string) (DriverInfo, bool) {
	all := Drivers()
	if i := slices.IndexFunc(all, func(d DriverInfo) bool { return d.Name == name }); i >= 0 {
		return all[i], true
	}
	return DriverInfo{}, false
}

// missingSlash is virConnectCheckURIMissingSlash: "qemu://system" was meant to be
// qemu:///system. libvirt looks at these schemes only, without a transport.
func (u *URI) missingSlash() error {
	scheme := u.Scheme()
	if !u.HasHost || scheme != "qemu" && scheme != "vbox" && scheme != "vz" {
		return nil
	}
	if u.Host != "session" && u.Host != "system" {
		return nil
	}
	return u.errorf(codeInternal, fromNone,
		"after // comes a host, and there is none of the name "+u.Host, "write "+scheme+":///"+u.Host+" with three slashes",
		"internal error: invalid URI %s (maybe you want %s:///%s)", u.Text, scheme, u.Host)
}

// inClient says whether a driver of the client's own library takes the URI.
func (u *URI) inClient() (bool, error) {
	d, ok := driverInfo(u.Scheme())
	if lower, found := driverInfo(strings.ToLower(u.Scheme())); found && lower.Absent {
		// The one comparison of drivers that leaves the case out.
		d, ok = lower, true
	}
	switch {
	case !ok:
		return false, nil
	case d.Absent:
		return false, u.errorf(codeNoSupport, fromNone, "the library of libvirt at hand has no such driver", "use a driver that it has",
			"unsupported configuration: libvirt was built without the '%s' driver", u.Scheme())
	case d.NeedsHost && !u.HasHost:
		return false, u.errorf(codeInvalidArg, fromNone, d.Meaning+" is reached at a host", "write "+d.Name+"://HOST"+d.Paths[0],
			"invalid argument: URI is missing the server part")
	case d.NeedsHost:
		return true, nil
	}
	return d.InClient && !u.HasHost, nil
}
