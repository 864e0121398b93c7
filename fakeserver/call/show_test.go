package call_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

var shownDomain = libvirt.Domain{
	Name: "test", ID: 1,
	UUID: libvirt.UUID{0x66, 0x95, 0xeb, 0x01, 0xf6, 0xa4, 0x83, 0x04, 0x79, 0xaa, 0x97, 0xf2, 0x50, 0x2e, 0x19, 0x3f},
}

func TestShow(t *testing.T) {
	t.Parallel()
	model := libvirt.NodeGetInfoRet{Memory: 1, Cpus: 2}
	copy(model.Model[:], chars("x86_64"))
	domains := make([]libvirt.Domain, 10)
	for _, c := range []struct {
		name string
		p    *rpc.Info
		v    any
		want string
	}{
		{"nil", rpc.DomainCreate.Info, nil, ""},
		{"typed nil", rpc.DomainCreate.Info, (*libvirt.DomainCreateArgs)(nil), ""},
		{"none", rpc.DomainCreate.Info, &rpc.None{}, ""},
		{"no procedure", nil, &libvirt.DomainCreateArgs{Dom: shownDomain}, `Dom: {Name: "test", UUID: 6695eb01-f6a4-8304-79aa-97f2502e193f, ID: 1}`},
		{"open", rpc.ConnectOpen.Info, &libvirt.ConnectOpenArgs{Name: libvirt.OptString{"test:///default"}, Flags: 1}, `Name: "test:///default", Flags: 1`},
		{"open nothing", rpc.ConnectOpen.Info, &libvirt.ConnectOpenArgs{}, `Name: none, Flags: 0`},
		{"chars", rpc.NodeGetInfo.Info, &model, `Model: "x86_64", Memory: 1, Cpus: 2, Mhz: 0, Nodes: 0, Sockets: 0, Cores: 0, Threads: 0`},
		{"bytes", rpc.DomainPinVcpu.Info, &libvirt.DomainPinVcpuArgs{Dom: shownDomain, Vcpu: 2, Cpumap: []byte{1, 0xff}}, `Dom: {Name: "test", UUID: 6695eb01-f6a4-8304-79aa-97f2502e193f, ID: 1}, Vcpu: 2, Cpumap: 01ff`},
		{"params", rpc.DomainSetMemoryParameters.Info, &libvirt.DomainSetMemoryParametersArgs{Params: params("p", "v")}, `Dom: {Name: "", UUID: 00000000-0000-0000-0000-000000000000, ID: 0}, Params: [user-name: "visible", p: "v", p-number: 7], Flags: 0`},
		{"long text", rpc.DomainDefineXML.Info, &libvirt.DomainDefineXMLArgs{XML: strings.Repeat("é", 150)}, `XML: "` + strings.Repeat("é", 100) + `"… (300 bytes)`},
		{"long list", rpc.ConnectListAllDomains.Info, &libvirt.ConnectListAllDomainsRet{Domains: domains, Ret: 10}, `Domains: [` + strings.Repeat(`{Name: "", UUID: 00000000-0000-0000-0000-000000000000, ID: 0}, `, 8) + `… (10 in all)], Ret: 10`},
		{"foreign", rpc.DomainCreate.Info, 7, "7"},
	} {
		if diff := cmp.Diff(c.want, call.Show(c.p, c.v)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Whatever a value is, Show is short, and both show something.
func TestShowIsShort(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("<x>\n\x00", 1<<20)
	domains := make([]libvirt.Domain, 16384)
	for i := range domains {
		domains[i].Name = huge
	}
	for _, v := range []any{
		&libvirt.ConnectListAllDomainsRet{Domains: domains},
		&libvirt.DomainDefineXMLArgs{XML: huge},
		&libvirt.DomainMigratePrepareTunnel3Args{CookieIn: make([]byte, 1<<20), DomXML: huge},
	} {
		if text := call.Show(nil, v); len(text) > 4000 {
			t.Errorf("%T has %d bytes", v, len(text))
		}
		if lines := call.ShowLines(nil, v); len(lines) > 2000 || len(strings.Join(lines, "\n")) > 8<<20 {
			t.Errorf("%T has %d lines", v, len(lines))
		}
	}
}

// Every type of the protocol can be shown.
func TestShowEverything(t *testing.T) {
	t.Parallel()
	for p := range rpc.All() {
		for _, decode := range []func(*rpc.Decoder) any{p.DecodeArgs, p.DecodeRet} {
			if decode == nil {
				continue
			}
			var d rpc.Decoder
			d.Reset(nil)
			v := decode(&d)
			text, lines := call.Show(p, v), call.ShowLines(p, v)
			if _, none := v.(*rpc.None); none != (text == "") || none != (len(lines) == 0) {
				t.Errorf("%s: %T is shown as %q, %q", p.Name, v, text, lines)
			}
			if strings.Contains(text, "(a ") {
				t.Errorf("%s: %s", p.Name, text)
			}
		}
	}
}

func TestShowLines(t *testing.T) {
	t.Parallel()
	got := call.ShowLines(rpc.DomainMigrateBegin3Params.Info, &libvirt.DomainMigrateBegin3ParamsArgs{
		Dom:    shownDomain,
		Params: params("xml", "<domain>\n  <name>a</name>\n</domain>\n"),
	})
	want := []string{
		`Dom.Name: "test"`,
		`Dom.UUID: 6695eb01-f6a4-8304-79aa-97f2502e193f`,
		`Dom.ID: 1`,
		`Params[0].user-name: "visible"`,
		`Params[1].xml:`,
		`  <domain>`,
		`    <name>a</name>`,
		`  </domain>`,
		`Params[2].xml-number: 7`,
		`Flags: 0`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConnectionRecordString(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		record call.ConnectionRecord
		want   string
	}{
		{call.ConnectionRecord{Peer: journalPeer}, "connection 3 (tcp, 127.0.0.1:9) is open"},
		{call.ConnectionRecord{Peer: journalPeer, Closed: time.Unix(1, 0), Asked: true}, "connection 3 (tcp, 127.0.0.1:9) ended, as the client asked"},
		{call.ConnectionRecord{Peer: journalPeer, Closed: time.Unix(1, 0), Reason: io.EOF}, "connection 3 (tcp, 127.0.0.1:9) ended: EOF"},
	} {
		if got := c.record.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func ExampleShow() {
	args := &libvirt.DomainCreateXMLArgs{XMLDesc: "<domain type='test'/>", Flags: libvirt.DomainStartPaused}
	fmt.Println(call.Show(rpc.DomainCreateXML.Info, args))
	secret := &libvirt.SecretSetValueArgs{Value: []byte("abc")}
	fmt.Println(call.Show(rpc.SecretSetValue.Info, secret))
	// Output:
	// XMLDesc: "<domain type='test'/>", Flags: 1
	// OptSecret: {UUID: 00000000-0000-0000-0000-000000000000, UsageType: 0, UsageID: ""}, Value: "", Flags: 0 (a secret of 3 bytes is not shown)
}
