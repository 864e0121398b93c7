package fakeserver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// errFDs ends a connection that sends file descriptors where it may not, or
// not as announced.
var errFDs = errors.New("bad number of file descriptors")

// frame answers one frame. It reports whether the call handed the reading over
// meanwhile, and any reason to close the connection.
func (c *conn) frame(h rpc.Header, payload []byte) (handedOver bool, err error) {
	if h.Type == rpc.TypeCallWithFDs {
		if payload, err = c.dropFDs(payload); err != nil {
			return false, err
		}
		h.Type = rpc.TypeCall
	}
	if h.Program == rpc.ProgramKeepalive && h.Version == rpc.ProtocolVersion && h.Type == rpc.TypeMessage {
		if h.Procedure == rpc.KeepalivePing && c.server.faults.NoKeepAlive(c.peer) == nil {
			_, err := c.out.append(keepAliveHeader(rpc.KeepalivePong), nil, nil)
			return false, err
		}
		return false, nil // a PONG counted as a sign of life; the rest is ignored
	}
	// Frames of streams that nobody opened, replies and messages are dropped.
	if h.Type != rpc.TypeCall {
		return false, nil
	}
	info, rerr := c.procedure(h)
	if rerr != nil {
		return false, c.replyError(h, rerr)
	}
	var d rpc.Decoder
	d.Reset(payload)
	args := info.DecodeArgs(&d)
	if d.Err() != nil {
		c.log.Debug("undecodable call", "procedure", info.Name, "serial", h.Serial, "reason", d.Err())
		return false, c.replyError(h, protocolError("Unable to decode message payload"))
	}
	x := &exchange{conn: c, header: h}
	x.call = call.New(info, c.peer, h.Serial, args, x, x.block)
	x.record = c.server.journal.Begin(x.call, rpc.HeaderSize+len(payload))
	ret, callErr := x.answer()
	err = x.finish(ret, callErr)
	if err == nil && endsSASL(info) {
		err = c.secure(x.handedOver)
	}
	c.replies.add()
	return x.handedOver, err
}

// answer runs the chain of interceptors and the handler. A handler that panics
// costs its call, not the process: a fake inside a test must not take the other
// tests with it. An interceptor that ends the goroutine costs the connection, see
// [conn.read], and the journal learns that its call gets no reply.
func (x *exchange) answer() (ret any, err error) {
	c, cl := x.conn, x.call
	returned := false
	defer func() {
		switch p := recover(); {
		case p == nil && !returned:
			c.server.journal.End(x.record, nil, errGoroutineEnded, 0)
		case p != nil:
			c.log.Error("handler panicked", "procedure", cl.Procedure.Name, "panic", p, "stack", string(debug.Stack()))
			ret, err = nil, daemonError(libvirt.ErrInternalError, "internal error: %s", fmt.Sprintf("fakelibvirtd: %s panicked: %v", cl.Procedure.Name, p))
		}
	}()
	ret, err = c.server.chain(c.ctx, cl)
	if err != nil && !errors.Is(err, errAnswered) {
		err = wireErrorOf(err, cl.Procedure.ErrorDomain) // here, for its methods may panic
	}
	returned = true
	return ret, err
}

// procedure finds what a call is for, or the error that the daemon answers, in
// its order: program, status, number, authentication.
func (c *conn) procedure(h rpc.Header) (*rpc.Info, *rpc.Error) {
	known := h.Program == rpc.ProgramRemote || h.Program == rpc.ProgramQEMU || h.Program == rpc.ProgramLXC
	if !known || c.peer.Admin || h.Version != rpc.ProtocolVersion {
		return nil, protocolError("Cannot find program %d version %d", int32(h.Program), int32(h.Version))
	}
	if h.Status != rpc.StatusOK {
		return nil, protocolError("Unexpected message status %d", uint32(h.Status))
	}
	info := rpc.Lookup(h.Program, h.Procedure)
	if info == nil || info.Kind != rpc.KindCall || info.Since > c.server.cfg.version {
		return nil, protocolError("unknown procedure: %d", h.Procedure)
	}
	if info.NeedsAuth && !c.session.Authenticated() {
		return nil, protocolError("authentication required")
	}
	return info, nil
}

func replyHeader(h rpc.Header, status rpc.Status) rpc.Header {
	h.Type, h.Status = rpc.TypeReply, status
	return h
}

func (c *conn) replyError(h rpc.Header, err *rpc.Error) error {
	c.logError(h, err)
	_, aerr := c.out.append(replyHeader(h, rpc.StatusError), encodeError, err)
	return aerr
}

func (c *conn) logError(h rpc.Header, err *rpc.Error) {
	if c.log.Enabled(c.ctx, slog.LevelDebug) {
		c.log.Debug("error", "program", h.Program, "procedure", h.Procedure, "serial", h.Serial, "code", int32(err.Code), "message", call.MaskText(err.Message))
	}
}

func encodeError(e *rpc.Encoder, err any) { rpc.EncodeError(e, err.(*rpc.Error)) }

// dropFDs takes the file descriptors off a call that has some: the count in
// front of the arguments, and after the frame one byte for each, with which it
// travels. No procedure here wants one, so the kernel closes them unread.
func (c *conn) dropFDs(payload []byte) ([]byte, error) {
	if len(payload) < 4 {
		return nil, errFDs
	}
	n := binary.BigEndian.Uint32(payload)
	if n > rpc.MaxFDs || n > 0 && c.peer.Transport != call.Unix {
		return nil, errFDs
	}
	payload = payload[4:]
	if n > 0 {
		if err := c.reader.Discard(int(n)); err != nil {
			return nil, err
		}
	}
	return payload, nil
}
