package fakeserver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
)

// WithModularDaemons has libvirt's modular daemons serve the node in place of
// libvirtd: virtqemud, virtnetworkd, virtstoraged and so on, each on sockets of its
// own in the run directory (virtqemud-sock, virtqemud-sock-ro,
// virtqemud-admin-sock). Without names they are all that the node's drivers call
// for, with virtproxyd. Names are those of [ModularDaemons], and libvirtd, which
// then runs beside the others.
//
// Each serves its own driver. For what belongs to another it asks that one's
// daemon, and where that is not among those named, it fails as the real one does
// when it finds no socket: "Failed to connect socket to
// '/var/run/libvirt/virtnetworkd-sock': No such file or directory".
//
// libvirt-sock, tcp and tls belong to libvirtd or to virtproxyd, of which there can
// be one. With neither of them these do not exist: clients find virtqemud-sock by
// themselves, unless their URI says mode=legacy. In memory the node is libvirtd, or
// virtproxyd, or else the first daemon that has a hypervisor. All daemons start and
// stop with the node.
func WithModularDaemons(names ...string) Option {
	return func(c *config) {
		c.isModular = true
		c.modular = slices.Clone(names)
	}
}

// ModularDaemons returns the names that WithModularDaemons takes, but for libvirtd.
func ModularDaemons() []string {
	var names []string
	for _, d := range driver.Daemons() {
		names = append(names, d.Name)
	}
	return names
}

// libvirtd is the daemon that has every driver.
const libvirtd = "libvirtd"

// daemon is one of the programs that serve the node's clients.
type daemon struct {
	name    string
	session bool           // a user's own
	module  *driver.Daemon // nil for libvirtd
	host    *remote.Host
}

// networked reports whether the daemon has libvirt-sock, and may listen on tcp and
// tls.
func (d *daemon) networked() bool { return d.module == nil || d.module.Proxy }

// serves reports whether the daemon has the driver of a URI's scheme itself.
func (d *daemon) serves(scheme string) bool {
	scheme, _, _ = strings.Cut(scheme, "+")
	return d.module != nil && slices.Contains(d.module.Served(), scheme)
}

// daemonNames returns the names of the daemons that run on a node: what was asked
// for, or all that it calls for.
func (c *config) daemonNames(n *driver.Node) []string {
	if !c.isModular {
		return []string{libvirtd}
	}
	if len(c.modular) > 0 {
		return c.modular
	}
	var names []string
	for _, d := range driver.Daemons() {
		if n.Serves(d) || slices.Contains(c.inactive, d.Driver) && !(d.SystemOnly && c.session) {
			names = append(names, d.Name)
		}
	}
	return names
}

// daemons makes the daemons of a set of drivers, the one first that clients get who
// name none.
func (c *config) daemons(n *driver.Node) []*daemon {
	names := c.daemonNames(n)
	running := func(d *driver.Daemon) bool { return slices.Contains(names, d.Name) && !(d.SystemOnly && c.session) }
	var all []*daemon
	for _, name := range names {
		d := &daemon{name: name, session: c.session, host: &remote.Host{Drivers: n, Version: c.version, Auth: c.authRules, Access: c.accessRules}}
		if name != libvirtd {
			d.module = driver.DaemonNamed(name)
			if !running(d.module) {
				continue // one that a user's session lacks
			}
			d.host.Drivers = n.For(d.module, running)
		}
		all = append(all, d)
	}
	slices.SortStableFunc(all, func(a, b *daemon) int { return a.rank() - b.rank() })
	return all
}

// rank orders the daemons for those who name none.
func (d *daemon) rank() int {
	switch {
	case d.networked():
		return 0
	case d.module.Driver != "":
		return 1
	}
	return 2
}

// checkModular finds mistakes in what WithModularDaemons was given.
func (c *config) checkModular() error {
	if !c.isModular {
		return nil
	}
	if path := c.listen[call.Unix]; path != "" {
		return fmt.Errorf("WithModularDaemons: the node listens on the unix socket %s: give it a run directory instead", path)
	}
	for i, name := range c.modular {
		d := driver.DaemonNamed(name)
		switch {
		case name == libvirtd:
		case d == nil:
			return fmt.Errorf("no modular daemon %q: there are %v", name, ModularDaemons())
		case d.SystemOnly && c.session:
			return fmt.Errorf("WithModularDaemons: only root runs %s", name)
		case d.Driver != "" && !slices.Contains(c.drivers, d.Driver) && !slices.Contains(c.inactive, d.Driver):
			return fmt.Errorf("WithModularDaemons: %s serves the driver %s, which the node does not have: it has %v", name, d.Driver, c.drivers)
		case d.Kind != "" && !slices.ContainsFunc(c.drivers, sharesObjects):
			return fmt.Errorf("WithModularDaemons: none of the node's drivers %v has use for %s", c.drivers, name)
		}
		if slices.Contains(c.modular[:i], name) {
			return fmt.Errorf("WithModularDaemons: %s is named twice", name)
		}
	}
	proxied := slices.Contains(c.modular, "virtproxyd")
	if proxied && slices.Contains(c.modular, libvirtd) {
		return fmt.Errorf("WithModularDaemons: libvirtd and virtproxyd have the same sockets: name one of them")
	}
	for _, t := range []call.Transport{call.TCP, call.TLS} {
		if _, asked := c.listen[t]; asked && c.unreached(t) {
			return fmt.Errorf("WithModularDaemons: %s needs virtproxyd or libvirtd, and there are %v", t, c.modular)
		}
	}
	return nil
}

func sharesObjects(name string) bool {
	d := driver.Named(name)
	return d != nil && d.SharesObjects
}

// unreached reports whether none of the node's daemons can listen on a transport.
func (c *config) unreached(t call.Transport) bool {
	return (t == call.TCP || t == call.TLS) && len(c.modular) > 0 &&
		!slices.Contains(c.modular, libvirtd) && !slices.Contains(c.modular, "virtproxyd")
}

// Daemons returns the names of the daemons that serve the system's clients:
// libvirtd, or those of WithModularDaemons. The first serves those in memory, and on
// tcp and tls if the node listens there.
func (s *Server) Daemons() []string {
	var names []string
	for _, d := range s.daemons {
		if d.session == s.cfg.session {
			names = append(names, d.name)
		}
	}
	return names
}

// mainDaemon is the one for clients who name none.
func (s *Server) mainDaemon() *daemon { return s.daemons[0] }

// daemonOf returns the daemon that a client has reached.
func (s *Server) daemonOf(p *call.Peer) *daemon {
	for _, d := range s.daemons {
		if d.name == p.Daemon && d.session == p.Session {
			return d
		}
	}
	return s.mainDaemon()
}
