package harness_test

import (
	"context"
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

func ExampleHook() {
	host := harness.Start(t, harness.WithDomainXML("qemu", guest))
	l := host.Connect(t)
	type next = harness.Next[libvirt.DomainCreateArgs, rpc.None]
	harness.Hook(host, rpc.DomainCreate, func(ctx context.Context, args *libvirt.DomainCreateArgs, create next) (*rpc.None, error) {
		if args.Dom.Name == "guest" {
			return nil, &rpc.Error{Code: libvirt.ErrOperationFailed, Message: "no KVM for " + args.Dom.Name}
		}
		return create(ctx, args)
	})
	dom, _ := l.DomainLookupByName("guest")
	fmt.Println(l.DomainCreate(dom))
	t.end()
	// Output: no KVM for guest
}

func ExampleExpectCall() {
	host := harness.Start(t, harness.WithDomainXML("qemu", guest))
	harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.WithArgs(libvirt.DomainLookupByNameArgs{Name: "guest"}))
	harness.ExpectCall(t, host, rpc.DomainCreate, harness.Times(1), harness.Succeeded())
	harness.ExpectNoCall(t, host, rpc.DomainDestroy)
	l := host.Connect(t)
	dom, _ := l.DomainLookupByName("guest")
	fmt.Println(l.DomainCreate(dom))
	t.end()
	// Output: <nil>
}

func ExampleCallsTo() {
	host := harness.Start(t, harness.WithDomainXML("qemu", guest))
	l := host.Connect(t)
	_, _ = l.DomainLookupByName("nobody")
	for _, c := range harness.CallsTo(host, rpc.DomainLookupByName) {
		fmt.Println(c.Args.Name, c.Peer.Transport, c.Err)
	}
	t.end()
	// Output: nobody memory Domain not found: no domain with matching name 'nobody'
}

func ExampleWaitCall() {
	host := harness.Start(t, harness.WithDomainXML("qemu", guest))
	l := host.Connect(t)
	go l.DomainLookupByName("guest") // what is tested
	c, err := harness.WaitCall(context.Background(), host, rpc.DomainLookupByName)
	fmt.Println(c.Ret.Dom.Name, err)
	t.end()
	// Output: guest <nil>
}
