package fault

import (
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// CheckFor is Check, and tells too whether all that On names is newer than the libvirt
// that a node speaks as: then the rule could never match there.
func (r Rule) CheckFor(speaks rpc.Version) error {
	if err := r.Check(); err != nil {
		return err
	}
	for i, name := range r.On {
		since := rpc.Version(0)
		for _, p := range naming.Named(name, rpc.KindCall) {
			if since == 0 || p.Since < since {
				since = p.Since
			}
		}
		if since > speaks {
			return &RuleError{Rule: r.Name, Field: at("on", i, len(r.On)), Reason: name + " came with libvirt " + since.String() +
				" and the node speaks as " + speaks.String() + ", so that this can never fire"}
		}
	}
	return nil
}
