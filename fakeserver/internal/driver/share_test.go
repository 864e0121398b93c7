package driver

import (
	"slices"
	"testing"
)

func mustOpen(t *testing.T, n *Node, name string) *Connection {
	t.Helper()
	c, err := n.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestShares tells which URIs show the same: two of one driver do, and drivers
// share the daemon's own objects.
func TestShares(t *testing.T) {
	n := newNodeOf(Config{Drivers: drivers("lxc", "qemu", "xen", "test")})
	for _, c := range []struct {
		one, other       string
		domains, objects bool
	}{
		{"qemu:///system", "qemu:///system", true, true},
		{"qemu:///system", "qemu:///session", true, true}, // of one daemon, that of root
		{"xen:///", "xen:///system", true, true},
		{"xen", "xen:///system", true, true},
		{"", "xen:///system", true, true},
		{"test:///default", "test:///default", true, true},
		{"qemu:///system", "lxc:///", false, true},
		{"xen:///system", "lxc:///", false, true},
		{"network:///system", "qemu:///system", false, true},
		{"qemu:///system", "test:///default", false, false},
	} {
		one, other := mustOpen(t, n, c.one), mustOpen(t, n, c.other)
		if got := one.State == other.State; got != c.domains {
			t.Errorf("%q and %q share domains: %v", c.one, c.other, got)
		}
		if got := one.Objects == other.Objects; got != c.objects {
			t.Errorf("%q and %q share networks: %v", c.one, c.other, got)
		}
	}
	if devices, err := mustOpen(t, n, "xen:///").Objects.ConnectListAllNodeDevices(0); err != nil || len(devices) == 0 {
		t.Errorf("the node has devices %v, %v", devices, err)
	}
}

// TestSharesWithDaemons opens one driver through several daemons.
func TestSharesWithDaemons(t *testing.T) {
	n := newNodeOf(Config{Drivers: drivers("qemu", "lxc", "test")})
	whole := mustOpen(t, n, "qemu:///system")
	for _, name := range []string{"virtqemud", "virtproxyd", "virtnetworkd"} {
		c := mustOpen(t, n.For(DaemonNamed(name), nil), "qemu:///system")
		if c.State != whole.State || c.Objects != whole.Objects {
			t.Errorf("%s has another qemu:///system", name)
		}
	}
	if err := mustOpen(t, n.For(DaemonNamed("virtqemud"), nil), "qemu:///system").Reach(Networks); err != nil {
		t.Errorf("virtqemud does not reach virtnetworkd: %v", err)
	}
}

func TestDaemons(t *testing.T) {
	session := newNodeOf(Config{Drivers: drivers("qemu", "lxc"), Session: true})
	var served []string
	for _, d := range Daemons() {
		if session.Serves(d) {
			readWrite, _, _ := d.Socket()
			served = append(served, readWrite)
		}
	}
	want := []string{"libvirt-sock", "virtqemud-sock", "virtinterfaced-sock", "virtnetworkd-sock", "virtnodedevd-sock",
		"virtsecretd-sock", "virtstoraged-sock"}
	if !slices.Equal(served, want) {
		t.Errorf("a user has %v, want %v", served, want)
	}
}

// TestDefaultURI opens nothing in particular.
func TestDefaultURI(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{Drivers: drivers("test", "vbox", "lxc")}, "lxc:///system"},
		{Config{Drivers: drivers("vbox", "openvz")}, "openvz:///system"},
		{Config{Drivers: drivers("qemu"), Session: true}, "qemu:///session"},
		{Config{Drivers: drivers("lxc", "vbox"), Session: true}, "vbox:///session"},
		{Config{Drivers: drivers("test", "qemu"), DefaultURI: "test:///default"}, "test:///default"},
	} {
		if got := mustOpen(t, newNodeOf(c.cfg), "").URI; got != c.want {
			t.Errorf("%v opens %s, want %s", c.cfg.Drivers, got, c.want)
		}
	}
}
