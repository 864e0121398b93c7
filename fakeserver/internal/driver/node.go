package driver

import (
	"fmt"
	"slices"
	"sync"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Config is what a Node is made of.
type Config struct {
	// Drivers are those that the node has and whose hypervisors run.
	Drivers []*Driver
	// Inactive are those that are installed where they cannot run.
	Inactive []*Driver
	// Session is true for the daemon of a user who is not root.
	Session bool
	// DefaultURI is what a client opens that names nothing: uri_default of the
	// node's libvirt.conf. "" has libvirt look for a hypervisor.
	DefaultURI string
	// Files are what a driver may read because of a URI, by path. No other file
	// is there, and no real one is ever read.
	Files map[string]string
	// NewState makes a driver's state, when it is first opened and again after
	// each reset.
	NewState func(*Driver) (*hypervisor.State, error)
}

// Node is the set of drivers that one fake node serves, with the state of each:
// all of them, as libvirtd does, or those of one modular daemon, see For.
type Node struct {
	*node
	daemon  *Daemon // nil for libvirtd
	running func(*Daemon) bool
	// readOnly is set while a client is served that may only read: for it, a daemon
	// asks others at their sockets for such.
	readOnly bool
}

// node is what all daemons of a Node share.
type node struct {
	cfg Config

	mu        sync.Mutex
	instances []*instance // replaced as a whole
	opened    int         // connections with a file of their own

	secondary []*instance // the daemon's own drivers, one for each Kind
}

// NewNode makes a node.
func NewNode(cfg Config) *Node {
	n := &node{cfg: cfg}
	shared := false
	for _, d := range cfg.Drivers {
		if d.SharesObjects && shared {
			d = d.withoutObjects()
		}
		shared = shared || d.SharesObjects
		n.instances = append(n.instances, newInstance(d, cfg.NewState))
	}
	if shared {
		for _, d := range secondaryDrivers() {
			n.secondary = append(n.secondary, newInstance(d, cfg.NewState))
		}
	}
	return &Node{node: n}
}

// withoutObjects returns the driver on a node on which another one has the
// objects that both show.
func (d *Driver) withoutObjects() *Driver {
	c := *d
	c.Populate = nothing
	return &c
}

// nothing is the Populate of a driver that has nothing at the start.
func nothing(*hypervisor.State) error { return nil }

// Prepare makes the state of the driver of that name now, and returns what is
// wrong with it.
func (n *node) Prepare(name string) error {
	in, err := n.named(name)
	if err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.prepareLocked()
}

// Restart has drivers begin anew: those whose state is the daemon's own and so
// ends with it, or all of them. It returns their names. Connections from before
// keep the state that they have.
func (n *node) Restart(all bool) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var renewed []string
	instances := slices.Clone(n.instances)
	for i, in := range instances {
		if all || in.driver.ResetsWhenUnused {
			instances[i] = &instance{driver: in.driver, make: in.make}
			renewed = append(renewed, in.driver.Name)
		}
	}
	n.instances = instances
	return renewed
}

func (n *node) present() []*instance {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.instances
}

func (n *node) named(name string) (*instance, error) {
	var names []string
	for _, in := range n.present() {
		if in.driver.Name == name {
			return in, nil
		}
		names = append(names, in.driver.Name)
	}
	return nil, fmt.Errorf("no driver %q: the node has %v", name, names)
}

// Use opens the driver of that name as Open would its URI.
func (n *node) Use(name string) (*Connection, error) {
	in, err := n.named(name)
	if err != nil {
		return nil, err
	}
	return n.connect(in, in.driver.uri(n.cfg.Session))
}

// owner returns the instance that has the objects of all drivers that share them:
// the first of those, or nil.
func (n *node) owner() *instance {
	for _, in := range n.present() {
		if in.driver.SharesObjects {
			return in
		}
	}
	return nil
}
