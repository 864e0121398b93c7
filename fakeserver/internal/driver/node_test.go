package driver

import (
	"slices"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

func TestNodeRestart(t *testing.T) {
	var made []string
	n := NewNode(Config{Drivers: []*Driver{Named("qemu"), Named("test")}, NewState: func(d *Driver) (*hypervisor.State, error) {
		made = append(made, d.Name)
		traits := d.Traits
		return hypervisor.New(hypervisor.Config{Traits: &traits}), nil
	}})
	use := func(name string) *Connection {
		t.Helper()
		c, err := n.Use(name)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	qemu, test := use("qemu"), use("test")
	if got := n.Restart(false); !slices.Equal(got, []string{"test"}) {
		t.Errorf("what ends with the daemon: %v", got)
	}
	if use("qemu").State != qemu.State {
		t.Error("qemu has begun anew")
	}
	again := use("test")
	if again.State == test.State {
		t.Error("test goes on")
	}
	test.Close() // a connection of the old state, of which the new one knows nothing
	if c := use("test"); c.State != again.State {
		t.Error("a connection from before has reset the driver")
	}
	if got := n.Restart(true); !slices.Equal(got, []string{"qemu", "test"}) {
		t.Errorf("all of it: %v", got)
	}
	if use("qemu").State == qemu.State {
		t.Error("qemu goes on")
	}
	if want := []string{"qemu", "test", "test", "qemu"}; !slices.Equal(made, want) {
		t.Errorf("made %v, want %v", made, want)
	}
}
