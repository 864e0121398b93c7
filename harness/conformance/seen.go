package conformance

import (
	"context"
	"fmt"
	"strings"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// seen is what a node has seen of a client.
type seen struct {
	arrived int      // connections, let in or not
	logins  []string // who logged in over SSH
	rpc     []call.ConnectionRecord
	opens   []call.Record      // of CONNECT_OPEN
	types   []call.Record      // of CONNECT_GET_TYPE
	closes  []call.Record      // of CONNECT_CLOSE
	sasl    []call.LoginRecord // those that were let in
}

// observe asks a node. Nobody else has connected to it before.
func observe(srv *fakeserver.Server, want *Reach) (seen, error) {
	if want != nil && want.Close {
		awaitClose(srv)
	}
	s := seen{rpc: srv.Journal().Connections()}
	for _, l := range srv.Journal().Logins() {
		switch {
		case l.Kind == call.SSHLogin && l.Accepted:
			s.logins = append(s.logins, l.User)
		case l.Kind == call.SASLLogin && l.Accepted:
			s.sasl = append(s.sasl, l)
		}
	}
	for _, r := range srv.Journal().Records() {
		switch r.Procedure {
		case rpc.ConnectOpen.Info:
			s.opens = append(s.opens, r)
		case rpc.ConnectGetType.Info:
			s.types = append(s.types, r)
		case rpc.ConnectClose.Info:
			s.closes = append(s.closes, r)
		}
	}
	var err error
	s.arrived, err = arrivedConnections(srv)
	return s, err
}

// awaitClose waits for CONNECT_CLOSE: a client need not wait for its reply before it
// ends. That it does not come is for others to tell.
func awaitClose(srv *fakeserver.Server) {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, _ = srv.Journal().Wait(ctx, func(r *call.Record) bool { return r.Procedure == rpc.ConnectClose.Info })
}

// stage is how far the client got.
func (s *seen) stage() Saw {
	switch {
	case len(s.opens) > 0:
		return Open
	case len(s.rpc) > 0:
		return RPC
	case len(s.logins) > 0:
		return Login
	case s.arrived > 0:
		return Connection
	}
	return Nothing
}

func (s *seen) String() string {
	var parts []string
	for i := range s.opens {
		r := &s.opens[i]
		text := fmt.Sprintf("CONNECT_OPEN %q over %s", openName(r), r.Peer.Transport)
		if r.Peer.SSH != nil {
			text += fmt.Sprintf(" (user %s, %s to %s", r.Peer.SSH.User, r.Peer.SSH.Via, r.Peer.SSH.Socket)
			if r.Peer.SSH.Command != "" {
				text += fmt.Sprintf(", command %q", r.Peer.SSH.Command)
			}
			text += ")"
		}
		if r.Err != nil {
			text += ", refused: " + r.Err.Error()
		}
		parts = append(parts, text)
	}
	if len(parts) > 0 {
		return strings.Join(parts, "; ")
	}
	text := s.stage().String()
	if len(s.logins) > 0 {
		text += " (user " + strings.Join(s.logins, ", ") + ")"
	}
	return text
}

// openedReadOnly reports whether a CONNECT_OPEN asks for reading alone. C clients send
// other flags by accident, which daemons ignore.
func openedReadOnly(r *call.Record) bool {
	args, ok := r.Args.(*libvirt.ConnectOpenArgs)
	return ok && uint32(args.Flags)&1 != 0
}

// openName returns the name in a CONNECT_OPEN.
func openName(r *call.Record) string {
	if args, ok := r.Args.(*libvirt.ConnectOpenArgs); ok && len(args.Name) > 0 {
		return args.Name[0]
	}
	return ""
}
