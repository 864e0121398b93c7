package fault

// Direction is a direction of bytes.
type Direction string

// The directions.
const (
	ToClient   Direction = "to-client" // the default
	FromClient Direction = "from-client"
)

// Layer is where on a connection bytes are counted and changed.
type Layer string

// The layers. On tcp, unix and in memory they are the same.
const (
	// Above is libvirt's own protocol, above TLS or SSH. The default.
	Above Layer = "above"
	// Beneath is what travels on the socket, encrypted, handshakes included.
	Beneath Layer = "beneath"
)

// Place is where on a connection an action on bytes begins.
type Place struct {
	// Direction is which way the bytes go.
	Direction Direction `yaml:"direction,omitempty" json:"direction,omitempty"`
	// Layer is where they are counted and changed: above TLS and SSH, or beneath.
	Layer Layer `yaml:"layer,omitempty" json:"layer,omitempty"`
	// After is how many bytes pass before it begins. They count from the
	// first byte of the reply to the call that the rule matched; from the
	// client, from the first byte after that call; in a rule without On, from
	// the connection's first byte, or, for a connection that is there already,
	// from the moment of the injection.
	After int64 `yaml:"after,omitempty" json:"after,omitempty"`
}

// Cut ends the connection in order (on TCP by a FIN) after so many bytes: 10 of
// a reply end inside its header, which has 28 with the length word.
type Cut struct {
	Place `yaml:",inline"`
}

// Reset ends the connection with a TCP reset, or where the transport has no such
// thing, by closing it with unread data.
type Reset struct {
	Place `yaml:",inline"`
}

// HalfClose ends one direction: to the client, no more is sent, and what it sends
// is still read; from the client, the node sees the end of what it sends, which
// like the real daemon it takes for the client's leaving.
type HalfClose struct {
	Place `yaml:",inline"`
}

// Stall lets nothing more pass in that direction.
type Stall struct {
	Place `yaml:",inline"`
	// For ends it by the node's clock; 0 means until the rule is removed.
	For Duration `yaml:"for,omitempty" json:"for,omitempty"`
}

// Throttle lets a limited number of bytes pass in each second.
type Throttle struct {
	Place `yaml:",inline"`
	// Rate is in bytes per second.
	Rate int64 `yaml:"rate" json:"rate"`
}

// Drip lets the bytes pass in pieces, each in a write of its own.
type Drip struct {
	Place `yaml:",inline"`
	// Size is how many bytes a piece has, 1 if it is 0.
	Size int `yaml:"size,omitempty" json:"size,omitempty"`
	// Every is the time between two pieces; 0 sends them as fast as they go.
	Every Duration `yaml:"every,omitempty" json:"every,omitempty"`
}

// Corrupt changes bytes.
type Corrupt struct {
	Place `yaml:",inline"`
	// XOR is combined with as many bytes as it has, from Place on; ff if it is
	// empty.
	XOR Bytes `yaml:"xor,omitempty" json:"xor,omitempty"`
}

// Coalesce holds whole frames back until there are so many, and passes them in
// one piece: on TLS in one record, which the real daemon never does.
type Coalesce struct {
	Place `yaml:",inline"`
	// Frames is how many frames a piece has, 2 or more.
	Frames int `yaml:"frames" json:"frames"`
}
