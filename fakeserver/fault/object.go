package fault

// Crash ends running domains as a crash of their hypervisor does.
type Crash struct {
	Target `yaml:",inline"`
}

// Vanish removes objects as another client would: they are destroyed and
// undefined. In a rule about calls that lists objects it happens after the call,
// so that the list still has them; else before it.
type Vanish struct {
	Target `yaml:",inline"`
}

// Target names objects of one kind, by name or by a pattern (path.Match). If it
// names none, it is the object that the matched call is about.
type Target struct {
	// Driver is the driver whose objects they are, "qemu" or "test"; by default
	// the one that the matched call's connection has open, else the node's first.
	Driver string `yaml:"driver,omitempty" json:"driver,omitempty"`
	// Domain is the name of domains, or a pattern.
	Domain string `yaml:"domain,omitempty" json:"domain,omitempty"`
	// Network is the name of networks, or a pattern.
	Network string `yaml:"network,omitempty" json:"network,omitempty"`
}

// Appear defines an object from its XML, and starts it.
type Appear struct {
	// Driver is the driver that gets it, "qemu" or "test"; see Target.
	Driver string `yaml:"driver,omitempty" json:"driver,omitempty"`
	// Domain is the XML of a domain.
	Domain string `yaml:"domain,omitempty" json:"domain,omitempty"`
	// Network is the XML of a network.
	Network string `yaml:"network,omitempty" json:"network,omitempty"`
	// Inactive leaves it at the definition.
	Inactive bool `yaml:"inactive,omitempty" json:"inactive,omitempty"`
	// After does it once the matched call has had its effect.
	After bool `yaml:"after,omitempty" json:"after,omitempty"`
}

// Change does to objects what a client's call would.
type Change struct {
	Target `yaml:",inline"`
	// Do is one of start, shutdown, destroy, suspend, resume, reboot, undefine;
	// for a network, one of start, destroy, undefine.
	Do string `yaml:"do" json:"do"`
	// After does it once the matched call has had its effect.
	After bool `yaml:"after,omitempty" json:"after,omitempty"`
}
