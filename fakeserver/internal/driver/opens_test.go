package driver

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

var socket = flag.String("socket", "", "with -update: the socket of the daemon that -run picks out of TestOpens")

// everyName is what the daemons are asked to open.
var everyName = strings.Fields(`xen xen:// XEN xen:/// xen:///system xen:///foo
lxc lxc: lxc:// lxc:/system lxc:/// lxc:///system lxc:///system?a=b#f lxc:///session lxc:///foo lxc:system
openvz: openvz:/// openvz:///system openvz:///foo bhyve:///system bhyve:///foo
vbox:/// vbox:///session vbox:///system vbox:///foo vz:///system ch:///session ch:///system
vmwareplayer:///session vmwarews:///system vmwarefusion:///foo esx:/// gsx:/// vpx:///system esx://h/
hyperv:/// hyperv://h phyp:/// xenapi:/// libxl:///system parallels:///system uml:///system
qemu: qemu:/// qemu:///foo qemu:///system/ qemu:///session qemu:///system QEMU:///system qemu+unix:///system qemu+x:///system
qemu:///embed qemu:///embed?root=rel foo+bar:///embed nope:///embed qemu://system
test: test:/// test:///default test:///nonesuch nonesuch:/// /x x remote:///
network:/// network:///system network:///session network:///foo nwfilter:///system nwfilter:///session
storage:///system storage:///session secret:///system secret:///session
nodedev:///system nodedev:///session interface:///system interface:///session`)

// opensOf holds the daemons whose answers are in testdata/, and the node that must
// answer alike. The first four are Debian's libvirtd, of which bare has
// LIBVIRT_DRIVER_DIR set to an empty directory; the others are the modular daemons
// of libvirt 9.0.0, built with the drivers lxc, network, secret and storage, as root.
// Each file was written by
//
//	go test -run TestOpens/NAME -update -socket SOCKET .
var opensOf = []struct {
	name    string
	node    Config
	daemon  string
	running []string
	without []string // schemes or names of which the answers are others, see notBuilt
}{
	{name: "libvirtd", node: Config{Drivers: drivers("qemu", "test", "lxc"), Inactive: drivers("xen", "vbox")}},
	{name: "session", node: Config{Drivers: drivers("qemu", "test"), Inactive: drivers("xen", "vbox", "lxc"), Session: true}},
	{name: "bare", node: Config{Drivers: drivers("test")}},
	{name: "virtlxcd", node: modular, daemon: "virtlxcd", without: notBuilt},
	{name: "virtlxcd-network", node: modular, daemon: "virtlxcd", running: []string{"virtnetworkd"}, without: notBuilt},
	{name: "virtnetworkd", node: modular, daemon: "virtnetworkd", running: []string{"virtlxcd"}, without: notBuilt},
	{name: "virtstoraged", node: modular, daemon: "virtstoraged", running: []string{"virtlxcd", "virtsecretd"}, without: notBuilt},
	{name: "virtproxyd", node: modular, daemon: "virtproxyd", running: []string{"virtlxcd", "virtnetworkd", "virtstoraged"}, without: notBuilt},
	{name: "virtproxyd-alone", node: modular, daemon: "virtproxyd", without: notBuilt},
}

var (
	modular = Config{Drivers: drivers("test", "lxc", "qemu")}
	// They take lxc:system for a host of that name, which no test may ask.
	notBuilt = []string{"lxc:system", "openvz", "esx", "gsx", "vpx", "vmwareplayer", "vmwarews", "vmwarefusion"}
)

func drivers(names ...string) []*Driver {
	var all []*Driver
	for _, name := range names {
		all = append(all, Named(name))
	}
	return all
}

// kindCalls is a call for each kind of objects, by its number and function.
var kindCalls = []struct {
	kind      Kind
	procedure uint32
	function  string
	from      libvirt.ErrorDomain
}{
	{Networks, 52, "virConnectNumOfNetworks", hypervisor.FromNetwork},
	{Pools, 71, "virConnectNumOfStoragePools", hypervisor.FromStorage},
	{Interfaces, 126, "virConnectNumOfInterfaces", hypervisor.FromInterface},
	{Secrets, 139, "virConnectNumOfSecrets", hypervisor.FromSecret},
	{NWFilters, 178, "virConnectNumOfNWFilters", hypervisor.FromNWFilter},
	{"", 59, "virConnectGetHostname", hypervisor.FromDomain},
	{"", 4, "virConnectGetVersion", hypervisor.FromDomain},
	{"", 5, "virConnectGetMaxVcpus", hypervisor.FromDomain},
}

func TestOpens(t *testing.T) {
	for _, c := range opensOf {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join("testdata", "opens", c.name+".txt")
			if *update && *socket != "" {
				if err := os.WriteFile(path, []byte(opensAt(t, *socket, c.without)), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), opensIn(c.node, c.daemon, c.running, c.without)); diff != "" {
				t.Errorf("the real daemon (-) and the node (+) differ:\n%s", diff)
			}
		})
	}
}

// TestOpensAsTheRealDaemon asks the libvirtd of this machine, as a user's own. What
// it says of a driver depends on whether that is installed.
func TestOpensAsTheRealDaemon(t *testing.T) {
	testdaemon.NeedDrivers(t, "lxc", "vbox", "xen")
	d := testdaemon.Start(t)
	want, err := os.ReadFile(filepath.Join("testdata", "opens", "session.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(opensAt(t, d.Socket, nil), string(want)); diff != "" {
		t.Errorf("the real daemon (-) and what is recorded of it (+) differ:\n%s", diff)
	}
}

func asked(without []string) []string {
	return slices.DeleteFunc(append([]string{""}, everyName...), func(name string) bool {
		scheme, _, _ := strings.Cut(name, ":")
		return slices.Contains(without, scheme) || slices.Contains(without, name)
	})
}

// opensAt asks a real daemon.
func opensAt(t *testing.T, socket string, without []string) string {
	var b strings.Builder
	for _, name := range asked(without) {
		w := dialDaemon(t, socket)
		if errText := w.open(name); errText != "" {
			fmt.Fprintf(&b, "%q: %s\n", name, errText)
			w.conn.Close()
			continue
		}
		typ, _ := w.call(3, nil)
		uri, _ := w.call(110, nil)
		kind, _ := xdrString(typ)
		opened, _ := xdrString(uri)
		fmt.Fprintf(&b, "%q: %s %s\n", name, kind, opened)
		for _, c := range kindCalls {
			var args []byte
			if c.procedure == 5 {
				args = make([]byte, 4)
			}
			_, errText := w.call(c.procedure, args)
			if errText == "" {
				errText = "yes"
			}
			fmt.Fprintf(&b, "\t%s: %s\n", c.function, errText)
		}
		fmt.Fprint(&b, "\tfeatures:")
		for feature := range uint32(17) {
			if ret, _ := w.call(60, binary.BigEndian.AppendUint32(nil, feature)); len(ret) == 4 && ret[3] == 1 {
				fmt.Fprintf(&b, " %d", feature)
			}
		}
		fmt.Fprintln(&b)
		w.conn.Close()
	}
	return b.String()
}

// opensIn asks a node.
func opensIn(cfg Config, daemon string, running, without []string) string {
	cfg.NewState = func(d *Driver) (*hypervisor.State, error) {
		s := hypervisor.New(hypervisor.Config{Traits: &d.Traits})
		return s, d.Populate(s)
	}
	n := NewNode(cfg)
	if daemon != "" {
		n = n.For(DaemonNamed(daemon), func(d *Daemon) bool { return slices.Contains(running, d.Name) })
	}
	answer := func(err error) string {
		var e *hypervisor.Error
		if errors.As(err, &e) {
			return fmt.Sprintf("error %d of %d: %s", e.Code, e.Domain, e.Message)
		}
		return "yes"
	}
	var b strings.Builder
	for _, name := range asked(without) {
		c, err := n.Open(name)
		if err != nil {
			fmt.Fprintf(&b, "%q: %s\n", name, answer(err))
			continue
		}
		fmt.Fprintf(&b, "%q: %s %s\n", name, c.Driver.Type, c.URI)
		for _, call := range kindCalls {
			err := c.Reach(call.kind)
			if err == nil && (c.Lacks(call.kind, call.function) || c.absent(call.kind)) {
				err = hypervisor.Unsupported(call.from, call.function)
			}
			fmt.Fprintf(&b, "\t%s: %s\n", call.function, answer(err))
		}
		features := []int32{8, 10, 14, 15} // the daemon's own
		if c.Driver.TellsFeatures() {
			features = append(features, 9, 16)
		}
		features = append(features, c.Driver.Features...)
		slices.Sort(features)
		fmt.Fprintf(&b, "\tfeatures: %s\n", strings.Trim(fmt.Sprint(features), "[]"))
		c.Close()
	}
	return b.String()
}

// absent reports whether the driver's Traits say that it has no such objects.
func (c *Connection) absent(kind Kind) bool {
	o := &c.Driver.Traits.Objects
	return kind == Secrets && o.Secret.Absent || kind == NWFilters && o.NWFilter.Absent
}
