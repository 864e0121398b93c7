package conformance

import (
	"os"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// polkitDoor has both unix sockets ask polkit, which has one answer for everybody but
// root, and on the client's own machine for the client too.
func polkitDoor(answer fakeserver.PolkitAnswer) fakeserver.Auth {
	return fakeserver.Auth{UnixRW: fakeserver.AuthPolkit, UnixRO: fakeserver.AuthPolkit, Polkit: fakeserver.Polkit{Others: answer}}
}

// forClient gives the answer to whoever runs the client as well, root or not.
func forClient(a fakeserver.Auth) fakeserver.Auth {
	a.Polkit.UIDs = map[uint32]fakeserver.PolkitAnswer{uint32(os.Geteuid()): a.Polkit.Others}
	return a
}

// polkitRows are about unix sockets that ask polkit, and what leads there.
func polkitRows() []*Cell {
	var rows []*Cell
	for _, t := range []call.Transport{call.Unix, call.SSH, call.LibSSH} {
		id := string(t) + "/polkit/"
		// A user of the node's who is not root; on one machine it is whoever runs the client.
		uri, door := link(t), forClient
		if t != call.Unix {
			uri, door = link(t).at("fred@{ssh}"), func(a fakeserver.Auth) fakeserver.Auth { return a }
		}
		readOnly := uri.with("socket={socket-ro}")
		reader := func(r *Reach) { r.ReadOnly = true }
		allowed, denied, noAgent := auth(door(polkitDoor(fakeserver.PolkitAllowed))), auth(door(polkitDoor(fakeserver.PolkitDenied))), auth(door(polkitDoor(fakeserver.PolkitNoAgent)))
		out := refuse(Open)
		rows = append(rows,
			row(id+"allowed", "whom polkit allows it is let in", sectionPolkit, uri, reach(testName), allowed),
			row(id+"denied", "whom polkit does not allow it is refused", sectionPolkit, uri, out, denied),
			row(id+"no-agent", "whom polkit would ask is refused where nobody can be asked", sectionPolkit, uri, out, noAgent),
			row(id+"read-only-allowed", "whom polkit allows it is let in to read", sectionPolkit, readOnly, reach(testName, reader), allowed),
			row(id+"read-only-denied", "whom polkit does not allow to read is refused", sectionPolkit, readOnly, out, denied),
			row(id+"read-only-no-agent", "whom polkit would ask is refused to read where nobody can be asked", sectionPolkit, readOnly, out, noAgent),
			row(string(t)+"/auth/polkit", "auth=polkit takes polkit", parameterSection("auth"), uri.with("auth=polkit"), reach(testName), allowed),
			row(string(t)+"/auth/sasl-where-polkit", "auth=sasl is refused where the node wants polkit", parameterSection("auth"), uri.with("auth=sasl"), out, allowed),
		)
		if t != call.Unix {
			rows = append(rows, row(id+"root", "root passes without polkit", sectionPolkit, link(t), reach(testName), denied))
		}
	}
	return append(rows, row("unix/polkit/root", "root passes without polkit", sectionPolkit, link(call.Unix), reach(testName), setup(func(s *Setup) error {
		if os.Geteuid() != 0 {
			return &unfit{"only root sees how the node treats root"}
		}
		s.Auth(polkitDoor(fakeserver.PolkitDenied))
		return nil
	})))
}
