package driver

import (
	"fmt"
	"net/url"
	"strings"
	"sync"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Node is the set of drivers that one fake node serves, with the state of each.
type Node struct {
	instances []*instance
}

// instance is one driver with its state. All connections to it share the state;
// a driver that resets when unused gets a new one after the last has closed.
type instance struct {
	driver *Driver
	make   func() (*hypervisor.State, error)

	mu    sync.Mutex
	state *hypervisor.State
	users int
}

// NewNode makes a node that serves drivers. newState makes a driver's state, when
// it is first opened and again after each reset. The first driver is the one that
// an empty URI opens.
func NewNode(drivers []*Driver, newState func(*Driver) (*hypervisor.State, error)) *Node {
	n := &Node{}
	for _, d := range drivers {
		n.instances = append(n.instances, &instance{
			driver: d,
			make:   func() (*hypervisor.State, error) { return newState(d) },
		})
	}
	return n
}

// Prepare makes the state of the driver of that name now, and returns what is
// wrong with it.
func (n *Node) Prepare(name string) error {
	in, err := n.named(name)
	if err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.prepareLocked()
}

func (n *Node) named(name string) (*instance, error) {
	var names []string
	for _, in := range n.instances {
		if in.driver.Name == name {
			return in, nil
		}
		names = append(names, in.driver.Name)
	}
	return nil, fmt.Errorf("no driver %q: the node has %v", name, names)
}

// Connection is an open URI: a driver and its state, held until Close.
type Connection struct {
	Driver *Driver
	State  *hypervisor.State
	// URI is the name that was opened, as virConnectGetURI reports it.
	URI string

	in   *instance
	once sync.Once
}

// Use opens the driver of that name as Open would its URI.
func (n *Node) Use(name string) (*Connection, error) {
	in, err := n.named(name)
	if err != nil {
		return nil, err
	}
	return in.open(in.driver.DefaultURI)
}

// Open opens a URI as virConnectOpen does inside the daemon. An empty name
// opens the node's first driver. The errors are libvirt's own.
func (n *Node) Open(name string) (*Connection, error) {
	if name == "" {
		if len(n.instances) == 0 {
			return nil, hypervisor.Errorf(hypervisor.FromNone, libvirt.ErrNoConnect, "%s", name)
		}
		in := n.instances[0]
		return in.open(in.driver.DefaultURI)
	}
	u, err := parseURI(name)
	if err != nil {
		return nil, err
	}
	for _, in := range n.instances {
		for _, scheme := range in.driver.Schemes {
			if u.scheme != scheme {
				continue
			}
			if err := in.driver.CheckPath(u.path); err != nil {
				return nil, err
			}
			return in.open(u.text)
		}
	}
	return nil, hypervisor.Errorf(hypervisor.FromNone, libvirt.ErrNoConnect, "%s", u.text)
}

func (in *instance) open(uri string) (*Connection, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := in.prepareLocked(); err != nil {
		return nil, hypervisor.Errorf(in.driver.Traits.ErrorDomain, libvirt.ErrInternalError, "%v", err)
	}
	in.users++
	return &Connection{Driver: in.driver, State: in.state, URI: uri, in: in}, nil
}

func (in *instance) prepareLocked() error {
	if in.state != nil {
		return nil
	}
	state, err := in.make()
	if err != nil {
		return fmt.Errorf("driver %s: %w", in.driver.Name, err)
	}
	in.state = state
	return nil
}

// Close lets go of the driver's state. Only the first call counts.
func (c *Connection) Close() {
	c.once.Do(func() {
		c.in.mu.Lock()
		defer c.in.mu.Unlock()
		c.in.users--
		if c.in.users == 0 && c.in.driver.ResetsWhenUnused {
			c.in.state = nil
		}
	})
}

// openURI is a connection URI as the daemon's virConnectOpen sees it.
type openURI struct {
	text   string // as virURIFormat would print it
	scheme string // in the case in which it came: libvirt compares exactly
	path   string
}

func parseURI(name string) (openURI, error) {
	u, err := url.Parse(name)
	// libxml2, unlike net/url, takes no blank anywhere.
	if err != nil || strings.ContainsAny(name, " \t\n") {
		return openURI{}, hypervisor.Errorf(hypervisor.FromURI, libvirt.ErrInternalError, "Unable to parse URI %s", name)
	}
	if u.Scheme == "" {
		return openURI{}, hypervisor.Errorf(hypervisor.FromNone, libvirt.ErrNoConnect, "URI '%s' does not include a driver name", name)
	}
	if u.Host != "" {
		return openURI{}, remoteURIError(u)
	}
	scheme, rest, _ := strings.Cut(name, ":")
	path := u.Path
	if u.Opaque != "" {
		path = u.Opaque
	}
	text := name
	if strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, "//") {
		text = scheme + "://" + rest
	}
	return openURI{text: text, scheme: scheme, path: path}, nil
}

// remoteURIError answers a URI with a host. The real daemon would connect
// there, as a client; a fake node reaches out to nobody, and says what the real
// one says where nobody listens.
func remoteURIError(u *url.URL) error {
	port := u.Port()
	if port == "" {
		port = "16514"
		if _, transport, _ := strings.Cut(u.Scheme, "+"); transport == "tcp" {
			port = "16509"
		}
	}
	return hypervisor.SystemError(hypervisor.FromRPC, hypervisor.ECONNREFUSED, "unable to connect to server at '%s:%s'", u.Hostname(), port)
}
