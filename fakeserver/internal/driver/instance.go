package driver

import (
	"fmt"
	"sync"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// instance is one driver with its state. All connections to it share the state;
// a driver that resets when unused gets a new one after the last has closed.
type instance struct {
	driver *Driver
	make   func() (*hypervisor.State, error)

	mu    sync.Mutex
	state *hypervisor.State
	users int
}

func newInstance(d *Driver, newState func(*Driver) (*hypervisor.State, error)) *instance {
	return &instance{driver: d, make: func() (*hypervisor.State, error) { return newState(d) }}
}

// open counts a connection and returns the state that it shares.
func (in *instance) open() (*hypervisor.State, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := in.prepareLocked(); err != nil {
		return nil, hypervisor.Errorf(in.driver.Traits.ErrorDomain, libvirt.ErrInternalError, "%v", err)
	}
	in.users++
	return in.state, nil
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

func (in *instance) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.users--
	if in.users == 0 && in.driver.ResetsWhenUnused {
		in.state = nil
	}
}

// Connection is an open URI: a driver and its state, held until Close.
type Connection struct {
	Driver *Driver
	// State is that of the hypervisor and its domains.
	State *hypervisor.State
	// Objects is the state that has the networks, pools, devices and so on; for
	// a driver that has its own, State.
	Objects *hypervisor.State
	// URI is the name that was opened, as virConnectGetURI reports it.
	URI string

	held  []*instance
	once  sync.Once
	reach func(Kind) error // nil reaches every kind
}

// Reach returns the error of a modular daemon for a kind of objects that it
// cannot get at.
func (c *Connection) Reach(kind Kind) error {
	if kind == "" || c.reach == nil {
		return nil
	}
	return c.reach(kind)
}

// Lacks reports whether the driver has not got what a function of libvirt's API
// ("virDomainCreateXML") would ask it for, so that the function fails with
// VIR_ERR_NO_SUPPORT. kind is the kind of object that the function is about, which
// the connection reaches.
func (c *Connection) Lacks(kind Kind, function string) bool {
	only := c.Driver.Only
	return c.reach == nil && only != "" && kind != "" && kind != only || c.Driver.lacks[function]
}

// Close lets go of the driver's state. Only the first call counts.
func (c *Connection) Close() {
	c.once.Do(func() {
		for _, in := range c.held {
			in.close()
		}
	})
}

// connect opens an instance under that URI.
func (n *node) connect(in *instance, uri string) (*Connection, error) {
	state, err := in.open()
	if err != nil {
		return nil, err
	}
	c := &Connection{Driver: in.driver, State: state, Objects: state, URI: uri, held: []*instance{in}}
	if owner := n.owner(); (in.driver.SharesObjects || in.driver.Only != "") && owner != in {
		if c.Objects, err = owner.open(); err != nil {
			c.Close()
			return nil, err
		}
		c.held = append(c.held, owner)
	}
	return c, nil
}
