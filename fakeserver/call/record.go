package call

import (
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Record is one call of a client as a [Journal] keeps it.
type Record struct {
	// Seq numbers the calls of all connections from 1, in the order in which
	// they arrived.
	Seq       uint64
	Procedure *rpc.Info
	// Peer is the client; Peer.Connection tells on which connection it called.
	Peer   *Peer
	Serial uint32
	// Args and Ret point to the procedure's types, as in Call; Ret is nil until
	// the call is answered, and where it failed. They are the handler's own, or
	// where they carried a secret, a copy without it. Do not change them.
	Args, Ret any
	// Err is the error that the client got, an *rpc.Error where the server
	// answered.
	Err error
	// Begin is when the call arrived, End when its reply was ready, by the node's
	// clock.
	Begin, End time.Time
	// Finished is false while the call is being handled.
	Finished bool
	// Faults are the faults that hit the call, in the order of their injection:
	// by name, such as fault "no KVM", or else by what they are about and do.
	Faults []string

	size                  int // of the frames that it counts for
	argsSecret, retSecret int // bytes taken out of Args and Ret
}

// ConnectionRecord is one connection of a client as a [Journal] keeps it.
type ConnectionRecord struct {
	Peer   *Peer
	Opened time.Time
	// Closed is zero while the connection is open.
	Closed time.Time
	// Reason is why it was closed: nil where the client just closed it.
	Reason error
	// Asked tells that the client said so before, with ConnectClose.
	Asked bool
}
