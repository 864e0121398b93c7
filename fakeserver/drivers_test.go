package fakeserver_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// TestDriversToVirsh opens URIs as a client does, and looks at what it finds.
func TestDriversToVirsh(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	system := start(t, fakeserver.WithTransports(call.Unix), fakeserver.WithDrivers("lxc", "xen", "openvz", "bhyve", "vbox", "vz", "ch", "qemu", "test"),
		fakeserver.WithTestFile("/node.xml", `<node><domain type='test'><name>mine</name><memory>65536</memory><os><type>hvm</type></os></domain></node>`))
	session := start(t, fakeserver.WithTransports(call.Unix), fakeserver.WithSession(), fakeserver.WithInactiveDrivers("xen", "lxc"))
	d, err := system.Driver("xen")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.DefineNetwork("<network><name>shared</name></network>"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		node *fakeserver.Server
		uri  string
		args string
		want string // at the end of what is printed
	}{
		{system, "xen:///", "version", "Running hypervisor: Xen 4.17.0"},
		{system, "xen:///", "net-list --all --name", "shared"},
		{system, "lxc:///system", "net-list --all --name", "shared"},
		{system, "network:///system", "net-list --all --name", "shared"},
		{system, "network:///system", "list", "virConnectNumOfDomains"},
		{system, "test:///default", "net-list --all --name", "default"},
		{system, "lxc:///", "maxvcpus", "this function is not supported by the connection driver: virConnectGetMaxVcpus"},
		{system, "openvz:///system", "maxvcpus", "1028"},
		{system, "bhyve:///system", "maxvcpus --type xen", "invalid argument: unknown type 'xen'"},
		{system, "vbox:///session", "version", "Running hypervisor: VBOX 6.1.40"},
		{system, "vz:///system", "version", "Running hypervisor: vz 7.0.0"},
		{system, "ch:///session", "version", "Running hypervisor: CH 28.0.0"},
		{system, "xen:///foo", "uri", "unexpected Xen URI path '/foo', try xen:///system"},
		{system, "test:///node.xml", "list --name", "mine"},
		{system, "test:///etc/passwd", "list", "failed to parse xml document '/etc/passwd'"},
		{system, "esx:///", "list", "URI is missing the server part"},
		{session, "qemu:///session", "list --all --name", ""},
		{session, "qemu:///system", "list", "unexpected qemu URI path '/system', try qemu:///session"},
		{session, "lxc:///", "list", "lxc state driver is not active"},
		{session, "xen:///", "list", "libxenlight state driver is not active"},
		{session, "bhyve:///system", "list", "no connection driver available for bhyve:///system"},
	} {
		uri, err := c.node.URI(call.Unix, c.uri)
		if err != nil {
			t.Fatal(err)
		}
		out, _ := exec.CommandContext(context.Background(), virsh, append([]string{"-q", "-c", uri}, strings.Fields(c.args)...)...).CombinedOutput()
		if got := strings.TrimSpace(string(out)); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s %s: %q, want %q", c.uri, c.args, got, c.want)
		}
	}
}

// TestDriversAsRemote opens the URI that names no driver.
func TestDriversAsRemote(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	for _, c := range []struct {
		name string
		opts []fakeserver.Option
		want string
	}{
		{"root", nil, "Running hypervisor: QEMU 7.2.22"},
		{"order", []fakeserver.Option{fakeserver.WithDrivers("qemu", "xen")}, "Running hypervisor: Xen 4.17.0"},
		{"user", []fakeserver.Option{fakeserver.WithSession(), fakeserver.WithDrivers("xen", "qemu")}, "Running hypervisor: QEMU 7.2.22"},
		{"none", []fakeserver.Option{fakeserver.WithDrivers("test")}, "no connection driver available for <null>"},
		{"chosen", []fakeserver.Option{fakeserver.WithDefaultURI("test:///default")}, "Running hypervisor: TEST 0.0.2"},
	} {
		s := start(t, append(c.opts, fakeserver.WithTransports(call.TCP))...)
		out, _ := exec.Command(virsh, "-q", "-c", "remote+tcp://"+s.Addr(call.TCP)+"/", "version").CombinedOutput()
		if got := strings.TrimSpace(string(out)); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestDriversShareObjects gives a network to a driver that has none of its own.
func TestDriversShareObjects(t *testing.T) {
	t.Parallel()
	network := fakeserver.Objects{Networks: []fakeserver.NetworkObject{{XML: "<network><name>n</name></network>"}}}
	_, err := fakeserver.Start(context.Background(), fakeserver.WithTransports(), fakeserver.WithDrivers("qemu", "lxc"),
		fakeserver.WithObjects("lxc", network))
	if want := "networks, pools, interfaces or devices for driver lxc, which shows those of driver qemu"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	s := start(t, fakeserver.WithTransports(), fakeserver.WithDrivers("lxc", "qemu"), fakeserver.WithObjects("lxc", network))
	for _, name := range []string{"lxc", "qemu"} {
		d, err := s.Driver(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Networks(); len(got) != 1 || got[0].Name != "n" {
			t.Errorf("%s has networks %v", name, got)
		}
	}
}
