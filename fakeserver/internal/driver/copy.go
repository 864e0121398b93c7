package driver

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Copy is the state of each of a Node's drivers at one moment. It never changes.
type Copy struct {
	// states has nil for a driver that nobody has opened yet, or that has been
	// reset since.
	states map[string]*hypervisor.Copy
}

// Copy returns the state of each driver as it is now.
func (n *Node) Copy() *Copy {
	c := &Copy{states: map[string]*hypervisor.Copy{}}
	for _, in := range n.present() {
		in.mu.Lock()
		c.states[in.driver.Name] = nil
		if in.state != nil {
			c.states[in.driver.Name] = in.state.Copy()
		}
		in.mu.Unlock()
	}
	return c
}

// Restore puts each driver into the state that a Copy has of it, which may come
// from another Node with the same drivers. Connections keep the State that they
// have. If Restore fails, nothing has changed.
func (n *Node) Restore(c *Copy) error {
	instances := n.present()
	var own []string
	for _, in := range instances {
		own = append(own, in.driver.Name)
	}
	slices.Sort(own)
	if theirs := slices.Sorted(maps.Keys(c.states)); !slices.Equal(own, theirs) {
		return fmt.Errorf("a state of drivers %v, for drivers %v", theirs, own)
	}
	for _, in := range instances {
		in.mu.Lock()
		defer in.mu.Unlock()
	}
	// What begins anew is made first, since it may fail.
	want := make([]*hypervisor.Copy, len(instances))
	for i, in := range instances {
		want[i] = c.states[in.driver.Name]
		if want[i] != nil && in.state != nil || want[i] == nil && in.users == 0 {
			continue
		}
		begun, err := in.make()
		if err != nil {
			return fmt.Errorf("driver %s: %w", in.driver.Name, err)
		}
		if want[i] == nil {
			want[i] = begun.Copy()
		}
		if in.state == nil {
			in.state = begun
		}
	}
	for i, in := range instances {
		if want[i] == nil {
			in.state = nil
			continue
		}
		in.state.Restore(want[i])
	}
	return nil
}
