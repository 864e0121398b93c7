package hypervisor_test

import (
	"fmt"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// BenchmarkState measures what concerns a whole State, of 1000 domains of which
// half run.
func BenchmarkState(b *testing.B) {
	st := newQEMU(b, 0)
	const devices = "<serial type='pty'/><graphics type='vnc'/><interface type='bridge'><source bridge='br0'/></interface>" +
		"<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>"
	for i := range 1000 {
		ref := define(b, st, fmt.Sprintf("vm-%d", i), devices)
		if i%2 == 0 {
			mustStart(b, st, ref)
		}
	}
	objects, copied := st.Objects(), st.Copy()
	again := hypervisor.New(hypervisor.Config{Traits: &driver.QEMU().Traits})
	b.Run("Objects", func(b *testing.B) {
		for b.Loop() {
			st.Objects()
		}
	})
	b.Run("SetObjects", func(b *testing.B) {
		for b.Loop() {
			if err := again.SetObjects(objects); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Copy", func(b *testing.B) {
		for b.Loop() {
			st.Copy()
		}
	})
	b.Run("Restore", func(b *testing.B) {
		for b.Loop() {
			again.Restore(copied)
		}
	})
}

// BenchmarkDefine measures definitions from several goroutines at once.
func BenchmarkDefine(b *testing.B) {
	st := newQEMU(b, 0)
	define(b, st, "a", "")
	xml := document("a", "<serial type='pty'/><graphics type='vnc'/>")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := st.DomainDefineXMLFlags(sameUUID(st, "a", xml), 0); err != nil {
				b.Error(err)
			}
		}
	})
}
