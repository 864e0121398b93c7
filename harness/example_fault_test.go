package harness_test

import (
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// The first start of guest fails, as on a host without KVM; the second works.
func ExampleHost_Inject() {
	t := &exampleT{} // a test's own t
	host := harness.Start(t, harness.WithDomainXML("qemu", guest))
	l := host.Connect(t)
	noKVM := host.Inject(fault.On(rpc.DomainCreate).Object("guest").Times(1).
		Fail(libvirt.ErrOperationFailed, "could not access KVM kernel module"))

	dom, err := l.DomainLookupByName("guest")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.DomainCreate(dom))
	fmt.Println(l.DomainCreate(dom), noKVM.Hits())
	t.end()
	// Output:
	// could not access KVM kernel module
	// <nil> 1
}
