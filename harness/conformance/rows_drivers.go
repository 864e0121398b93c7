package conformance

import (
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

const sectionDrivers = "https://libvirt.org/drivers.html#hypervisor-drivers"

// driverRow makes a row about the driver in a URI over tcp, which is for the node to
// know.
func driverRow(id, title, driver, path string, want Want, more ...func(*Cell)) *Cell {
	c := row("driver/"+id, title, sectionDrivers, link(call.TCP).local(driver, path), want, append([]func(*Cell){over(call.TCP)}, more...)...)
	c.Parameter = "driver"
	return c
}

func node(opts ...fakeserver.Option) func(*Cell) {
	return setup(func(s *Setup) error { s.Node(opts...); return nil })
}

const testFile = `<node>
  <domain type='test'><name>vm</name><memory>65536</memory><os><type>hvm</type></os></domain>
</node>`

// driverRows are about the driver.
func driverRows() []*Cell {
	session := node(fakeserver.WithSession())
	rows := []*Cell{
		driverRow("qemu/system", "the system's daemon serves qemu:///system", "qemu", "/system", reach("qemu:///system")),
		driverRow("qemu/session", "the system's daemon serves qemu:///session too", "qemu", "/session", reach("qemu:///session"), quirk),
		driverRow("qemu/wrong", "qemu serves no other paths", "qemu", "/default", refuseOpen("qemu:///default")),
		driverRow("qemu/user-session", "a user's daemon serves qemu:///session", "qemu", "/session", reach("qemu:///session"), session),
		driverRow("qemu/user-system", "a user's daemon does not serve qemu:///system", "qemu", "/system", refuseOpen("qemu:///system"), session),
		driverRow("qemu/absent", "a node without qemu refuses it", "qemu", "/system", refuseOpen("qemu:///system"), node(fakeserver.WithDrivers("test"))),
		driverRow("qemu/upper-case", "the case of the driver's letters counts", "QEMU", "/system", refuseOpen("QEMU:///system"), quirk),
		driverRow("test/default", "test serves /default", "test", "/default", reach("test:///default")),
		driverRow("test/file", "test serves the file of a path on the node", "test", "/srv/node.xml", reach("test:///srv/node.xml"), node(fakeserver.WithTestFile("/srv/node.xml", testFile))),
		driverRow("test/missing-file", "test does not serve a file that is not there", "test", "/srv/node.xml", refuseOpen("test:///srv/node.xml")),
		driverRow("nosuch/path", "a driver that does not exist is refused by the node", "nosuch", "/system", refuseOpen("nosuch:///system")),
	}
	for _, d := range []struct {
		name, path, other, wrong, proof string
		answer                          string // to CONNECT_GET_TYPE
	}{
		{"xen", "/system", "/", "/session", "unproved here", "Xen"},
		{"lxc", "/system", "/", "/session", "", "LXC"},
		{"openvz", "/system", "", "/session", "unproved here", "OpenVZ"},
		{"bhyve", "/system", "", "/session", "unproved here", "BHYVE"},
		{"vbox", "/session", "", "/nowhere", "unproved here", "VBOX"},
		{"vz", "/system", "", "/nowhere", "unproved here", "vz"},
		{"ch", "/system", "", "", "unproved here", "CH"},
	} {
		proof := d.proof
		if proof != "" {
			proof = " (" + proof + ")"
		}
		has := node(fakeserver.WithDrivers(d.name, "qemu", "test"))
		rows = append(rows,
			driverRow(d.name+"/usual", d.name+" serves "+d.path+proof, d.name, d.path, reach(d.name+"://"+d.path), has),
			driverRow(d.name+"/absent", "a node without "+d.name+" refuses it", d.name, d.path, refuseOpen(d.name+"://"+d.path)),
			driverRow(d.name+"/first", "a node that has "+d.name+" alone opens it for the empty name"+proof, "remote", "/", Want{Reach: &Reach{NoName: true, Type: d.answer}}, node(fakeserver.WithDrivers(d.name))),
		)
		if d.wrong != "" {
			rows = append(rows, driverRow(d.name+"/wrong", d.name+" does not serve "+d.wrong+proof, d.name, d.wrong, refuseOpen(d.name+"://"+d.wrong), has))
		}
		if d.other != "" {
			rows = append(rows, driverRow(d.name+"/other", d.name+" serves "+d.other+proof, d.name, d.other, reach(d.name+"://"+d.other), has))
		}
	}
	rows = append(rows,
		driverRow("xen/before-qemu", "of xen and qemu, a node opens xen for the empty name (unproved here)", "remote", "/", Want{Reach: &Reach{NoName: true, Type: "Xen"}}, node(fakeserver.WithDrivers("qemu", "xen", "test"))),
		driverRow("lxc/after-qemu", "of qemu and lxc, a node opens qemu for the empty name", "remote", "/", Want{Reach: &Reach{NoName: true, Type: "QEMU"}}, node(fakeserver.WithDrivers("lxc", "qemu", "test"))),
		driverRow("xen/inactive", "a node on which xen cannot run refuses it", "xen", "/system", refuseOpen("xen:///system"), node(fakeserver.WithInactiveDrivers("xen"))),
		driverRow("lxc/inactive", "a node on which lxc cannot run refuses it", "lxc", "/system", refuseOpen("lxc:///system"), node(fakeserver.WithInactiveDrivers("lxc"))),
	)
	for _, name := range []string{"vmwareplayer", "vmwarews", "vmwarefusion", "esx", "gsx", "vpx", "hyperv", "parallels"} {
		rows = append(rows, driverRow(name+"/absent", "a node refuses "+name+", which is for clients", name, "/session", refuseOpen(name+":///session")))
	}
	return rows
}
