package rpc_test

import (
	"bytes"
	"fmt"

	"github.com/digitalocean/go-libvirt"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// The life of one call, from both ends, without a connection in between.
func Example() {
	// A client asks for a domain.
	call := rpc.Header{
		Program:   rpc.ProgramRemote,
		Version:   rpc.ProtocolVersion,
		Procedure: rpc.DomainLookupByName.Info.Number,
		Type:      rpc.TypeCall,
		Serial:    7,
	}
	e := rpc.Encoder{Buf: rpc.AppendHeader(nil, call)}
	rpc.DomainLookupByName.Info.EncodeArgs(&e, &libvirt.DomainLookupByNameArgs{Name: "test"})
	rpc.FinishFrame(e.Buf, 0)

	// A server takes the call apart. It knows the procedure by number alone.
	h, payload, err := rpc.NewReader(bytes.NewReader(e.Buf)).Next()
	if err != nil {
		fmt.Println(err)
		return
	}
	info := rpc.Lookup(h.Program, h.Procedure)
	d := rpc.NewDecoder(payload)
	args := info.DecodeArgs(d)
	if d.Err() != nil {
		fmt.Println(d.Err())
		return
	}
	fmt.Printf("%s %d: %s %+v\n", h.Type, h.Serial, info.Function, args)

	// And answers.
	e.Reset(rpc.AppendHeader(nil, h.Reply(rpc.StatusOK)))
	info.EncodeRet(&e, &libvirt.DomainLookupByNameRet{Dom: libvirt.Domain{Name: "test", ID: 1}})
	rpc.FinishFrame(e.Buf, 0)
	fmt.Println(len(e.Buf), "bytes")

	// Output:
	// call 7: virDomainLookupByName &{Name:test}
	// 56 bytes
}

func ExampleError() {
	e := &rpc.Error{
		Code:    libvirt.ErrNoDomain,
		Domain:  rpc.FromQEMU,
		Message: "Domain not found: no domain with matching name 'nosuch'",
		Str1:    new("Domain not found: %s"),
		Str2:    new("no domain with matching name 'nosuch'"),
		Int1:    -1,
		Int2:    -1,
	}
	got, err := rpc.DecodeError(rpc.AppendError(nil, e))
	fmt.Println(got, err)
	fmt.Println(got.Level)
	// Output:
	// Domain not found: no domain with matching name 'nosuch' <nil>
	// 2
}

func ExampleNamed() {
	for i := range rpc.Named("virConnectDomainEventRegisterAny") {
		fmt.Println(i.Number, i.Name, "since", i.Since)
	}
	// Output:
	// 105 ConnectDomainEventRegister since 0.5.0
	// 167 ConnectDomainEventRegisterAny since 0.8.0
	// 316 ConnectDomainEventCallbackRegisterAny since 1.2.1
}

func ExampleHighest() {
	v, err := rpc.ParseVersion("9.0.0")
	fmt.Println(rpc.Highest(rpc.ProgramRemote, v), err)
	// Output: 443 <nil>
}

func ExampleInfo_RefuseReadOnly() {
	for _, flags := range []libvirt.DomainXMLFlags{0, libvirt.DomainXMLSecure} {
		args := &libvirt.DomainGetXMLDescArgs{Flags: flags}
		if err := rpc.DomainGetXMLDesc.Info.RefuseReadOnly(args); err != nil {
			fmt.Println(err)
		}
	}
	// Output: operation forbidden: virDomainGetXMLDesc with secure flag
}
