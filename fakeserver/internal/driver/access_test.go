package driver

import "testing"

// What the access managers of drivers call them, and which of them ask for anything:
// from libvirt's sources, and for QEMU, test and networks from a daemon that asks
// polkit.
func TestAccessOfDrivers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, own        string
		domains, objects bool
	}{
		{"qemu", "QEMU", true, true}, {"lxc", "LXC", true, true}, {"xen", "Xen", true, true},
		{"bhyve", "bhyve", true, true}, {"vz", "vz", true, true}, {"ch", "CH", true, true},
		{"openvz", "OPENVZ", false, true}, {"vbox", "VBOX", false, true},
		{"test", "Test", false, false},
	} {
		d := Named(c.name)
		if own, domains, objects := d.OwnName(), d.AsksAccess(""), d.AsksAccess(Networks); own != c.own || domains != c.domains || objects != c.objects {
			t.Errorf("%s is called %s, and asks: %v for domains, %v for networks; want %s, %v, %v", c.name, own, domains, objects, c.own, c.domains, c.objects)
		}
	}
	for _, d := range secondaryDrivers() {
		if d.OwnName() != d.Name || !d.AsksAccess(d.Only) {
			t.Errorf("%s is called %s, and asks for its own objects: %v", d.Name, d.OwnName(), d.AsksAccess(d.Only))
		}
	}
}
