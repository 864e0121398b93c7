package remote

import (
	"slices"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Every supported procedure that filters can do so, and every one that looks up an
// object knows where it is in the result.
func TestEveryFilterWorks(t *testing.T) {
	t.Parallel()
	filtering := 0
	for p, a := range permissionsOf() {
		if !Supported().Supports(p) {
			continue
		}
		registers := slices.ContainsFunc([]eventClass{domainEvents, networkEvents, poolEvents, nodeDeviceEvents, secretEvents},
			func(c eventClass) bool { return c.asks.Function == p.Function })
		if a.filter != nil && !registers {
			filtering++
			if lists[p].answer == nil {
				t.Errorf("%s filters by %s, and nothing does it", p.Name, a.filter.name)
			}
		}
		for _, perm := range a.permissions {
			if perm.class != "connect" && a.find == nil && lookups[p] == nil {
				t.Errorf("%s needs %s on an object, and names none", p.Name, perm.name)
			}
		}
	}
	if filtering != len(lists) {
		t.Errorf("%d procedures filter, and %d know how", filtering, len(lists))
	}
	for p := range rpc.All() {
		if p.Kind == rpc.KindCall && permissionsOf()[p] == nil && len(p.ACL) > 0 && !slices.Contains(unasked, p) {
			t.Errorf("%s asks for nothing of %v", p.Name, p.ACL)
		}
	}
}
