package remote

import (
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// A node without rules pays nothing for those that others have: its calls allocate
// what their handlers do.
func TestNoAccessManagerCostsNothing(t *testing.T) {
	s, table := openSession(t, driver.QEMU(), "qemu:///session"), Supported()
	p, args := rpc.ConnectNumOfDomains.Info, &rpc.None{}
	h := table.lookup(p)
	bare := testing.AllocsPerRun(200, func() { _, _ = h(s, args) })
	whole := testing.AllocsPerRun(200, func() { _, _ = table.Serve(s, p, args) })
	if whole != bare {
		t.Errorf("a call allocates %v times, its handler %v times", whole, bare)
	}
}

func BenchmarkAccess(b *testing.B) {
	for _, c := range []struct {
		name   string
		access Access
	}{{"none", nil}, {"granted", func(AccessCheck) bool { return true }}, {"denied", func(AccessCheck) bool { return false }}} {
		b.Run(c.name, func(b *testing.B) {
			s, table := openSession(b, driver.QEMU(), "qemu:///session"), Supported()
			dom, xml := accessDomain("web1", "1")
			if _, err := table.Serve(s, rpc.DomainDefineXML.Info, &libvirt.DomainDefineXMLArgs{XML: xml}); err != nil {
				b.Fatal(err)
			}
			s.host.Access = c.access
			b.ReportAllocs()
			for b.Loop() {
				_, _ = table.Serve(s, rpc.DomainGetState.Info, &libvirt.DomainGetStateArgs{Dom: dom})
			}
		})
	}
}
