package fault

// Restart closes every connection and listener and, after For, listens on the
// same addresses again.
type Restart struct {
	// State is "kept" (the default: a daemon that was restarted under running
	// guests) or "lost" (the node begins anew).
	State string `yaml:"state,omitempty" json:"state,omitempty"`
	// For is how long nothing listens.
	For Duration `yaml:"for,omitempty" json:"for,omitempty"`
}

// What Restart.State may be.
const (
	Kept = "kept" // the default
	Lost = "lost"
)

// Refuse refuses new connections, as a machine does on which nothing listens,
// for as long as the rule is in force. Those that are there stay.
type Refuse struct{}

// StopAccepting takes no connection up for as long as the rule is in force:
// clients find the backlog full, and wait.
type StopAccepting struct {
	// Backlog is how many connections the system takes up in the node's stead,
	// which then hear nothing.
	Backlog int `yaml:"backlog,omitempty" json:"backlog,omitempty"`
}

// MaxClients limits how many clients may be connected at a time, as max_clients
// of libvirtd.conf does, for as long as the rule is in force.
type MaxClients struct {
	// N is how many clients may be connected, 1 or more.
	N int `yaml:"n" json:"n"`
}

// NoKeepAlive answers no keepalive ping.
type NoKeepAlive struct{}

// DropEvents sends no events.
type DropEvents struct {
	// Event are the names of event messages, such as DomainEventLifecycle, or
	// patterns; none means all. DomainEventLifecycle also means
	// DomainEventCallbackLifecycle, the message that newer clients get.
	Event Names `yaml:"event,omitempty" json:"event,omitempty"`
}

// Storm emits events of one domain, one after the other: a lifecycle event, in
// turn suspended and resumed, without any change of its state.
type Storm struct {
	// Count is how many events there are.
	Count int `yaml:"count" json:"count"`
	// Driver is the driver whose domain it is; see Target.
	Driver string `yaml:"driver,omitempty" json:"driver,omitempty"`
	// Domain is the name of the domain.
	Domain string `yaml:"domain" json:"domain"`
}

// SlowStorage delays every call on storage pools and volumes.
type SlowStorage struct {
	// For is how long each call waits, by the node's clock.
	For Duration `yaml:"for" json:"for"`
}

// NoLease has networks give no DHCP lease: calls that ask for leases or for
// addresses from them find none.
type NoLease struct{}
