package call

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// String shows the call on one line, without secrets:
//
//	#7 connection 2 (tcp, 127.0.0.1:40466): DomainLookupByName(Name: "test") = Dom: {…}
func (r *Record) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#%d %s: %s(%s)", r.Seq, showClient(r.Peer), r.name(), r.ShowArgs())
	switch {
	case !r.Finished:
		b.WriteString(" is not answered yet")
	case r.Err != nil:
		b.WriteString(" failed: " + ShowError(r.Err))
	default:
		if ret := r.ShowRet(); ret != "" {
			b.WriteString(" = " + ret)
		}
	}
	if len(r.Faults) > 0 {
		fmt.Fprintf(&b, " [fault: %s]", strings.Join(r.Faults, ", "))
	}
	return b.String()
}

// Format writes what String returns, whatever the verb: Args and Ret may hold XML with
// passwords, which is there to be compared, and not to be printed.
func (r Record) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

func (r *Record) name() string {
	if r.Procedure == nil {
		return "?"
	}
	return r.Procedure.Name
}

// ShowArgs is Show for the arguments; it also tells how long a secret was that the
// record does not have.
func (r *Record) ShowArgs() string { return show(r.Procedure, r.Args, r.argsSecret) }

// ShowRet is Show for the result.
func (r *Record) ShowRet() string { return show(r.Procedure, r.Ret, r.retSecret) }

// ShowArgsLines is ShowLines for the arguments.
func (r *Record) ShowArgsLines() []string { return showLines(r.Procedure, r.Args, r.argsSecret) }

// ShowError shows an error with its code and its domain, without secrets: libvirt
// quotes XML in some.
func ShowError(err error) string {
	text := err.Error()
	if len(text) > shownLine {
		text = strings.ToValidUTF8(text[:shownLine], "") + fmt.Sprintf("… (%d bytes)", len(text))
	}
	text = strings.ReplaceAll(MaskText(text), "\n", " ")
	var wire *rpc.Error
	if errors.As(err, &wire) {
		return fmt.Sprintf("%s (code %d, domain %d)", text, int32(wire.Code), wire.Domain)
	}
	return text
}

// showClient names a connection and who is at its other end.
func showClient(p *Peer) string {
	if p == nil {
		return "connection ?"
	}
	return fmt.Sprintf("connection %d (%s, %s)", p.Connection, p.Transport, p)
}

// String shows the connection on one line.
func (c *ConnectionRecord) String() string {
	text := showClient(c.Peer)
	switch {
	case c.Closed.IsZero():
		return text + " is open"
	case c.Reason != nil:
		text += " ended: " + c.Reason.Error()
	default:
		text += " ended"
	}
	if c.Asked {
		text += ", as the client asked"
	}
	return text
}
