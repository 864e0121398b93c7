package fault

// Action is what happens. Exactly one field of a rule's Action is set.
//
// Actions on messages happen to a call: those of a rule without On, to every
// call. Actions on bytes happen to what flows on a connection: from the reply to
// a matching call on, or, in a rule without On, from the connection's first byte.
// Actions on the node and on its objects happen once for each matching call,
// before it is answered; in a rule that matches no call, when it is injected.
type Action struct {
	// Messages.

	Fail       *Fail       `yaml:"fail,omitempty" json:"fail,omitempty"`
	Answer     *Answer     `yaml:"answer,omitempty" json:"answer,omitempty"`
	Delay      *Delay      `yaml:"delay,omitempty" json:"delay,omitempty"`
	Hang       *Hang       `yaml:"hang,omitempty" json:"hang,omitempty"`
	DropReply  *DropReply  `yaml:"drop_reply,omitempty" json:"drop_reply,omitempty"`
	Repeat     *Repeat     `yaml:"repeat_reply,omitempty" json:"repeat_reply,omitempty"`
	WrongReply *WrongReply `yaml:"wrong_reply,omitempty" json:"wrong_reply,omitempty"`
	Garble     *Garble     `yaml:"garble_reply,omitempty" json:"garble_reply,omitempty"`
	Reorder    *Reorder    `yaml:"reorder,omitempty" json:"reorder,omitempty"`
	EventOrder *EventOrder `yaml:"event_order,omitempty" json:"event_order,omitempty"`
	Close      *Close      `yaml:"close,omitempty" json:"close,omitempty"`

	// Bytes.

	Cut       *Cut       `yaml:"cut,omitempty" json:"cut,omitempty"`
	Reset     *Reset     `yaml:"reset,omitempty" json:"reset,omitempty"`
	HalfClose *HalfClose `yaml:"half_close,omitempty" json:"half_close,omitempty"`
	Stall     *Stall     `yaml:"stall,omitempty" json:"stall,omitempty"`
	Throttle  *Throttle  `yaml:"throttle,omitempty" json:"throttle,omitempty"`
	Drip      *Drip      `yaml:"drip,omitempty" json:"drip,omitempty"`
	Corrupt   *Corrupt   `yaml:"corrupt,omitempty" json:"corrupt,omitempty"`
	Coalesce  *Coalesce  `yaml:"coalesce,omitempty" json:"coalesce,omitempty"`

	Confirmation *Confirmation `yaml:"confirmation,omitempty" json:"confirmation,omitempty"`

	// The node.

	Restart       *Restart       `yaml:"restart,omitempty" json:"restart,omitempty"`
	Refuse        *Refuse        `yaml:"refuse,omitempty" json:"refuse,omitempty"`
	StopAccepting *StopAccepting `yaml:"stop_accepting,omitempty" json:"stop_accepting,omitempty"`
	MaxClients    *MaxClients    `yaml:"max_clients,omitempty" json:"max_clients,omitempty"`
	NoKeepAlive   *NoKeepAlive   `yaml:"no_keepalive,omitempty" json:"no_keepalive,omitempty"`
	DropEvents    *DropEvents    `yaml:"drop_events,omitempty" json:"drop_events,omitempty"`
	Storm         *Storm         `yaml:"event_storm,omitempty" json:"event_storm,omitempty"`
	SlowStorage   *SlowStorage   `yaml:"slow_storage,omitempty" json:"slow_storage,omitempty"`
	NoLease       *NoLease       `yaml:"no_lease,omitempty" json:"no_lease,omitempty"`

	// Objects.

	Crash  *Crash  `yaml:"crash,omitempty" json:"crash,omitempty"`
	Vanish *Vanish `yaml:"vanish,omitempty" json:"vanish,omitempty"`
	Appear *Appear `yaml:"appear,omitempty" json:"appear,omitempty"`
	Change *Change `yaml:"change,omitempty" json:"change,omitempty"`
}
