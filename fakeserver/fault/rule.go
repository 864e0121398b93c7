package fault

import (
	"fmt"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Rule is one fault.
type Rule struct {
	// Name is for people: logs, the journal and errors show it.
	Name  string `yaml:"name,omitempty" json:"name,omitempty"`
	Match `yaml:",inline"`
	// Skip is how many matching calls (or connections, where the rule names no
	// call) pass before the first is hit. Of no_keepalive and drop_events
	// without on it is how many pings or events pass.
	Skip int `yaml:"skip,omitempty" json:"skip,omitempty"`
	// Times is how many are hit; 0 means all that follow. Of no_keepalive,
	// drop_events, slow_storage and no_lease it counts pings, events and calls
	// that they change, also where a call begins them. What begins once, as
	// refuse does, has none.
	Times  int `yaml:"times,omitempty" json:"times,omitempty"`
	Action `yaml:",inline"`
}

// Match says what a rule is about. Every field that is set must agree; zero
// values mean any.
type Match struct {
	// On are procedures, by any of the names that rpc.Named knows, or by a
	// pattern of Go names ("ConnectListAll*"). A rule without any is about
	// connections, or about the node, if its action is; if its action is about
	// messages, it is about every call.
	On Names `yaml:"on,omitempty" json:"on,omitempty"`
	// Object is the name or the UUID of the object that the call is about, or
	// a pattern (path.Match) of either.
	Object string `yaml:"object,omitempty" json:"object,omitempty"`
	// Transport are the transports on which the client came.
	Transport Transports `yaml:"transport,omitempty" json:"transport,omitempty"`
	// Connection is the number of the connection, counted from 1.
	Connection uint64 `yaml:"connection,omitempty" json:"connection,omitempty"`
	// User is the user who logged in over SSH, or the number of the user at the
	// other end of a unix socket.
	User string `yaml:"user,omitempty" json:"user,omitempty"`
	// ReadOnly picks connections to the read-only socket (true) or the others.
	ReadOnly *bool `yaml:"read_only,omitempty" json:"read_only,omitempty"`
	// Where decides about what the other fields leave over. It exists in Go
	// alone. It runs while the call waits, may run several times for one call,
	// and must not keep it.
	Where func(*call.Call) bool `yaml:"-" json:"-"`
}

// String returns the rule's name, or else what it is about and what it does.
func (r Rule) String() string {
	if r.Name != "" {
		return fmt.Sprintf("fault %q", r.Name)
	}
	about := "the node"
	switch k := r.Action.kind(); {
	case len(r.On) > 0:
		about = strings.Join(r.On, ", ")
	case k != nil && k.message:
		about = "every call"
	case k != nil && k.connection:
		about = "connections"
	}
	if r.Object != "" {
		about += " of " + r.Object
	}
	return fmt.Sprintf("fault %s on %s", r.Action.Kind(), about)
}
