package fakeserver

import (
	"errors"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// errAnswered says that a call gets no reply, or has had it.
var errAnswered = errors.New("no reply")

// exchange is one call on its way through a connection, and its reply.
type exchange struct {
	conn       *conn
	header     rpc.Header
	call       *call.Call
	record     uint64 // in the journal
	handedOver bool   // another goroutine reads on
	wrong      *wrong // what faults do to the reply; nil for none
}

// block hands the reading over, once the call has said that it may take long.
func (x *exchange) block() {
	x.handedOver = true
	x.conn.handOver()
}

// finish sends the call's reply: its result, or its error. It returns any reason
// to close the connection.
func (x *exchange) finish(ret any, callErr error) error {
	if x.wrong != nil {
		defer x.wrong.over()
	}
	// The journal knows first: as soon as a reply waits, another call's goroutine
	// may send it.
	journal := x.conn.server.journal
	var n int
	var err error
	if callErr == nil {
		journal.End(x.record, ret, nil, 0)
		n, err = x.send(rpc.StatusOK, x.call.Procedure.EncodeRet, ret)
		if errors.Is(err, rpc.ErrEncode) {
			x.conn.log.Warn("result does not fit the protocol", "procedure", x.call.Procedure.Name, "reason", err)
			callErr, err = protocolError("%v", rpc.ErrEncode), nil
		}
	}
	switch {
	case errors.Is(callErr, errAnswered):
		journal.End(x.record, nil, callErr, 0)
	case callErr != nil:
		wire := wireErrorOf(callErr, x.call.Procedure.ErrorDomain)
		x.conn.logError(x.header, wire)
		journal.End(x.record, nil, wire, 0)
		n, err = x.send(rpc.StatusError, encodeError, wire)
		if errors.Is(err, rpc.ErrEncode) { // a text beyond the protocol's limit
			x.conn.log.Warn("error does not fit the protocol", "procedure", x.call.Procedure.Name, "reason", err)
			wire = protocolError("%v", rpc.ErrEncode)
			journal.End(x.record, nil, wire, 0)
			n, err = x.send(rpc.StatusError, encodeError, wire)
		}
	}
	journal.Replied(x.record, n)
	return err
}

// send appends the reply, as it should be or as faults want it. It returns its
// length.
func (x *exchange) send(status rpc.Status, encode func(*rpc.Encoder, any), payload any) (int, error) {
	h := replyHeader(x.header, status)
	if x.wrong != nil {
		return x.wrong.send(h, encode, payload)
	}
	return x.conn.out.append(h, encode, payload)
}
