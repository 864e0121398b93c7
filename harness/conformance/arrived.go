package conformance

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// arrivedConnections returns how many connections a node has accepted so far. It
// makes one more, in memory: a node numbers them as they arrive, before any
// handshake, so that its number tells.
func arrivedConnections(srv *fakeserver.Server) (int, error) {
	c, err := srv.Dial()
	if err != nil {
		return 0, err
	}
	defer c.Close()
	frame := make([]byte, 0, rpc.HeaderSize)
	for _, word := range []uint32{rpc.HeaderSize, rpc.ProgramRemote, rpc.ProtocolVersion, uint32(rpc.AuthList.Info.Number), uint32(rpc.TypeCall), 0, 0} {
		frame = binary.BigEndian.AppendUint32(frame, word)
	}
	if _, err := c.Write(frame); err != nil {
		return 0, err
	}
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := srv.Journal().Wait(ctx, func(r *call.Record) bool { return r.Peer.Transport == call.Memory })
	if err != nil {
		return 0, err
	}
	return int(r.Peer.Connection) - 1, nil
}
