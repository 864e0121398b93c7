package fakeserver

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
)

// sessionUID is the user whose session the node has: the first that Debian makes.
const sessionUID = 1000

// WithSessionDaemon gives the node a user's daemon beside the system's. What is in
// its drivers is its own: qemu:///session on the user's socket does not show what
// qemu:///system has. The user's daemon refuses qemu:///system, and the system's
// qemu:///session, as the driver does; and the drivers that need root are not active
// in it.
//
// Its socket is in SessionDir, libvirt/libvirt-sock, or libvirt/virtqemud-sock and
// so on if the node's daemons are modular; there is none for read-only clients. SSH
// accounts find it where their session's is.
//
// Without this option the node's own daemon serves the socket of sessions as well.
// contents are options of this package about what is in drivers: WithDrivers,
// WithDomainXML, WithObjects, WithoutObjects, WithTestFile, WithDefaultURI and the
// like. Others have no effect there.
func WithSessionDaemon(contents ...Option) Option {
	return func(c *config) {
		c.hasUser = true
		c.userOptions = append(c.userOptions, contents...)
	}
}

// ofUser returns what the user's daemon is made with.
func (c *config) ofUser() config {
	u := config{
		hostname: c.hostname, version: c.version, clock: c.clock, log: c.log,
		drivers: slices.Clone(c.drivers), inactive: slices.Clone(c.inactive),
		seed:      ^c.seed, // lest both make the same up
		isModular: c.isModular, modular: slices.Clone(c.modular),
	}
	for _, o := range c.userOptions {
		o(&u)
	}
	u.session = true
	u.isModular, u.modular = c.isModular, c.modular
	return u
}

// checkUser finds mistakes in what WithSessionDaemon was given.
func (c *config) checkUser() error {
	if !c.hasUser {
		return nil
	}
	if c.session {
		return fmt.Errorf("WithSessionDaemon: the node is a user's already, by WithSession")
	}
	if path := c.listen[call.Unix]; path != "" {
		return fmt.Errorf("WithSessionDaemon: the node listens on the unix socket %s: give it a run directory instead", path)
	}
	if u := c.ofUser(); len(u.errs) > 0 {
		return fmt.Errorf("WithSessionDaemon: %w", u.errs[0])
	}
	return nil
}

// makeUser makes the user's daemon.
func (s *Server) makeUser() error {
	if !s.cfg.hasUser {
		return nil
	}
	u := s.cfg.ofUser()
	n, err := u.makeDrivers()
	if err != nil {
		return fmt.Errorf("the session's daemon: %w", err)
	}
	s.userDrivers = n
	s.daemons = append(s.daemons, u.daemons(n)...)
	return nil
}

// SessionDir returns the XDG_RUNTIME_DIR of the user whose daemon
// WithSessionDaemon gave the node: RunDir/user/1000, as in /run. Without that option
// it is RunDir, as the node's own daemon serves sessions too.
func (s *Server) SessionDir() string {
	if s.listener.runDir == "" || !s.cfg.hasUser {
		return s.listener.runDir
	}
	return filepath.Join(s.listener.runDir, "user", strconv.Itoa(sessionUID))
}

// SessionDriver is Driver for the user's daemon of WithSessionDaemon.
func (s *Server) SessionDriver(name string) (*Driver, error) {
	if s.userDrivers == nil {
		return nil, fmt.Errorf("driver %q of the session: the node has no session daemon", name)
	}
	return s.view(viewed{s.userDrivers, name})
}

// SessionDrivers returns the names of the drivers of the user's daemon of
// WithSessionDaemon; none if there is none.
func (s *Server) SessionDrivers() []string {
	if !s.cfg.hasUser {
		return nil
	}
	return s.cfg.ofUser().drivers
}

// viewed names a driver that Go code looks at.
type viewed struct {
	node *driver.Node
	name string
}
