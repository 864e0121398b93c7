package fault

// Fail answers the call with an error in place of its result.
type Fail struct {
	// Code is a virErrorNumber: VIR_ERR_OPERATION_FAILED, or 9.
	Code ErrorCode `yaml:"code" json:"code"`
	// Domain is a virErrorDomain: VIR_FROM_QEMU, or 10. By default it is the
	// one that the function behind the procedure reports with.
	Domain *ErrorDomain `yaml:"domain,omitempty" json:"domain,omitempty"`
	// Message is what clients print. By default it is libvirt's own text for
	// the code.
	Message string `yaml:"message,omitempty" json:"message,omitempty"`
	// After has the call done first: it has its effect, and fails all the same.
	After bool `yaml:"after,omitempty" json:"after,omitempty"`
}

// Answer answers the call with a result that the node did not ask its state for.
type Answer struct {
	// With is the result: in Go a pointer to the procedure's result type; in
	// YAML and JSON its fields under go-libvirt's names. A rule with an Answer
	// is about one procedure.
	With any `yaml:"with" json:"with"`
}

// Delay answers later, by the node's clock. Other calls are answered meanwhile.
type Delay struct {
	// For is how long the wait is, by the node's clock.
	For Duration `yaml:"for" json:"for"`
	// After has the wait follow the call's effect rather than precede it.
	After bool `yaml:"after,omitempty" json:"after,omitempty"`
}

// Hang does not answer until the rule is removed or the connection ends. Other
// calls are answered meanwhile.
type Hang struct {
	// After hangs once the call has had its effect.
	After bool `yaml:"after,omitempty" json:"after,omitempty"`
}

// DropReply does the call and sends no reply.
type DropReply struct{}

// Repeat sends the reply more than once.
type Repeat struct {
	// Times is how often the reply is sent in all, 2 if it is 0; at most 1000.
	Times int `yaml:"times,omitempty" json:"times,omitempty"`
}

// WrongReply replaces fields of the reply's header. Nil leaves a field alone.
type WrongReply struct {
	// Program is the number of the program.
	Program *uint32 `yaml:"program,omitempty" json:"program,omitempty"`
	// Version is the version of the program.
	Version *uint32 `yaml:"version,omitempty" json:"version,omitempty"`
	// Procedure is the number of the procedure or event.
	Procedure *int32 `yaml:"procedure,omitempty" json:"procedure,omitempty"`
	// Type is the type of the frame: 0 call, 1 reply, 2 event, 3 stream.
	Type *int32 `yaml:"type,omitempty" json:"type,omitempty"`
	// Serial is the number of the call that the reply is to.
	Serial *uint32 `yaml:"serial,omitempty" json:"serial,omitempty"`
	// Status is 0 for a result, 1 for an error, 2 for a stream that goes on.
	Status *int32 `yaml:"status,omitempty" json:"status,omitempty"`
	// Length replaces the length word in front of the frame, which then lies.
	Length *uint32 `yaml:"length,omitempty" json:"length,omitempty"`
}

// Garble makes the reply's payload undecodable: it has the bytes of Payload, or
// the first Keep bytes of its own. The frame around it is sound.
type Garble struct {
	// Payload is what the reply has in place of its own payload.
	Payload Bytes `yaml:"payload,omitempty" json:"payload,omitempty"`
	// Keep is how many bytes of its own payload are left.
	Keep int `yaml:"keep,omitempty" json:"keep,omitempty"`
}

// Reorder holds the reply back until that many other calls of the same connection
// have been answered (1 if it is 0), those in flight already among them, or the
// connection ends.
type Reorder struct {
	// Behind is how many later calls are answered first, 1 if it is 0.
	Behind int `yaml:"behind,omitempty" json:"behind,omitempty"`
}

// EventOrder sends the events that the call causes on its own connection before
// its reply, or after it.
type EventOrder struct {
	// Reply is "first" or "last".
	Reply string `yaml:"reply" json:"reply"`
}

// Close ends the connection.
type Close struct {
	// When is "before" the call is done (the default), "instead" of the reply,
	// once the call has had its effect, or "after" the reply.
	When string `yaml:"when,omitempty" json:"when,omitempty"`
	// Reset ends it with a TCP reset where the transport has such a thing.
	Reset bool `yaml:"reset,omitempty" json:"reset,omitempty"`
}

// What Close.When may be.
const (
	BeforeCall     = "before" // the default
	InsteadOfReply = "instead"
	AfterReply     = "after"
)

// What EventOrder.Reply may be.
const (
	First = "first"
	Last  = "last"
)
