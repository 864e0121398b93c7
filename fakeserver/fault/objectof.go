package fault

import (
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// ObjectOf returns a function that tells which object a call is about: its name
// and its UUID, either of which may be "". For objects that libvirt knows by
// something else, that is the name: a secret's usage, a volume's key or path, an
// interface's MAC address, a domain's ID in the look-up by ID. Of a document,
// such as DomainDefineXML has, it is what stands in it. ok is false if the call
// names none.
//
// It returns nil for procedures whose arguments never name an object. Make the
// function once for each procedure: that costs more than calling it.
func ObjectOf(p *rpc.Info) func(args any) (name, uuid string, ok bool) {
	find := naming.FinderOf(p)
	if find == nil {
		return nil
	}
	return func(args any) (name, uuid string, ok bool) {
		var buf [4]naming.Object
		found := find(args, buf[:0])
		if len(found) == 0 {
			return "", "", false
		}
		s := found[0]
		if name = s.Name; name == "" {
			name = s.Also
		}
		if s.HasUUID {
			uuid = naming.FormatUUID(s.UUID)
		}
		return name, uuid, true
	}
}
