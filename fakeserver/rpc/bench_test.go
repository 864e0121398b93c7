package rpc_test

import (
	"bytes"
	"testing"

	"github.com/digitalocean/go-libvirt"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// A small call has a word each way; a look-up has a name and a domain.
var (
	smallArgs  = &libvirt.ConnectSupportsFeatureArgs{Feature: 10}
	smallRet   = &libvirt.ConnectSupportsFeatureRet{Supported: 1}
	lookupArgs = &libvirt.DomainLookupByNameArgs{Name: "test"}
	lookupRet  = &libvirt.DomainLookupByNameRet{Dom: domain}
)

func encoded(encode func(*rpc.Encoder, any), v any) []byte {
	var e rpc.Encoder
	encode(&e, v)
	return e.Buf
}

func benchDecode(b *testing.B, i *rpc.Info, args any) {
	payload := encoded(i.EncodeArgs, args)
	d := rpc.NewDecoder(nil)
	b.ReportAllocs()
	for b.Loop() {
		d.Reset(payload)
		if i.DecodeArgs(d); d.Err() != nil {
			b.Fatal(d.Err())
		}
	}
}

func benchEncode(b *testing.B, i *rpc.Info, ret any) {
	var e rpc.Encoder
	b.ReportAllocs()
	for b.Loop() {
		e.Reset(rpc.AppendHeader(e.Buf[:0], header))
		if i.EncodeRet(&e, ret); e.Err() != nil {
			b.Fatal(e.Err())
		}
		rpc.FinishFrame(e.Buf, 0)
	}
}

func BenchmarkDecodeSmall(b *testing.B) {
	benchDecode(b, rpc.ConnectSupportsFeature.Info, smallArgs)
}
func BenchmarkEncodeSmall(b *testing.B) { benchEncode(b, rpc.ConnectSupportsFeature.Info, smallRet) }
func BenchmarkDecodeLookup(b *testing.B) {
	benchDecode(b, rpc.DomainLookupByName.Info, lookupArgs)
}
func BenchmarkEncodeLookup(b *testing.B) { benchEncode(b, rpc.DomainLookupByName.Info, lookupRet) }

// BenchmarkEncodeList is a node with 1000 domains.
func BenchmarkEncodeList(b *testing.B) {
	ret := &libvirt.ConnectListAllDomainsRet{Domains: make([]libvirt.Domain, 1000), Ret: 1000}
	for i := range ret.Domains {
		ret.Domains[i] = domain
	}
	benchEncode(b, rpc.ConnectListAllDomains.Info, ret)
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if rpc.Lookup(rpc.ProgramRemote, 273) == nil {
			b.Fatal("not found")
		}
	}
}

func BenchmarkByName(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if rpc.ByName("virDomainSetThrottleGroup") == nil {
			b.Fatal("not found")
		}
	}
}

// BenchmarkReader reads frames of a look-up that arrive sixteen at a time.
func BenchmarkReader(b *testing.B) {
	const batch = 16
	stream := bytes.Repeat(frame(36), batch)
	src := bytes.NewReader(nil)
	r := rpc.NewReader(src)
	b.ReportAllocs()
	b.SetBytes(int64(len(stream) / batch))
	for n := 0; b.Loop(); n++ {
		if n%batch == 0 {
			src.Reset(stream)
		}
		if _, _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}
