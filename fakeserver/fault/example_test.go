package fault_test

import (
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/goccy/go-yaml"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// The second start of one of the domains vm-… fails, once.
func ExampleOn() {
	rule := fault.On(rpc.DomainCreate).Object("vm-*").Skip(1).Times(1).Fail(libvirt.ErrOperationFailed, "no KVM")
	text, _ := yaml.Marshal(rule)
	fmt.Print(string(text))
	// Output:
	// "on": DomainCreate
	// object: vm-*
	// skip: 1
	// times: 1
	// fail:
	//   code: VIR_ERR_OPERATION_FAILED
	//   message: no KVM
}

func ExampleBuilder_Beneath() {
	rule := fault.Connections().OnTransport(call.TLS).Beneath().Cut(fault.ToClient, 100)
	fmt.Println(rule.Cut.Layer, rule.Cut.After, rule.Check())
	// Output: beneath 100 <nil>
}

func ExampleBuilder_Do() {
	rule := fault.On(rpc.DomainShutdown).Do(fault.Action{Close: &fault.Close{When: fault.InsteadOfReply, Reset: true}})
	fmt.Println(rule)
	// Output: fault close on DomainShutdown
}

func ExampleRule_Check() {
	fmt.Println(fault.OnCalls("DomainCrate").Hang().Check())
	fmt.Println(fault.OnCalls("NodeGetInfo").Object("vm-1").Hang().Check())
	fmt.Println(fault.OnAny().OnTransport(call.LibSSH).Named("slow").Hang().Check())
	// Output:
	// rule: on: there is no procedure "DomainCrate", did you mean DomainCreate?
	// rule: object: the arguments of NodeGetInfo name no object
	// rule "slow": transport: libssh is a client's way to ssh: want ssh, which is what the node sees
}

func ExampleSet() {
	set := fault.NewSet()
	handle, err := set.Add(fault.On(rpc.DomainCreate).Object("vm-1").Times(1).Hang())
	if err != nil {
		panic(err)
	}
	start := func(name string) {
		args := &libvirt.DomainCreateArgs{Dom: libvirt.Domain{Name: name}}
		fired := set.Call(call.New(rpc.DomainCreate.Info, &call.Peer{}, 1, args, nil, nil))
		fmt.Println(name, len(fired), handle.Hits())
	}
	start("vm-2")
	start("vm-1")
	start("vm-1")
	// Output:
	// vm-2 0 0
	// vm-1 1 1
	// vm-1 0 1
}

func ExampleObjectOf() {
	object := fault.ObjectOf(rpc.DomainDefineXML.Info)
	name, _, ok := object(&libvirt.DomainDefineXMLArgs{XML: "<domain><name>vm-1</name></domain>"})
	fmt.Println(name, ok, fault.ObjectOf(rpc.NodeGetInfo.Info) == nil)
	// Output: vm-1 true true
}
