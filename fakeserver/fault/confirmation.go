package fault

import (
	"math"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Confirmation sends something else than the byte 1, by which a client learns after
// the TLS handshake that the server has found its certificate good. It is about
// connections over TLS alone, and counts each before its handshake. Of several
// rules the first one counts. Clients whose certificate is no good are refused as
// ever, except that alert refuses all.
type Confirmation struct {
	// Send is what is sent:
	//
	// byte: another byte, which tells the client that it is refused.
	// nothing: no byte, until the rule is removed.
	// late: the byte 1, but later.
	// close: nothing, and TCP ends, as a libvirtd does that refuses a client.
	// close_notify: nothing, and TLS ends in order.
	// alert: a TLS alert, bad_certificate, in the handshake, as servers do that
	// check the client's certificate there.
	// ticket: a session ticket, and then the byte 1. On TLS 1.3 alone: on TLS 1.2
	// the ticket is a part of the handshake.
	Send string `yaml:"send" json:"send"`
	// Byte is the byte for "byte", 0 to 255: any but 1.
	Byte int `yaml:"byte,omitempty" json:"byte,omitempty"`
	// For is how long "late" waits, by the node's clock.
	For Duration `yaml:"for,omitempty" json:"for,omitempty"`
}

// What Confirmation.Send may be.
const (
	ConfirmByte        = "byte"
	ConfirmNothing     = "nothing"
	ConfirmLate        = "late"
	ConfirmClose       = "close"
	ConfirmCloseNotify = "close_notify"
	ConfirmAlert       = "alert"
	ConfirmTicket      = "ticket"
)

func (r *Rule) checkConfirmation() error {
	c := r.Confirmation
	if err := oneOf("confirmation.send", c.Send, ConfirmByte, ConfirmNothing, ConfirmLate, ConfirmClose, ConfirmCloseNotify, ConfirmAlert, ConfirmTicket); err != nil {
		return err
	}
	late := c.Send == ConfirmLate
	return first(
		check{len(r.On) == 0, wrong("on", "the confirmation comes before the first call: want no on")},
		check{!r.never(call.TLS), wrong("transport", "only tls has a confirmation, and the rule is about %s", listOf(r.Transport))},
		check{r.User == "", wrong("user", "only unix and ssh tell who the user is, and only tls has a confirmation")},
		check{r.ReadOnly == nil || !*r.ReadOnly, wrong("read_only", "only unix and ssh lead to a read-only socket, and only tls has a confirmation")},
		check{c.Byte == 0 || c.Send == ConfirmByte, wrong("confirmation.byte", "%s sends no other byte: want send: byte", c.Send)},
		check{c.Byte >= 0 && c.Byte <= math.MaxUint8, wrong("confirmation.byte", "it is %d: want a byte, 0 to 255", c.Byte)},
		check{c.Byte != 1, wrong("confirmation.byte", "1 is what the node sends anyway")},
		check{!late || c.For > 0, wrong("confirmation.for", "it is %v: want a duration above 0, such as 2s", c.For)},
		check{late || c.For == 0, wrong("confirmation.for", "%s does not wait: want send: late", c.Send)},
	)
}
