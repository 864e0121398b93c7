package driver

import (
	"slices"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Daemon is one of libvirt's modular daemons. It serves one driver, and passes on
// what is for another to that one's daemon.
type Daemon struct {
	// Name is the program's: "virtqemud".
	Name string
	// Driver is the hypervisor driver that it serves, "" for none.
	Driver string
	// Kind is the kind of objects that it serves in place of a hypervisor.
	Kind Kind
	// Proxy is true for virtproxyd, which stands in for libvirtd, serves no
	// driver and passes everything on.
	Proxy bool
	// SystemOnly is true for a daemon that only root runs.
	SystemOnly bool
}

// Socket returns the name of the daemon's socket in libvirt's run directory;
// those for read-only clients and for the administrator follow.
func (d *Daemon) Socket() (readWrite, readOnly, admin string) {
	prefix := d.Name
	if d.Proxy {
		prefix = "libvirt"
	}
	return prefix + "-sock", prefix + "-sock-ro", prefix + "-admin-sock"
}

// Daemons returns the modular daemons of libvirt 9.0.0.
func Daemons() []*Daemon {
	return []*Daemon{
		{Name: "virtproxyd", Proxy: true},
		{Name: "virtqemud", Driver: "qemu"},
		{Name: "virtxend", Driver: "xen", SystemOnly: true},
		{Name: "virtlxcd", Driver: "lxc", SystemOnly: true},
		{Name: "virtvboxd", Driver: "vbox"},
		{Name: "virtbhyved", Driver: "bhyve", SystemOnly: true},
		{Name: "virtchd", Driver: "ch", SystemOnly: true},
		{Name: "virtvzd", Driver: "vz", SystemOnly: true},
		{Name: "virtinterfaced", Kind: Interfaces},
		{Name: "virtnetworkd", Kind: Networks},
		{Name: "virtnodedevd", Kind: NodeDevices},
		{Name: "virtnwfilterd", Kind: NWFilters, SystemOnly: true},
		{Name: "virtsecretd", Kind: Secrets},
		{Name: "virtstoraged", Kind: Pools},
	}
}

// DaemonNamed returns the modular daemon of that name, or nil.
func DaemonNamed(name string) *Daemon {
	for _, d := range Daemons() {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// For returns the node as a client of one of its modular daemons finds it. It
// shares the states of the drivers with n. running tells which of the other
// daemons are there to be asked; nil means all those whose driver the node has.
func (n *Node) For(d *Daemon, running func(*Daemon) bool) *Node {
	if running == nil {
		running = n.Serves
	}
	return &Node{node: n.node, daemon: d, running: running}
}

// Serves reports whether the node has what the daemon is for, and a user who may
// run it.
func (n *Node) Serves(d *Daemon) bool {
	switch {
	case d.SystemOnly && n.cfg.Session:
		return false
	case d.Proxy:
		return true
	case d.Kind != "":
		return n.owner() != nil
	}
	return n.runs(d.Driver) != nil
}

// has reports whether a driver is one of the daemon's own: it is what the daemon
// is for, or part of libvirt's library and so in all of them.
func (n *Node) has(d *Driver) bool {
	if n.daemon == nil || d.InLibrary {
		return true
	}
	return d.Only != "" && d.Only == n.daemon.Kind || d.Name == n.daemon.Driver
}

// proxies reports whether the daemon is virtproxyd and could reach that driver's.
func (n *Node) proxies(name string) bool {
	if n.daemon == nil || !n.daemon.Proxy {
		return false
	}
	peer := DaemonNamed(daemonOf(name))
	return peer != nil && n.running(peer)
}

// passOn opens a URI at another daemon.
func (n *Node) passOn(u openURI) (*Connection, error) {
	peer := DaemonNamed(daemonOf(u.scheme))
	if peer == nil || !n.running(peer) {
		return nil, n.unreachable(daemonOf(u.scheme))
	}
	asked := n.For(peer, n.running)
	asked.readOnly = n.readOnly
	return asked.Open(u.text)
}

// unreachable is the error about the socket of a daemon that is not there.
func (n *Node) unreachable(daemon string) error {
	dir := "/var/run/libvirt"
	if n.cfg.Session {
		dir = "/run/user/1000/libvirt"
	}
	suffix := ""
	if n.readOnly && !n.cfg.Session { // a user's daemon has no such socket
		suffix = "-ro"
	}
	return hypervisor.SystemError(hypervisor.FromRPC, hypervisor.ENOENT, "Failed to connect socket to '%s/%s-sock%s'", dir, daemon, suffix)
}

// noIdentity is what becomes of a connection that a daemon opens in its own
// process where it expects one to another daemon, which it tells who the client
// is.
func noIdentity() error {
	return hypervisor.Unsupported(hypervisor.FromDomain, "virConnectSetIdentity")
}

// openModular opens a URI as a modular daemon does.
func (n *Node) openModular(u openURI) (*Connection, error) {
	c, err := n.openLocal(u)
	switch {
	case err != nil:
		return nil, err
	case c != nil && n.daemon.Proxy:
		c.Close()
		return nil, noIdentity()
	case c == nil:
		c, err = n.passOn(u)
		if err != nil || n.daemon.Proxy {
			return c, err
		}
	}
	if c.Driver.InLibrary {
		c.Close()
		return nil, hypervisor.Errorf(hypervisor.FromRPC, libvirt.ErrInternalError, "Unexpected driver type '%s' opened", c.Driver.Type)
	}
	c.reach = func(kind Kind) error { return n.reach(c.Driver, kind) }
	return c, nil
}

// reach is how a modular daemon gets at a kind of objects for a client that has
// opened a driver: through that kind's own daemon.
func (n *Node) reach(d *Driver, kind Kind) error {
	peer := DaemonNamed(daemonOf(string(kind)))
	switch {
	case d.Only == kind:
		return nil
	case d.Only == Pools && kind == Secrets: // pools may need a password
	case d.Only != "", kind == NWFilters && n.cfg.Session:
		return errNotOpen()
	}
	switch {
	case n.daemon.Kind == kind:
		return noIdentity()
	case !n.running(peer):
		return n.unreachable(peer.Name)
	}
	return nil
}

// Served returns the drivers and kinds of objects that a daemon has itself, by
// their names in URIs.
func (d *Daemon) Served() []string {
	return slices.DeleteFunc([]string{d.Driver, string(d.Kind)}, func(s string) bool { return s == "" })
}
