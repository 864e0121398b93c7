package driver

import (
	"slices"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Open opens a URI as virConnectOpen does inside the daemon. An empty name opens
// the node's default URI, or the first hypervisor that libvirt finds. The errors
// are libvirt's own.
func (n *Node) Open(name string) (*Connection, error) {
	name = alias(name)
	shown := name
	if name == "" {
		shown = "<null>" // whatever it is that libvirt opens then
		if name = n.cfg.DefaultURI; name == "" {
			name = n.probe()
		}
	}
	if name == "" {
		if n.daemon != nil && n.daemon.Proxy {
			// It asks no driver, but the sockets, and then has nothing to open.
			return nil, errNotOpen()
		}
		return nil, noDriver(shown)
	}
	u, err := parseURI(name)
	if err != nil {
		return nil, err
	}
	if n.daemon != nil {
		return n.openModular(u)
	}
	c, err := n.openLocal(u)
	if c == nil && err == nil {
		return nil, noDriver(shown)
	}
	return c, err
}

// OpenReadOnly opens a URI as virConnectOpenReadOnly does. It differs from Open in
// how a modular daemon reaches the others; to refuse what writes is not its task.
func (n *Node) OpenReadOnly(name string) (*Connection, error) {
	reader := *n
	reader.readOnly = true
	return reader.Open(name)
}

// errNotOpen is what the daemon says of a driver that it need not ask.
func errNotOpen() error {
	return hypervisor.Errorf(hypervisor.FromRPC, libvirt.ErrInternalError, "connection not open")
}

// probe returns what an empty name opens: the drivers are asked in the order in
// which a daemon registers them, and virtproxyd looks for their sockets.
func (n *Node) probe() string {
	order := probeOrder
	if n.daemon != nil && n.daemon.Proxy {
		order = socketOrder
	}
	for _, name := range order {
		d := n.runs(name)
		if d == nil || d.uri(n.cfg.Session) == "" || !n.has(d) && !n.proxies(name) {
			continue
		}
		return d.uri(n.cfg.Session)
	}
	return ""
}

var (
	probeOrder  = []string{"openvz", "xen", "qemu", "ch", "lxc", "vbox", "bhyve", "vz"}
	socketOrder = []string{"xen", "qemu", "lxc", "vbox", "bhyve", "vz"}
)

// runs returns the driver of that name whose hypervisor the node has, or nil.
func (n *Node) runs(name string) *Driver {
	for _, in := range n.present() {
		if in.driver.Name == name {
			return in.driver
		}
	}
	return nil
}

// openLocal opens a URI that is for the daemon's own drivers; nil and no error
// for one that is not.
func (n *Node) openLocal(u openURI) (*Connection, error) {
	for _, in := range append(slices.Clone(n.present()), n.secondary...) {
		if !slices.Contains(in.driver.Schemes, u.scheme) || !n.has(in.driver) {
			continue
		}
		if err := in.driver.open(u.path, n.cfg.Session, true); err != nil {
			return nil, err
		}
		if in.driver.Files && u.path != "/default" {
			return n.openFile(in.driver, u)
		}
		return n.connect(in, u.text)
	}
	for _, d := range n.cfg.Inactive {
		if slices.Contains(d.Schemes, u.scheme) && n.has(d) {
			return nil, d.open(u.path, n.cfg.Session, false)
		}
	}
	return nil, u.refuse()
}
