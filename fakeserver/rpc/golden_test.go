package rpc_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/digitalocean/go-libvirt"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/google/go-cmp/cmp"
)

// The domain of test:///default, as it looks on the wire.
const testDomain = "00000004 74657374 6695eb01 f6a48304 79aa97f2 502e193f 00000001"

var domain = libvirt.Domain{
	Name: "test",
	UUID: libvirt.UUID{0x66, 0x95, 0xeb, 0x01, 0xf6, 0xa4, 0x83, 0x04, 0x79, 0xaa, 0x97, 0xf2, 0x50, 0x2e, 0x19, 0x3f},
	ID:   1,
}

// chars is a string as C's char arrays carry it.
func chars(s string) (c []int8) {
	for _, b := range []byte(s) {
		c = append(c, int8(b))
	}
	return c
}

// TestPayloads compares with what virsh and libvirtd 9.0.0 were seen to send,
// and with the specification where they send nothing of the kind.
func TestPayloads(t *testing.T) {
	args := func(i *rpc.Info) side { return side{"", i, i.DecodeArgs, i.EncodeArgs} }
	ret := func(i *rpc.Info) side { return side{"", i, i.DecodeRet, i.EncodeRet} }
	for _, tt := range []struct {
		name  string
		side  side
		value any
		wire  string
	}{
		{
			"name that is present", args(rpc.ConnectOpen.Info),
			&libvirt.ConnectOpenArgs{Name: libvirt.OptString{"qemu:///system"}},
			"00000001 0000000e 71656d75 3a2f2f2f 73797374 656d0000 00000000",
		},
		{
			"name that is absent", args(rpc.ConnectOpen.Info),
			&libvirt.ConnectOpenArgs{Flags: libvirt.ConnectRo},
			"00000000 00000001",
		},
		{
			"list of words", ret(rpc.AuthList.Info),
			&libvirt.AuthListRet{Types: []libvirt.AuthType{0}},
			"00000001 00000000",
		},
		{
			"list of structs", ret(rpc.ConnectListAllDomains.Info),
			&libvirt.ConnectListAllDomainsRet{Domains: []libvirt.Domain{domain}, Ret: 1},
			"00000001" + testDomain + "00000001",
		},
		{
			"scalars narrower than a word", ret(rpc.DomainGetInfo.Info),
			&libvirt.DomainGetInfoRet{State: 1, MaxMem: 8388608, Memory: 2097152, NrVirtCPU: 2, CPUTime: 1},
			"00000001 0000000000800000 0000000000200000 00000002 0000000000000001",
		},
		{
			"event within an event", ret(rpc.DomainEventCallbackLifecycle.Info),
			&libvirt.DomainEventCallbackLifecycleMsg{Msg: libvirt.DomainEventLifecycleMsg{Dom: domain, Event: 3}},
			"00000000" + testDomain + "00000003 00000000",
		},
		{
			"typed parameter", args(rpc.DomainSetSchedulerParameters.Info),
			&libvirt.DomainSetSchedulerParametersArgs{
				Dom:    domain,
				Params: []libvirt.TypedParam{{Field: "weight", Value: *libvirt.NewTypedParamValueUint(60)}},
			},
			testDomain + "00000001 00000006 77656967 68740000 00000002 0000003c",
		},
		{
			"typed parameters of every type", ret(rpc.DomainGetSchedulerParametersFlags.Info),
			&libvirt.DomainGetSchedulerParametersFlagsRet{
				Params: []libvirt.TypedParam{
					{Field: "i", Value: *libvirt.NewTypedParamValueInt(-1)},
					{Field: "u", Value: *libvirt.NewTypedParamValueUint(1)},
					{Field: "l", Value: *libvirt.NewTypedParamValueLlong(-2)},
					{Field: "U", Value: *libvirt.NewTypedParamValueUllong(2)},
					{Field: "d", Value: *libvirt.NewTypedParamValueDouble(0.5)},
					{Field: "b", Value: *libvirt.NewTypedParamValueBoolean(1)},
					{Field: "s", Value: *libvirt.NewTypedParamValueString("on")},
				},
			},
			`00000007
			 00000001 69000000 00000001 ffffffff
			 00000001 75000000 00000002 00000001
			 00000001 6c000000 00000003 fffffffffffffffe
			 00000001 55000000 00000004 0000000000000002
			 00000001 64000000 00000005 3fe0000000000000
			 00000001 62000000 00000006 00000001
			 00000001 73000000 00000007 00000002 6f6e0000`,
		},
		{
			"chars take four bytes", args(rpc.AuthSaslStart.Info),
			&libvirt.AuthSaslStartArgs{Mech: "PLAIN", Data: chars("\x00ab\xff")},
			"00000005 504c4149 4e000000 00000000 00000004 00000000 00000061 00000062 ffffffff",
		},
		{
			"security model", ret(rpc.NodeGetSecurityModel.Info),
			&libvirt.NodeGetSecurityModelRet{Model: chars("test\x00"), Doi: nil},
			"00000005 00000074 00000065 00000073 00000074 00000000 00000000",
		},
		{
			"opaque data", args(rpc.SecretSetValue.Info),
			&libvirt.SecretSetValueArgs{OptSecret: libvirt.Secret{UUID: domain.UUID, UsageType: 2, UsageID: "u"}, Value: []byte("open!")},
			"6695eb01 f6a48304 79aa97f2 502e193f 00000002 00000001 75000000 00000005 6f70656e 21000000 00000000",
		},
		{
			"hypers", args(rpc.StorageVolUpload.Info),
			&libvirt.StorageVolUploadArgs{Vol: libvirt.StorageVol{Pool: "p", Name: "v", Key: "k"}, Offset: 1, Length: 1 << 32, Flags: 1},
			"00000001 70000000 00000001 76000000 00000001 6b000000 0000000000000001 0000000100000000 00000001",
		},
		{
			"structs in the errors of disks", ret(rpc.DomainGetDiskErrors.Info),
			&rpc.DomainGetDiskErrorsRet{Errors: []rpc.DomainDiskError{{Disk: "vda", Error: 2}}, Nerrors: 1},
			"00000001 00000003 76646100 00000002 00000001",
		},
		{
			"lists within a list", ret(rpc.DomainInterfaceAddresses.Info),
			&libvirt.DomainInterfaceAddressesRet{Ifaces: []libvirt.DomainInterface{{
				Name:  "eth0",
				Addrs: []libvirt.DomainIPAddr{{Type: 0, Addr: "::1", Prefix: 128}},
			}}},
			"00000001 00000004 65746830 00000000 00000001 00000000 00000003 3a3a3100 00000080",
		},
		{
			"nothing", args(rpc.ConnectClose.Info), &rpc.None{}, "",
		},
		{
			"QEMU", args(rpc.QEMUDomainMonitorCommand.Info),
			&libvirt.QEMUDomainMonitorCommandArgs{Dom: domain, Cmd: "{}"},
			testDomain + "00000002 7b7d0000 00000000",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wire := unhex(t, tt.wire)
			got, err := tt.side.unmarshal(wire)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.value, got); diff != "" {
				t.Error(diff)
			}
			if b, err := tt.side.marshal(tt.value); err != nil || !bytes.Equal(b, wire) {
				t.Errorf("encoded: %x, %v", b, err)
			}
		})
	}
}

// TestNodeInfo: the one array of chars that has a fixed length is as long as
// 32 words, whatever is in it.
func TestNodeInfo(t *testing.T) {
	want := &libvirt.NodeGetInfoRet{Memory: 3145728, Cpus: 16, Mhz: 1400, Nodes: 2, Sockets: 2, Cores: 2, Threads: 2}
	copy(want.Model[:], chars("i686"))
	var e rpc.Encoder
	rpc.NodeGetInfo.Info.EncodeRet(&e, want)
	if e.Err() != nil || len(e.Buf) != 32*4+8+6*4 {
		t.Fatalf("%d bytes, %v", len(e.Buf), e.Err())
	}
	if begin := unhex(t, "00000069 00000036 00000038 00000036 00000000"); !bytes.HasPrefix(e.Buf, begin) {
		t.Errorf("begins with %x", e.Buf[:20])
	}
	if got := rpc.NodeGetInfo.Info.DecodeRet(rpc.NewDecoder(e.Buf)); !reflect.DeepEqual(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}

// TestForeignPayloads are such as only clients other than libvirt's send.
func TestForeignPayloads(t *testing.T) {
	d := rpc.NewDecoder(unhex(t, "01000000 0000000f 74657374 3a2f2f2f 64656661 756c7400 00000000"))
	open := rpc.ConnectOpen.Info.DecodeArgs(d).(*libvirt.ConnectOpenArgs)
	if d.Err() != nil || len(open.Name) != 1 || open.Name[0] != "test:///default" {
		t.Errorf("go-libvirt's way to open: %q, %v", open.Name, d.Err())
	}
	for _, typ := range []string{"00000000", "00000008", "ffffffff"} {
		d.Reset(unhex(t, testDomain+"00000001 00000001 61000000"+typ+"00000000 00000000"))
		rpc.DomainSetSchedulerParameters.Info.DecodeArgs(d)
		if !errors.Is(d.Err(), rpc.ErrDecode) {
			t.Errorf("a typed parameter of type %s: %v", typ, d.Err())
		}
	}
}

// TestUnencodable are values that Go can hold and the protocol cannot.
func TestUnencodable(t *testing.T) {
	param := func(v libvirt.TypedParamValue) any {
		return &libvirt.DomainSetSchedulerParametersArgs{Params: []libvirt.TypedParam{{Field: "a", Value: v}}}
	}
	for _, tt := range []struct {
		name string
		info *rpc.Info
		args any
	}{
		{"typed parameter without a type", rpc.DomainSetSchedulerParameters.Info, param(libvirt.TypedParamValue{})},
		{"typed parameter of type 8", rpc.DomainSetSchedulerParameters.Info, param(libvirt.TypedParamValue{D: 8, I: int32(1)})},
		{"typed parameter without a value", rpc.DomainSetSchedulerParameters.Info, param(libvirt.TypedParamValue{D: 1})},
		{"uint that holds an int", rpc.DomainSetSchedulerParameters.Info, param(libvirt.TypedParamValue{D: 2, I: 1})},
		{"string that holds bytes", rpc.DomainSetSchedulerParameters.Info, param(libvirt.TypedParamValue{D: 7, I: []byte("s")})},
		{"optional of two", rpc.ConnectOpen.Info, &libvirt.ConnectOpenArgs{Name: libvirt.OptString{"a", "b"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var e rpc.Encoder
			if tt.info.EncodeArgs(&e, tt.args); !errors.Is(e.Err(), rpc.ErrEncode) {
				t.Errorf("encoded: %x, %v", e.Buf, e.Err())
			}
		})
	}
}

func TestStreamHole(t *testing.T) {
	wire := unhex(t, "0000000000070000 00000000")
	want := rpc.StreamHole{Length: 458752}
	if got, err := rpc.DecodeStreamHole(wire); got != want || err != nil {
		t.Errorf("decoded %+v, %v", got, err)
	}
	var e rpc.Encoder
	if rpc.EncodeStreamHole(&e, want); !bytes.Equal(e.Buf, wire) {
		t.Errorf("encoded %x", e.Buf)
	}
	if _, err := rpc.DecodeStreamHole(wire[:11]); !errors.Is(err, rpc.ErrDecode) {
		t.Errorf("a word too short: %v", err)
	}
}
