package fakeserver

import (
	"slices"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Hostname returns the node's own name.
func (s *Server) Hostname() string { return s.cfg.hostname }

// LibvirtVersion returns the libvirt version that the node speaks as.
func (s *Server) LibvirtVersion() rpc.Version { return s.cfg.version }

// Seed returns what the choices of the node are made from.
func (s *Server) Seed() uint64 { return s.cfg.seed }

// Drivers returns the names of the node's hypervisor drivers, in the order of
// WithDrivers.
func (s *Server) Drivers() []string { return slices.Clone(s.cfg.drivers) }

// Check returns what Start would say of options without starting anything: that one
// is wrong, or that two do not agree. What takes more to find out, such as an address
// that is taken, it does not know.
func Check(opts ...Option) error {
	c := newConfig(opts)
	return c.check()
}

// WithOptions applies the options that mk returns, which is called for each node
// that is made with it: for options with something in them that nodes must not
// share, such as a clock. If it returns an error, Start fails with that.
func WithOptions(mk func() ([]Option, error)) Option {
	return func(c *config) {
		opts, err := mk()
		WithError(err)(c)
		for _, o := range opts {
			o(c)
		}
	}
}
