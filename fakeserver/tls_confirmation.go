package fakeserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/transport"
)

// errMisconfirmed is why a connection ends whose client was not let in.
var errMisconfirmed = errors.New("a fault")

// maxEarly is how much a client may send before it is let in: more than any first
// call, and no more than a node can spare for each.
const maxEarly = 1 << 20

// handshake is how a client is let in: as the node's settings say, and its faults.
func (s *Server) handshake(a *arrival) transport.Handshake {
	how := transport.Handshake{Config: s.listener.tls.config, Verify: s.admitTLS}
	for _, h := range s.faults.All() {
		r := h.Rule()
		if r.Confirmation == nil || !h.Connection(&a.peer) {
			continue
		}
		s.log.Info("fault", "rule", h.String(), "peer", a.peer.Remote)
		switch r.Confirmation.Send {
		case fault.ConfirmTicket:
			how.Config = how.Config.Clone()
			how.Config.SessionTicketsDisabled = false
		case fault.ConfirmAlert:
			how.Config = how.Config.Clone()
			how.Config.VerifyConnection = func(tls.ConnectionState) error { return errMisconfirmed }
			how.Alerts = true
		default:
			how.Confirm = func(c *tls.Conn) ([]byte, error) { return s.misconfirm(c, h) }
		}
		break
	}
	return how
}

// misconfirm does what a fault says once the client's certificate was found good.
func (s *Server) misconfirm(c *tls.Conn, h *fault.Handle) (early []byte, err error) {
	f := h.Rule().Confirmation
	switch f.Send {
	case fault.ConfirmByte:
		if _, err := c.Write([]byte{byte(f.Byte)}); err != nil {
			return nil, err
		}
		// If TCP ended with something unread, the client might miss the byte.
		_, _ = io.Copy(io.Discard, c)
	case fault.ConfirmCloseNotify:
		if err := c.CloseWrite(); err != nil {
			return nil, err
		}
	case fault.ConfirmNothing, fault.ConfirmLate:
		let := h.Removed()
		if f.Send == fault.ConfirmLate {
			passed := make(chan struct{})
			timer := s.cfg.clock.AfterFunc(time.Duration(f.For), func() { close(passed) })
			defer timer.Stop()
			let = passed
		}
		if early, err = keepWaiting(c, let, h.Removed()); err != nil {
			return nil, err
		}
		_, err = transport.Confirm(c)
		return early, err
	}
	return nil, errMisconfirmed
}

// keepWaiting waits until one of the channels is closed, and reads what the client sends
// until then: only so does it learn that the client has gone.
func keepWaiting(c *tls.Conn, until ...<-chan struct{}) (early []byte, err error) {
	read := make(chan struct{})
	go func() {
		defer close(read)
		early, err = io.ReadAll(io.LimitReader(c, maxEarly))
	}()
	select {
	case <-until[0]:
	case <-until[len(until)-1]:
	case <-read:
		// It has gone, or sends without end.
		if err == nil {
			err = fmt.Errorf("the client left after %d bytes", len(early))
		}
		return nil, err
	}
	if err := c.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return nil, err
	}
	<-read
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, errors.Join(err, io.ErrUnexpectedEOF)
	}
	return early, c.SetReadDeadline(time.Time{})
}
